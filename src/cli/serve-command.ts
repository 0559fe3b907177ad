import { once } from 'node:events';
import type { Command } from 'commander';
import { SnapError } from '../protocol/errors.ts';
import { LIMITS } from '../protocol/limits.ts';
import {
  DIALECT_NAMES,
  loadDialects,
  parseDialect,
  placeDialects,
  type WantedDialect,
} from '../signal/compat/names.ts';
import type { DaemonEvent } from '../signal/events.ts';
import { readAccessKeys } from './access.ts';
import type { CliContext, CommonFlags } from './context.ts';
import { collect, parseDuration, parseInteger, refusedAsArgument } from './flags.ts';
import { addIceFlags, iceServersFor, type IceFlags } from './ice-flags.ts';
import { addTlsFlags, tlsFor, type TlsFlags } from './tls-flags.ts';

interface ServeFlags extends CommonFlags, IceFlags, TlsFlags {
  readonly host: string;
  readonly port: number;
  readonly capacity: number;
  readonly sessionTtl?: number;
  readonly origin?: string[];
  readonly accessKeyFile?: string;
  readonly trustProxy?: string[][];
  readonly compat?: WantedDialect[];
  readonly static?: string;
}

/** `snap-share serve`: runs the daemon until it is interrupted. */
export function addServeCommand(
  program: Command,
  run: (work: (context: CliContext) => Promise<void>) => Promise<void>,
): void {
  const command = program
    .command('serve')
    .summary('run the signaling daemon')
    .description(
      'Runs the signaling daemon: peers meet here in rooms. It passes on what they need to connect, and no photo. ' +
        'Ends with 130 after Ctrl-C and 143 after SIGTERM, once all clients have been told.',
    )
    .option('--host <address>', 'address to listen on; 0.0.0.0 for every network', '127.0.0.1')
    .option(
      '--port <number>',
      'port to listen on; 0 takes a free one and prints it',
      parseInteger('a port', 0, 65_535),
      8787,
    )
    .option(
      '--capacity <peers>',
      'seats in a room',
      parseInteger('a capacity', 1, LIMITS.capacityMax),
      LIMITS.capacityDefault,
    )
    .option(
      '--session-ttl <duration>',
      'how long a peer keeps its seat before it has to join anew, which it does by itself, such as 12h (default: for ever)',
      parseDuration,
    )
    .option(
      '--origin <origin>',
      'a web origin whose pages may connect, beside our own (repeatable)',
      collect((text) => text),
    )
    .option(
      '--access-key-file <path>',
      'make the daemon private: who joins shows a key of this file, one in a line, or a token signed with one',
    )
    .option(
      '--trust-proxy <address>',
      'a proxy whose X-Forwarded-For is believed: an address, a range like 10.0.0.0/8, loopback, linklocal or uniquelocal (repeatable, or separated by commas)',
      collect((text) => text.split(',').map((one) => one.trim())),
    )
    .option(
      '--compat <name>',
      `also serve the clients of another system: ${DIALECT_NAMES.join(', ')}; name@port gives it a port of its own (repeatable)`,
      collect(refusedAsArgument(parseDialect)),
    )
    .option('--static <directory>', 'also serve the files of a directory, such as those of another system’s client');
  addTlsFlags(addIceFlags(command))
    .option('--json', 'one JSON object per event on standard output')
    .action((flags: ServeFlags) => run((context) => serveUntilInterrupted(flags, context)));
}

async function serveUntilInterrupted(flags: ServeFlags, context: CliContext): Promise<void> {
  const { env, version, report, signal } = context;
  const [{ serve }, { createPage }] = await Promise.all([import('../signal/serve.ts'), import('../signal/page.ts')]);
  const accessKeys = flags.accessKeyFile === undefined ? undefined : await readAccessKeys(flags.accessKeyFile, report);
  const iceServers = await iceServersFor(flags);
  const tls = await tlsFor(flags, flags.host, context);
  const dialects = await loadDialects(placeDialects(flags.compat ?? [], loginPort(env)));
  await using daemon = await serve({
    host: flags.host,
    port: flags.port,
    capacity: flags.capacity,
    ...(flags.sessionTtl === undefined ? {} : { sessionTtlMs: flags.sessionTtl }),
    origins: flags.origin ?? [],
    trustedProxies: flags.trustProxy?.flat() ?? [],
    ...(accessKeys === undefined ? {} : { accessKeys }),
    dialects,
    iceServers,
    ...(tls === undefined ? {} : { tls }),
    version,
    ...(flags.static === undefined ? {} : { static: flags.static }),
    page: createPage(),
    signal,
    onEvent: (event) => {
      reportDaemonEvent(event, report);
    },
  });
  const { url, fingerprint, dialectUrls } = daemon;
  const compat = dialects.flatMap(({ names }, index) =>
    names.map((name) => ({ name, url: dialectUrls[index] ?? url })),
  );
  report({
    event: 'ready',
    url,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(compat.length === 0 ? {} : { compat }),
    ...(accessKeys === undefined ? {} : { private: true }),
  });
  if (!signal.aborted) await once(signal, 'abort');
  await daemon.close();
  throw signal.reason;
}

/** Where the clients of `login` look for their server. @throws SnapError `usage` */
function loginPort(env: CliContext['env']): number | undefined {
  const { PORT: text } = env;
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new SnapError(
    'usage',
    `expected a port from 0 to 65535 in the environment's PORT, got ${JSON.stringify(text)}`,
  );
}

function reportDaemonEvent(event: DaemonEvent, report: CliContext['report']): void {
  switch (event.type) {
    case 'peer-joined': {
      const { room, peer, name, kind, number } = event;
      report({ event: 'peer-joined', room, peer, name, kind, number });
      return;
    }
    case 'peer-left': {
      const { room, peer, reason } = event;
      report({ event: 'peer-left', room, peer, reason });
      return;
    }
    case 'refused': {
      const { type: _, ...refused } = event;
      report({ event: 'refused', ...refused });
      return;
    }
    case 'cut':
      report({
        event: 'warning',
        code: event.reason,
        message: `a peer of room ${event.room} was cut`,
        peer: event.peer,
      });
      return;
    case 'failed':
      report({ event: 'warning', code: event.error.code, message: event.error.message });
      return;
    case 'listening':
    case 'peer-away':
    case 'peer-back':
    case 'stopping':
    case 'stopped':
      return;
  }
}
