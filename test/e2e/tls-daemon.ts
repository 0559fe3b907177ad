import { CliProcess } from './cli-process.ts';

/** A daemon with TLS on a free port, ready; its certificate is kept in the directory. */
export async function startTlsDaemon(
  state: string,
  ...args: string[]
): Promise<CliProcess & { url: string; fingerprint: string }> {
  const daemon = new CliProcess(['serve', '--port', '0', '--json', '--tls-self-signed', ...args], {
    env: { SNAP_SHARE_STATE: state },
  });
  const { url, fingerprint } = await daemon.event('ready');
  return Object.assign(daemon, { url: String(url), fingerprint: String(fingerprint) });
}
