import { Child, pathOf, type startBare } from './child.ts';

export interface Load {
  readonly messagesPerSecond: number;
  /** Of the server's processor: what it could do alone on a machine, whatever else this one does. */
  readonly messagesPerCpuSecond: number;
}

/** A server that relays so many messages, as busy as it can be. `script` is one of `clients/`. */
export async function relayLoad(
  script: 'relay-load.mjs' | 'stream-load.mjs',
  dialect: string,
  messages: number,
  starting: ReturnType<typeof startBare>,
): Promise<Load> {
  await using server = await starting;
  const counts = [String(messages / 5), String(messages)];
  await using clients = new Child([pathOf(`clients/${script}`), dialect, server.url, ...counts]);
  await clients.event('warm');
  const cpuBefore = server.cpuMs();
  clients.tell('go');
  const { ms } = await clients.event('relayed');
  const cpuMs = server.cpuMs() - cpuBefore;
  return { messagesPerSecond: (messages * 1_000) / Number(ms), messagesPerCpuSecond: (messages * 1_000) / cpuMs };
}
