import { Option, type Command } from 'commander';
import { SnapError } from '../protocol/errors.ts';
import { formatRoomLink } from '../protocol/room-address.ts';
import { readAccessKeys } from './access.ts';
import type { CliContext, CommonFlags } from './context.ts';
import { parseDuration, parseServer } from './flags.ts';
import { resolveRoom } from './room-secret.ts';

interface TokenFlags extends CommonFlags {
  readonly room: string;
  readonly ttl: number;
  readonly accessKeyFile: string;
  readonly link?: string;
  readonly secretFile?: string;
}

/** `snap-share token`: lets somebody into one room of a private daemon, for a while. */
export function addTokenCommand(
  program: Command,
  run: (work: (context: CliContext) => Promise<void>) => Promise<void>,
): void {
  program
    .command('token')
    .summary('make a token for a room of a private daemon')
    .description(
      'Makes a token that lets its holder join one room of a private daemon until it expires, and prints it on standard ' +
        'output. It speaks to no daemon: whoever has the key can make tokens.',
    )
    .requiredOption('--room <room>', 'the room that it is for: a name, room#secret or a link')
    .requiredOption('--access-key-file <path>', 'the key file of the daemon; the first key signs')
    .addOption(new Option('--ttl <duration>', 'how long it is good').argParser(parseDuration).default(3_600_000, '1h'))
    .addOption(
      new Option('--link <url>', 'print the link of the room at this daemon instead, with the token in it').argParser(
        parseServer,
      ),
    )
    .option('--secret-file <path>', 'with --link: read the room secret from a file, or from standard input with "-"')
    .option('--json', 'one JSON object per event on standard output')
    .action((flags: TokenFlags) => run((context) => makeToken(flags, context)));
}

async function makeToken(flags: TokenFlags, { env, stdin, report }: CliContext): Promise<void> {
  if (flags.secretFile !== undefined && flags.link === undefined)
    throw new SnapError('usage', 'expected --link with --secret-file: a token has no room secret in it');
  const environment = env['SNAP_SHARE_SECRET'];
  const { room, secret } = await resolveRoom(flags.room, {
    stdin,
    ...(flags.secretFile === undefined ? {} : { file: flags.secretFile }),
    ...(environment === undefined ? {} : { environment }),
  });
  const keys = await readAccessKeys(flags.accessKeyFile, report);
  const { AccessKeys } = await import('../signal/access.ts');
  const now = Date.now();
  const expires = now + flags.ttl;
  const token = await new AccessKeys(keys).mint(room, now, expires);
  report({
    event: 'token',
    room,
    token,
    expires: new Date(expires).toISOString(),
    ...(flags.link === undefined
      ? {}
      : {
          link: formatRoomLink({
            room,
            server: flags.link,
            access: token,
            ...(secret === undefined ? {} : { secret }),
          }),
        }),
  });
}
