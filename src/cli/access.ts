import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { SnapError } from '../protocol/errors.ts';
import { checkAccess } from '../protocol/room-address.ts';
import type { CliContext } from './context.ts';
import { readSecretFile, readSecretLine } from './secret-file.ts';

export interface AccessFlags {
  readonly accessKeyFile?: string;
  readonly accessTokenFile?: string;
}

/** The flags with which a peer shows a private daemon that it may come in. */
export function addAccessFlags(command: Command): Command {
  return command
    .option('--access-key-file <path>', 'for a private daemon: show the first key of this file')
    .option(
      '--access-token-file <path>',
      'for a private daemon: show the token in this file, or on standard input with "-"; "snap-share token" makes one',
    );
}

/**
 * What a peer shows to its daemon: a key or token from a file, from the link of its room or from the environment; undefined
 * when there is none. Arguments are visible to other users of the machine, so no flag holds it.
 * @throws SnapError `usage`; its text never holds a key or token
 */
export async function accessFor(
  { accessKeyFile, accessTokenFile }: AccessFlags,
  linked: string | undefined,
  context: Pick<CliContext, 'env' | 'stdin' | 'report'>,
): Promise<string | undefined> {
  const given = [accessKeyFile, accessTokenFile, linked].filter((one) => one !== undefined);
  if (given.length > 1)
    throw new SnapError(
      'usage',
      'expected one of --access-key-file, --access-token-file and a link with a token, got several',
    );
  if (accessKeyFile !== undefined) return (await readAccessKeys(accessKeyFile, context.report))[0];
  if (accessTokenFile !== undefined)
    return checkAccess(await readSecretLine(accessTokenFile, 'an access token', context.stdin));
  const { SNAP_SHARE_ACCESS: environment = '' } = context.env;
  if (linked !== undefined || environment === '') return linked;
  return checkAccess(environment);
}

/** The keys of a file, the one to sign with first. @throws SnapError `usage` */
export async function readAccessKeys(path: string, report: CliContext['report']): Promise<string[]> {
  const text = await readSecretFile(path, 'access keys');
  const { parseAccessKeys } = await import('../signal/access.ts');
  const shown = JSON.stringify(path);
  const keys = parseAccessKeys(text, shown);
  if (await isReadableByOthers(path))
    report({
      event: 'warning',
      code: 'access-keys-exposed',
      message: `every user of this machine can read the access keys in ${shown}: "chmod o-rwx" keeps them to their owner`,
    });
  return keys;
}

async function isReadableByOthers(path: string): Promise<boolean> {
  // The modes of Windows say nothing.
  if (process.platform === 'win32') return false;
  const { mode } = await stat(path);
  return (mode & 0o004) !== 0;
}
