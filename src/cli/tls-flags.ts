import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { SnapError } from '../protocol/errors.ts';
import type { TlsPair } from '../signal/certificate.ts';
import type { CliContext } from './context.ts';

export interface TlsFlags {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsSelfSigned?: boolean;
}

/** The flags with which a daemon serves HTTPS by itself. */
export function addTlsFlags(command: Command): Command {
  return command
    .option('--tls-cert <path>', 'serve HTTPS with this certificate, or chain, in PEM (needs --tls-key)')
    .option('--tls-key <path>', 'the private key of that certificate in PEM, without a passphrase')
    .option(
      '--tls-self-signed',
      'serve HTTPS with a certificate that is made for this machine and kept; prints its fingerprint',
    );
}

/** What the daemon shall prove itself with, if with anything. @throws SnapError `usage` */
export async function tlsFor(
  { tlsCert, tlsKey, tlsSelfSigned }: TlsFlags,
  host: string,
  { env, report }: Pick<CliContext, 'env' | 'report'>,
): Promise<TlsPair | undefined> {
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new SnapError('usage', 'expected --tls-cert and --tls-key together');
  if (tlsSelfSigned === true) {
    if (tlsCert !== undefined)
      throw new SnapError('usage', 'expected one of --tls-self-signed and --tls-cert with --tls-key, got both');
    const { ownCertificate, ownNames, stateDirectory } = await import('./own-certificate.ts');
    return ownCertificate(stateDirectory(env), {
      names: ownNames(host),
      now: Date.now(),
      warn: (message) => report({ event: 'warning', code: 'certificate-replaced', message }),
    });
  }
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const { readCertificate } = await import('../signal/certificate.ts');
  const from = { cert: `--tls-cert ${JSON.stringify(tlsCert)}`, key: `--tls-key ${JSON.stringify(tlsKey)}` };
  const pair = {
    cert: await readPem(tlsCert, from.cert, 'a certificate'),
    key: await readPem(tlsKey, from.key, 'a private key'),
  };
  const { validFrom, validTo } = readCertificate(pair, from);
  // Served all the same: that is its owner's decision, and a clock may be wrong.
  if (validTo < Date.now())
    report({
      event: 'warning',
      code: 'certificate-expired',
      message: `the certificate in ${from.cert} was valid until ${day(validTo)} only: clients will refuse it`,
    });
  if (validFrom > Date.now())
    report({
      event: 'warning',
      code: 'certificate-not-yet-valid',
      message: `the certificate in ${from.cert} is valid from ${day(validFrom)} on only: clients will refuse it`,
    });
  return pair;
}

async function readPem(path: string, from: string, what: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new SnapError('usage', `expected ${what} in PEM in ${from}, could not read it (${code})`, { cause });
  }
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
