import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alternate } from './alternate.ts';
import { Child, pathOf, snapShare, startBare, startDaemon } from './child.ts';
import { figure, type Benchmark } from './figure.ts';
import { writeCameraPhoto } from './camera-photo.ts';

const ROOM = 'garden#Zk3vQ0m9XcT1bYw8LrD5Ug';

/** From the start of a process to the receipt for its photo, against a bare script that does the same unsealed. */
export const firstPhoto: Benchmark = {
  name: 'first-photo',
  async run({ quick }) {
    const directory = await mkdtemp(join(tmpdir(), 'snap-share-bench-'));
    try {
      const file = join(directory, 'photo.jpg');
      await writeCameraPhoto(file);
      await using daemon = await startDaemon();
      const peer = [ROOM, '--server', daemon.url, '--no-save'];
      await using receiver = new Child(snapShare('join', ...peer, '--name', 'waiting'));
      await using relay = await startBare('relay.mjs');
      await using bareReceiver = new Child([pathOf('bare/receive.mjs'), relay.url]);
      await Promise.all([receiver.event('room'), bareReceiver.event('ready')]);

      const variants = {
        ours: () => msToReceipt(snapShare('join', ...peer, '--name', 'sending', '--file', file, '--expect-peers', '1')),
        bare: () => msToReceipt([pathOf('bare/send-photo.mjs'), relay.url, file]),
      };
      // The first ones also read all modules from the disk and find the receivers cold.
      await alternate('first-photo, warming up', 1, variants);
      const time = await alternate('first-photo', quick ? 3 : 15, variants);
      return [figure('first photo', 'ms', time, { atMost: 1.3 })];
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

async function msToReceipt(args: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  await using sender = new Child(args);
  await sender.event('photo-delivered');
  const ms = performance.now() - startedAt;
  await sender.ended();
  return ms;
}
