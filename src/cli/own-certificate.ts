import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm } from 'node:fs/promises';
import { homedir, hostname, networkInterfaces } from 'node:os';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { SnapError } from '../protocol/errors.ts';
import { readCertificate, type TlsPair } from '../signal/certificate.ts';
import { makeDirectory } from './make-directory.ts';
import { writeDurably } from './write-durably.ts';

/** One that ends sooner is made anew at the next start: a daemon may then run for a while, ms. */
const RENEWAL_MS = 30 * 86_400_000;
const HOST_NAME = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

/** Where this user's daemons keep what must outlive them: `SNAP_SHARE_STATE`, or as the XDG base directories say. */
export function stateDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const { SNAP_SHARE_STATE: own = '', XDG_STATE_HOME: base = '' } = env;
  return own !== '' ? own : join(base !== '' ? base : join(homedir(), '.local', 'state'), 'snap-share');
}

/** What clients of this machine may call it; `host` is what the daemon listens on. */
export function ownNames(host: string): string[] {
  const name = hostname();
  // As mDNS calls it, also where the host name has a domain.
  const local = `${name.replace(/\..*/s, '')}.local`;
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const names = [
    'localhost',
    '127.0.0.1',
    '::1',
    ...[name, local, host].filter((text) => HOST_NAME.test(text) && isIP(text) === 0),
    ...[host, ...addresses.map(({ address }) => address)].filter(isReachable),
  ];
  return [...new Set(names)];
}

/** An address that can stand in a link: not one for all, nor one with a zone, which no browser takes. */
function isReachable(text: string): boolean {
  return isIP(text) !== 0 && text !== '0.0.0.0' && text !== '::' && !/^fe80:/i.test(text);
}

/**
 * This machine's self-signed certificate: the one in the directory, so that whoever trusts its fingerprint can go on, or a
 * new one. It is used with whatever names it was made for: who trusts a fingerprint does not look at the names, and a new
 * address must not take that trust away.
 * @param warn is told why one that was there is not used
 * @throws SnapError `usage` when it cannot be kept
 */
export async function ownCertificate(
  directory: string,
  options: { readonly names: readonly string[]; readonly now: number; readonly warn: (message: string) => void },
): Promise<TlsPair> {
  const path = join(directory, 'tls.pem');
  const shown = JSON.stringify(path);
  try {
    await makeDirectory(directory, 0o700);
    const kept = await readKept(path, options.now);
    if (kept?.pair !== undefined) return kept.pair;
    const { makeSelfSigned } = await import('../signal/self-signed.ts');
    const { cert, key } = await makeSelfSigned(options.names, options.now);
    if (kept !== undefined) {
      options.warn(`the certificate in ${shown} ${kept.problem}: a new one with another fingerprint takes its place`);
      await rm(path, { force: true });
    }
    // Both in one file: there is never a key of one daemon beside the certificate of another.
    if (await putInPlace(path, `${cert}${key}`)) return { cert, key };
    // Another daemon that was started at the same time was first.
    const theirs = await readKept(path, options.now);
    if (theirs?.pair !== undefined) return theirs.pair;
    throw new Error(theirs?.problem ?? 'is gone');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new SnapError(
      'usage',
      `expected to keep a certificate in ${shown}, which is not possible (${code ?? message}): name another directory with SNAP_SHARE_STATE`,
      { cause },
    );
  }
}

type Kept = { readonly pair: TlsPair } | { readonly pair?: never; readonly problem: string };

/** What is there, or why it is of no use; undefined when nothing is. */
async function readKept(path: string, now: number): Promise<Kept | undefined> {
  let pem: string;
  try {
    pem = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : { problem: `could not be read (${code})` };
  }
  try {
    const pair = { cert: pem, key: pem };
    const { validTo } = readCertificate(pair);
    if (validTo - now >= RENEWAL_MS) return { pair };
    const day = new Date(validTo).toISOString().slice(0, 10);
    return { problem: `${validTo < now ? 'was' : 'is'} valid until ${day} only` };
  } catch {
    return { problem: 'is damaged' };
  }
}

/** Writes a file that only its owner may read, whole or not at all. False when there is one already. */
async function putInPlace(path: string, text: string): Promise<boolean> {
  const partial = `${path}.${randomUUID()}.part`;
  try {
    await writeDurably(partial, text, 0o600);
    // Unlike a rename, a link never replaces what another daemon has put there meanwhile.
    await link(partial, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // Some file systems know no links.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    await rename(partial, path);
    return true;
  } finally {
    await rm(partial, { force: true });
  }
}
