import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { CliProcess, startDaemon, startPeer } from './cli-process.ts';
import { temporaryDirectory } from './temporary.ts';

/** A picture of noise that no format can make small. */
async function largePicture(path: string, edge: number): Promise<void> {
  const noise = randomBytes(edge * edge * 3);
  await writeFile(
    path,
    await sharp(noise, { raw: { width: edge, height: edge, channels: 3 } })
      .png({ compressionLevel: 0 })
      .toBuffer(),
  );
}

test('when a receiver is killed in mid-transfer the sender says so within 15 s and ends with 7, and no half file stays', async () => {
  await using daemon = await startDaemon();
  await using directory = await temporaryDirectory();
  await largePicture(directory.file('large.png'), 4_000);
  await using receiver = startPeer(daemon, 'garden', ['--save', directory.file('in')]);
  await receiver.event('room');
  const large = ['--file', directory.file('large.png'), '--original'];
  await using sender = startPeer(daemon, 'garden', [...large, '--expect-peers', '1', '--timeout', '60s']);
  await sender.event('peer-connected');
  await receiver.event('photo-progress');
  receiver.kill('SIGKILL');
  const killedAt = performance.now();
  const failed = await sender.event('photo-failed');
  expect(performance.now() - killedAt).toBeLessThan(15_000);
  expect(failed).toMatchObject({ direction: 'out', code: 'transfer-failed' });
  expect(await sender.exit()).toBe(7);
  expect(await readdir(directory.file('in'))).toEqual([]);
});

test('a daemon that is killed and started again disturbs no transfer, and all peers take their seats again', async () => {
  await using directory = await temporaryDirectory();
  await largePicture(directory.file('large.png'), 4_000);
  const first = await startDaemon();
  const port = new URL(first.url).port;
  await using receiver = startPeer(first, 'garden', ['--no-save', '--name', 'receiver']);
  await receiver.event('room');
  const large = ['--file', directory.file('large.png'), '--original'];
  await using sender = startPeer(first, 'garden', [...large, '--name', 'sender']);
  await receiver.event('photo-progress');
  first.kill('SIGKILL');
  await Promise.all([sender.event('daemon-lost'), receiver.event('daemon-lost')]);
  const delivered = sender.event('photo-delivered');
  await using _second = new CliProcess(['serve', '--port', port, '--json']);
  const again = await Promise.all([sender.event('room', 2), receiver.event('room', 2)]);
  expect(again.map(({ you }) => you)).toEqual([sender.of('room')[0]?.['you'], receiver.of('room')[0]?.['you']]);
  await delivered;
  await receiver.event('photo-received');
  // The link never broke: nobody had to connect again, and nobody was thought to be gone.
  for (const peer of [sender, receiver]) {
    expect(peer.of('peer-connected')).toHaveLength(1);
    expect(peer.of('peer-left')).toEqual([]);
    expect(peer.of('peer-reconnecting')).toEqual([]);
  }
  // And the rooms work as before: a third peer meets both.
  await using third = startPeer({ url: first.url }, 'garden', ['--no-save', '--expect-peers', '2']);
  expect(await third.exit(), third.describe()).toBe(0);
});

test('a receiver that is frozen in mid-transfer and comes back gets the photo over a new connection', async () => {
  await using daemon = await startDaemon();
  await using directory = await temporaryDirectory();
  await largePicture(directory.file('large.png'), 4_000);
  await using receiver = startPeer(daemon, 'garden', ['--no-save', '--expect-photos', '1', '--timeout', '120s']);
  await receiver.event('room');
  const large = ['--file', directory.file('large.png'), '--original'];
  await using sender = startPeer(daemon, 'garden', [...large, '--expect-peers', '1', '--timeout', '120s']);
  await receiver.event('photo-progress');
  receiver.kill('SIGSTOP');
  expect(await sender.event('peer-reconnecting')).toMatchObject({ code: 'link-lost' });
  receiver.kill('SIGCONT');
  expect(await sender.exit(), sender.describe()).toBe(0);
  expect(await receiver.exit(), receiver.describe()).toBe(0);
  expect(sender.of('peer-connected')).toHaveLength(2);
  expect(sender.of('photo-failed')).toEqual([]);
});

test('the first Ctrl-C leaves the room within 2 s, tells the others, and ends with 130 after a last done', async () => {
  await using daemon = await startDaemon();
  await using one = startPeer(daemon, 'garden', ['--no-save']);
  await using two = startPeer(daemon, 'garden', ['--no-save']);
  await Promise.all([one.event('peer-connected'), two.event('peer-connected')]);
  const pressedAt = performance.now();
  one.kill('SIGINT');
  expect(await one.exit()).toBe(130);
  expect(performance.now() - pressedAt).toBeLessThan(2_000);
  expect(one.lines.at(-1)).toMatchObject({ event: 'done', ok: false, exit: 130 });
  expect(await two.event('peer-left')).toMatchObject({ reason: 'left' });
  two.kill('SIGTERM');
  expect(await two.exit()).toBe(143);
});

test('Ctrl-C leaves within 2 s also when the other peer does not answer any more', async () => {
  await using daemon = await startDaemon();
  await using frozen = startPeer(daemon, 'garden', ['--no-save']);
  await using leaving = startPeer(daemon, 'garden', ['--no-save']);
  await Promise.all([frozen.event('peer-connected'), leaving.event('peer-connected')]);
  frozen.kill('SIGSTOP');
  const pressedAt = performance.now();
  leaving.kill('SIGINT');
  expect(await leaving.exit()).toBe(130);
  expect(performance.now() - pressedAt).toBeLessThan(2_000);
});

test('a daemon that gets SIGTERM tells its clients and ends with 143', async () => {
  await using daemon = await startDaemon();
  await using peer = startPeer(daemon, 'garden', ['--no-save']);
  await peer.event('room');
  daemon.kill('SIGTERM');
  expect(await daemon.exit()).toBe(143);
  expect(await peer.event('daemon-lost')).toMatchObject({ code: 'shutting-down' });
});
