import type { Command } from 'commander';
import { SnapError } from '../protocol/errors.ts';
import { parseRoomAddress } from '../protocol/room-address.ts';
import { accessFor, addAccessFlags, type AccessFlags } from './access.ts';
import type { CliContext, CommonFlags } from './context.ts';
import { addDaemonFlags, ROOM_ARGUMENT, type DaemonFlags } from './daemon-flags.ts';
import { parseDuration } from './flags.ts';

interface PeersFlags extends CommonFlags, DaemonFlags, AccessFlags {
  readonly timeout: number;
}

/** `snap-share peers`: who is in a room. */
export function addPeersCommand(
  program: Command,
  run: (work: (context: CliContext) => Promise<void>) => Promise<void>,
): void {
  const command = program
    .command('peers')
    .summary('list who is in a room')
    .description(
      'Lists who is in a room, without joining it: number, kind, transport, since when, and name. Nobody in the room ' +
        'notices. An empty room is no failure. A secret in the room argument is not needed and never sent.',
    )
    .argument('<room>', ROOM_ARGUMENT);
  addAccessFlags(addDaemonFlags(command))
    .option('--timeout <duration>', 'give up after this long', parseDuration, 10_000)
    .option('--json', 'one JSON object per event on standard output')
    .addHelpText('after', '\nExit codes: snap-share help exit-codes')
    .action((room: string, flags: PeersFlags) => run((context) => list(room, flags, context)));
}

async function list(argument: string, flags: PeersFlags, context: CliContext): Promise<void> {
  const { report, signal } = context;
  const { room, server = flags.server, access: linked } = parseRoomAddress(argument);
  const access = await accessFor(flags, linked, context);
  const [{ listPeers }, { nodeSignalSockets }, { systemClock }] = await Promise.all([
    import('../peer/list-peers.ts'),
    import('../peer/node/ports.ts'),
    import('../peer/clock.ts'),
  ]);
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), flags.timeout);
  try {
    const { capacity, peers } = await listPeers(
      { server, room, ...(access && { access }), signal: AbortSignal.any([signal, timeout.signal]) },
      { openSocket: nodeSignalSockets(flags), clock: systemClock },
    );
    report({ event: 'listing', room, capacity, peers: peers.length });
    for (const peer of peers)
      report({ event: 'peer', ...peer, since: new Date(Date.now() - peer.ageMs).toISOString() });
  } catch (error) {
    signal.throwIfAborted();
    if (!timeout.signal.aborted) throw error;
    const time = `${flags.timeout / 1_000} s`;
    throw new SnapError('daemon-unreachable', `the daemon did not answer within ${time}: is --server right?`);
  } finally {
    clearTimeout(timer);
  }
}
