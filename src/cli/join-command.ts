import { hostname } from 'node:os';
import { join as joinPath } from 'node:path';
import { Option, type Command } from 'commander';
import type { NodeOptions } from '../peer/node/ports.ts';
import type { Room, RoomOptions } from '../peer/room.ts';
import { isStrongSecret } from '../peer/room-key.ts';
import { SnapError } from '../protocol/errors.ts';
import { LIMITS } from '../protocol/limits.ts';
import { formatRoomLink, type RoomAddress } from '../protocol/room-address.ts';
import { accessFor, addAccessFlags, type AccessFlags } from './access.ts';
import type { CliContext, CommonFlags } from './context.ts';
import { addDaemonFlags, ROOM_ARGUMENT, type DaemonFlags } from './daemon-flags.ts';
import { collect, parseByteCount, parseDuration, parseInteger } from './flags.ts';
import { joinPatiently } from './join-patiently.ts';
import { runJoin, type JoinRun } from './join-run.ts';
import { runPhotoCommand } from './photo-command.ts';
import { cameraSource, fileSource, testPatternSource, type PictureOptions } from './photo-source.ts';
import { createPhotoStore, verifyingSink } from './photo-store.ts';
import { makeRoom, resolveRoom } from './room-secret.ts';

export interface JoinFlags extends CommonFlags, DaemonFlags, AccessFlags, PictureOptions {
  readonly name?: string;
  readonly secretFile?: string;
  readonly file?: string[];
  readonly camera?: string | true;
  readonly testPattern?: boolean;
  readonly every?: number;
  readonly count?: number;
  /** False with `--no-save`. */
  readonly save?: string | false;
  readonly expectPeers?: number;
  readonly expectPhotos?: number;
  readonly timeout?: number;
  readonly relayOnly?: boolean;
  readonly requireVerified?: boolean;
  readonly onPhoto?: string;
}

/** Of the whole run, when something is expected and `--timeout` is not given, ms. */
const TIMEOUT_MS = 30_000;

/** `snap-share join`: one peer in one room. */
export function addJoinCommand(
  program: Command,
  run: (work: (context: CliContext) => Promise<void>) => Promise<void>,
): void {
  const command = program
    .command('join')
    .summary('join a room and exchange photos')
    .description(
      'Joins a room as a headless peer: shares files or camera frames with everybody in it and stores what the ' +
        'others share. Without a room it makes one with a secret and prints its link and QR code. ' +
        'Stays until Ctrl-C, unless --expect-peers or --expect-photos say when it is done.',
    )
    .argument('[room]', ROOM_ARGUMENT);
  addDaemonFlags(command)
    .addOption(
      new Option('--name <name>', 'how others see this peer (default: the name of this machine)').env(
        'SNAP_SHARE_NAME',
      ),
    )
    .option('--secret-file <path>', 'read the room secret from a file, or from standard input with "-"');
  addAccessFlags(command)
    .option(
      '--file <path>',
      'share an image file, or standard input with "-" (repeatable)',
      collect((text) => text),
    )
    .option('--camera [device]', "share a webcam frame; TEST: is the capture tool's own test picture")
    .option('--test-pattern', 'share a drawn picture with name and time, for trying things out')
    .option('--every <duration>', 'take a new frame this often (with --camera or --test-pattern)', parseDuration)
    .option('--count <n>', 'take this many frames (with --every)', parseInteger('a count', 1, 1_000_000));
  addPictureFlags(command)
    .addOption(
      new Option('--save <dir>', 'where to store received photos (default: ./snaps/<room>/)').env('SNAP_SHARE_SAVE'),
    )
    .option('--no-save', 'verify received photos and keep none')
    .option(
      '--expect-peers <n>',
      'end with 0 once n peers have acknowledged every photo shared here',
      parseInteger('a number of peers', 1, LIMITS.capacityMax - 1),
    )
    .option(
      '--expect-photos <n>',
      'end with 0 once n photos have been received',
      parseInteger('a number of photos', 1, 1_000_000),
    )
    .option('--timeout <duration>', 'give up after this long (default with --expect-…: 30s)', parseDuration)
    .option('--relay-only', 'connect through a TURN server only, so that no peer learns our address')
    .option('--require-verified', 'refuse to run without a room secret')
    .option(
      '--on-photo <command>',
      'run a shell command for each photo stored; it finds SNAP_SHARE_PATH and more in its environment',
    )
    .option('--json', 'one JSON object per event on standard output')
    .addHelpText(
      'after',
      '\nA room secret may also come from SNAP_SHARE_SECRET, a key or token for a private daemon from SNAP_SHARE_ACCESS:\n' +
        'arguments are visible to other users of a machine.\n' +
        'Exit codes: snap-share help exit-codes',
    )
    .action((room: string | undefined, flags: JoinFlags) => run((context) => join(room, flags, context)));
}

/** The flags for how pictures are compressed. */
export function addPictureFlags(command: Command): Command {
  return command
    .option(
      '--max-edge <px>',
      'fit pictures into this many pixels (default: 1600)',
      parseInteger('a number of pixels', 16, 16_384),
    )
    .option('--max-bytes <size>', 'compress pictures to this size (default: 300kB)', parseByteCount)
    .addOption(new Option('--format <type>', 'format to send (default: jpeg)').choices(['jpeg', 'webp', 'avif', 'png']))
    .option('--original', "send the file's own bytes; their metadata (such as GPS) stays in");
}

async function join(argument: string | undefined, flags: JoinFlags, context: CliContext): Promise<void> {
  checkCombination(flags);
  const { env, stdin, report, signal } = context;
  const { address, link } = await chooseRoom(argument, flags, context);
  warn(flags, address, report);
  const { room, secret } = address;
  const access = await accessFor(flags, address.access, context);
  const directory = flags.save === undefined ? joinPath('snaps', room) : flags.save;
  const sink = directory === false ? verifyingSink : await createPhotoStore(directory, () => new Date());
  const pictures = pictureOptions(flags);
  const name = flags.name ?? hostname();
  const live = liveSource(flags, name, pictures);
  const expected = expectationsOf(flags);
  const timeoutMs = flags.timeout ?? (expected === undefined ? undefined : TIMEOUT_MS);
  const { onPhoto } = flags;
  const commands: Promise<void>[] = [];
  const run: JoinRun = {
    join: async (onEvent, photoSink, until) => {
      const options: RoomOptions & NodeOptions = {
        server: address.server ?? flags.server,
        room,
        name,
        kind: flags.camera === undefined ? 'terminal' : 'camera',
        relayOnly: flags.relayOnly ?? false,
        sink: photoSink,
        onEvent,
        signal: until,
        transport: flags.transport,
        ...(secret === undefined ? {} : { secret }),
        ...(access === undefined ? {} : { access }),
        ...(flags.tlsFingerprint === undefined ? {} : { tlsFingerprint: flags.tlsFingerprint }),
      };
      const patience = { report, signal: until, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
      const joined = await joinPatiently(() => joinWithNode(options), patience);
      warmUp();
      return joined;
    },
    sink,
    files: (flags.file ?? []).map((path) => fileSource(path, stdin, pictures)),
    report,
    signal,
    ...(live === undefined ? {} : { live }),
    ...(expected === undefined ? {} : { expected }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(link === undefined ? {} : { link }),
    ...(onPhoto === undefined
      ? {}
      : { onPhoto: (event) => void commands.push(runPhotoCommand(onPhoto, event, env, report)) }),
  };
  await runJoin(run);
  // A script that waits for photos wants what it does with them to be done as well.
  await Promise.all(commands);
}

/** Joins with Node's WebRTC stack; loaded here, so that `--help` and usage errors do not wait for it. */
export async function joinWithNode(options: RoomOptions & NodeOptions): Promise<Room> {
  const [{ joinRoom }, { loadNodePorts }] = await Promise.all([
    import('../peer/room.ts'),
    import('../peer/node/ports.ts'),
  ]);
  return joinRoom(options, await loadNodePorts(options));
}

/** Loads what checks received photos while nobody is waiting for it; the first photo reports whatever is wrong with it. */
function warmUp(): void {
  import('../image/sharp.ts').then(({ loadSharp }) => loadSharp()).catch(() => {});
}

async function chooseRoom(
  argument: string | undefined,
  flags: JoinFlags,
  { env, stdin }: CliContext,
): Promise<{ address: RoomAddress; link?: string }> {
  if (argument === undefined) {
    if (flags.secretFile !== undefined) throw new SnapError('usage', 'expected a room to go with --secret-file');
    const address = makeRoom();
    return { address, link: formatRoomLink({ ...address, server: flags.server }) };
  }
  const environment = env['SNAP_SHARE_SECRET'];
  const address = await resolveRoom(argument, {
    stdin,
    ...(flags.secretFile === undefined ? {} : { file: flags.secretFile }),
    ...(environment === undefined ? {} : { environment }),
  });
  if (flags.requireVerified === true && address.secret === undefined)
    throw new SnapError(
      'usage',
      'expected a room secret with --require-verified: use room#secret, a full link or --secret-file',
    );
  return { address };
}

/** @throws SnapError `usage` for flags that contradict each other */
function checkCombination(flags: JoinFlags): void {
  const live = flags.camera !== undefined || flags.testPattern === true;
  const stdinUses = [...(flags.file ?? []), flags.secretFile, flags.accessTokenFile].filter(
    (path) => path === '-',
  ).length;
  const problem =
    flags.camera !== undefined && flags.testPattern === true
      ? 'expected one of --camera and --test-pattern, got both'
      : flags.every !== undefined && !live
        ? 'expected --camera or --test-pattern with --every'
        : flags.count !== undefined && flags.every === undefined
          ? 'expected --every with --count'
          : stdinUses > 1
            ? 'expected "-" (standard input) at most once'
            : undefined;
  if (problem !== undefined) throw new SnapError('usage', problem);
}

function warn(flags: JoinFlags, { secret }: RoomAddress, report: CliContext['report']): void {
  if (flags.original === true)
    report({ event: 'warning', code: 'metadata-kept', message: '--original keeps metadata such as GPS in the photos' });
  if (secret !== undefined && !isStrongSecret(secret))
    report({
      event: 'warning',
      code: 'weak-secret',
      message: 'this room secret could be guessed: "snap-share join" without a room makes a strong one',
    });
}

function liveSource(flags: JoinFlags, name: string, pictures: PictureOptions): JoinRun['live'] {
  const source =
    flags.camera !== undefined
      ? cameraSource(flags.camera === true ? undefined : flags.camera, pictures)
      : flags.testPattern === true
        ? testPatternSource(name, () => new Date(), pictures)
        : undefined;
  if (source === undefined) return undefined;
  return {
    source,
    ...(flags.every === undefined ? {} : { everyMs: flags.every }),
    ...(flags.count === undefined ? {} : { count: flags.count }),
  };
}

function expectationsOf({ expectPeers, expectPhotos }: JoinFlags): JoinRun['expected'] {
  if (expectPeers === undefined && expectPhotos === undefined) return undefined;
  return {
    ...(expectPeers === undefined ? {} : { peers: expectPeers }),
    ...(expectPhotos === undefined ? {} : { photos: expectPhotos }),
  };
}

/** The picture flags that were given. */
export function pictureOptions({ maxEdge, maxBytes, format, original }: PictureOptions): PictureOptions {
  return {
    ...(maxEdge === undefined ? {} : { maxEdge }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(format === undefined ? {} : { format }),
    ...(original === undefined ? {} : { original }),
  };
}
