import { alternate } from './alternate.ts';
import { Child, pathOf, startBare, startDaemon } from './child.ts';
import { figure, type Benchmark } from './figure.ts';

const SECRET = 'Zk3vQ0m9XcT1bYw8LrD5Ug';
const PHOTO_BYTES = 20_000_000;

/** One large photo between two processes: hash, frames, sealing and receipt against the same bytes on a bare channel. */
export const photoPath: Benchmark = {
  name: 'photo-path',
  async run({ quick }) {
    const library = pathOf('ours/peer.mjs');
    await using daemon = await startDaemon();
    await using receiver = new Child([library, daemon.url, SECRET]);
    await using relay = await startBare('relay.mjs');
    await using bareReceiver = new Child([pathOf('bare/receive.mjs'), relay.url]);
    await Promise.all([receiver.event('ready'), bareReceiver.event('ready')]);

    const variants = {
      ours: () => bytesPerSecond([library, daemon.url, SECRET, String(PHOTO_BYTES)]),
      bare: () => bytesPerSecond([pathOf('bare/send-bytes.mjs'), relay.url, String(PHOTO_BYTES)]),
    };
    // The receivers stay, so their first photo is the only one that finds them cold.
    await alternate('photo-path, warming up', 1, variants);
    const speed = await alternate('photo-path', quick ? 3 : 9, variants);
    return [figure('20 MB photo', 'MB/s', speed, { atLeast: 0.8 })];
  },
};

async function bytesPerSecond(args: readonly string[]): Promise<number> {
  await using sender = new Child(args);
  const { ms } = await sender.event('delivered');
  await sender.ended();
  return PHOTO_BYTES / 1_000 / Number(ms);
}
