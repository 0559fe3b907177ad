import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import type { Command } from 'commander';
import { LIMITS } from '../protocol/limits.ts';
import type { CliContext, CommonFlags } from './context.ts';
import type { CliEvent } from './events.ts';
import { collect, parseDuration, parseInteger } from './flags.ts';
import { addPictureFlags, joinWithNode, pictureOptions } from './join-command.ts';
import { runJoin } from './join-run.ts';
import { fileSource, testPatternSource, type PhotoSource, type PictureOptions } from './photo-source.ts';
import { createPhotoStore } from './photo-store.ts';
import { makeRoom } from './room-secret.ts';

interface LoopbackFlags extends CommonFlags, PictureOptions {
  readonly peers: number;
  readonly file?: string[];
  readonly save?: string;
  readonly timeout: number;
}

/** `snap-share loopback`: the whole thing on this machine, for CI and for trying out. */
export function addLoopbackCommand(
  program: Command,
  run: (work: (context: CliContext) => Promise<void>) => Promise<void>,
): void {
  const command = program
    .command('loopback')
    .summary('a daemon and several peers on this machine, for CI')
    .description(
      'Starts a daemon on a free port and several real WebRTC peers in a room with a secret. Each shares a file (or a ' +
        'drawn picture) with all others. Ends with 0 when every photo has been received, verified and acknowledged.',
    )
    .option('--peers <n>', 'how many peers', parseInteger('a number of peers', 2, 16), 3)
    .option(
      '--file <path>',
      'an image file; the files are dealt out to the peers in turn (repeatable)',
      collect((text) => text),
    )
    .option(
      '--save <dir>',
      'keep received photos in <dir>/peer-<n>/ (default: a temporary directory, removed at the end)',
    )
    .option('--timeout <duration>', 'give up after this long', parseDuration, 30_000);
  addPictureFlags(command)
    .option('--json', 'one JSON object per event on standard output')
    .action((flags: LoopbackFlags) => run((context) => loopback(flags, context)));
}

async function loopback(flags: LoopbackFlags, { version, stdin, report, signal }: CliContext): Promise<void> {
  const { serve } = await import('../signal/serve.ts');
  const capacity = Math.min(flags.peers, LIMITS.capacityMax);
  await using daemon = await serve({ port: 0, capacity, version });
  report({ event: 'ready', url: daemon.url });
  const { room, secret } = makeRoom();
  const directory = flags.save ?? (await mkdtemp(joinPath(tmpdir(), 'snap-share-loopback-')));
  const sources = dealOut(flags, stdin);
  const total = sources.reduce((sum, own) => sum + own.length, 0);
  const tally = new Tally();
  const ending = new AbortController();
  const stop = AbortSignal.any([signal, ending.signal]);
  try {
    const peers = sources.map(async (files, index) => {
      const as = `peer-${index + 1}`;
      const path = joinPath(directory, as);
      await runJoin({
        join: (onEvent, sink, until) =>
          joinWithNode({ server: daemon.url, room, secret, name: as, kind: 'terminal', sink, onEvent, signal: until }),
        sink: await createPhotoStore(path, () => new Date()),
        files,
        expected: { peers: flags.peers - 1, photos: total - files.length },
        timeoutMs: flags.timeout,
        report: (event) => {
          tally.add(event);
          report({ ...event, as });
        },
        signal: stop,
      });
    });
    // One that failed must not leave the others waiting for it until their own time is over.
    for (const peer of peers) peer.catch((error: unknown) => ending.abort(error));
    await Promise.all(peers);
    report({
      event: 'summary',
      peers: flags.peers,
      ...tally.result(),
      ...(flags.save === undefined ? {} : { saved: directory }),
    });
  } finally {
    if (flags.save === undefined) await rm(directory, { recursive: true, force: true });
  }
}

/** Every peer gets at least one photo: the files in turn, each at least once, or a picture drawn for it. */
function dealOut(flags: LoopbackFlags, stdin: CliContext['stdin']): PhotoSource[][] {
  const options = pictureOptions(flags);
  const files = (flags.file ?? []).map((path) => fileSource(path, stdin, options));
  return Array.from({ length: flags.peers }, (_, index) => {
    if (files.length === 0) return [testPatternSource(`peer-${index + 1}`, () => new Date(), options)];
    const own = files.filter((_file, at) => at % flags.peers === index);
    const again = files[index % files.length];
    return own.length > 0 || again === undefined ? own : [again];
  });
}

/** Counts what a script wants to see at the end. */
class Tally {
  readonly #connectMs: number[] = [];
  readonly #deliveryMs: number[] = [];

  add(event: CliEvent): void {
    if (event.event === 'peer-connected') this.#connectMs.push(event.ms);
    if (event.event === 'photo-delivered') this.#deliveryMs.push(event.ms);
  }

  result(): { receipts: number; connectMs: Spread; deliveryMs: Spread } {
    return {
      receipts: this.#deliveryMs.length,
      connectMs: spread(this.#connectMs),
      deliveryMs: spread(this.#deliveryMs),
    };
  }
}

interface Spread {
  readonly median: number;
  readonly max: number;
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, max: sorted.at(-1) ?? 0 };
}
