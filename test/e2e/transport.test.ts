import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { phonePhoto } from '../image/fixtures.ts';
import { openMiddlebox } from '../lab/middlebox.ts';
import { CliProcess, startDaemon, startPeer } from './cli-process.ts';
import { temporaryDirectory } from './temporary.ts';
import { startTlsDaemon } from './tls-daemon.ts';

const EXPECT_ONE = ['--expect-peers', '1', '--expect-photos', '1', '--timeout', '60s'];

test('two terminals deliver photos both ways over event streams alone', async () => {
  await using daemon = await startDaemon();
  await using directory = await temporaryDirectory();
  await writeFile(directory.file('phone.jpg'), await phonePhoto());
  const peers = ['shed', 'kitchen'].map((name) =>
    startPeer(daemon, 'garden#aSecretOfTheGarden', [
      '--name',
      name,
      '--transport',
      'sse',
      '--file',
      directory.file('phone.jpg'),
      '--save',
      directory.file(name),
      ...EXPECT_ONE,
    ]),
  );
  for (const peer of peers) {
    expect(await peer.exit(), peer.describe()).toBe(0);
    expect(peer.of('room')).toMatchObject([{ transport: 'sse' }]);
  }
  for (const name of ['shed', 'kitchen']) expect(await readdir(directory.file(name))).toHaveLength(1);
  // Both have said goodbye, and nobody waits for them.
  for (let count = 1; count <= 2; count += 1)
    expect(await daemon.event('peer-left', count)).toMatchObject({ reason: 'left' });
  expect(daemon.of('peer-away')).toEqual([]);
});

test('a terminal takes a WebSocket where it can, and none where it is told so', async () => {
  await using daemon = await startDaemon();
  await using box = await openMiddlebox(daemon, 'refuses');
  await using usual = startPeer(daemon, 'garden', ['--no-save']);
  expect(await usual.event('room')).toMatchObject({ transport: 'ws' });
  await using stubborn = startPeer(box, 'garden', ['--no-save', '--transport', 'ws']);
  expect(await stubborn.exit()).toBe(3);
  expect(stubborn.lines.at(-1)).toMatchObject({ error: { code: 'not-a-daemon' } });
  expect(box.passed).toEqual([]);
});

describe('where a network', () => {
  test.each(['refuses', 'cuts', 'holds', 'swallows', 'buffers'] as const)(
    '%s WebSockets, a terminal delivers a photo all the same, and says how',
    async (habit) => {
      await using daemon = await startDaemon();
      await using box = await openMiddlebox(daemon, habit);
      await using receiver = startPeer(daemon, 'garden', ['--no-save', '--expect-photos', '1', '--timeout', '60s']);
      await receiver.event('room');
      await using inside = startPeer(box, 'garden', ['--no-save', '--test-pattern']);
      await inside.event('room', ({ transport }) => transport === 'sse');
      await inside.event('photo-delivered');
      expect(await receiver.exit(), receiver.describe()).toBe(0);
      expect(box.passed).toContain('GET /events');
      const rooms = inside.of('room');
      // The seat is the same, also when a WebSocket had it first.
      expect(new Set(rooms.map(({ you }) => you)).size).toBe(1);
      expect(inside.of('photo-failed')).toEqual([]);
    },
  );

  test('breaks a stream, it goes on and nobody in the room notices', async () => {
    await using daemon = await startDaemon();
    await using box = await openMiddlebox(daemon, 'refuses');
    await using inside = startPeer(box, 'garden', ['--no-save']);
    await inside.event('room');
    box.cut();
    await using late = startPeer(daemon, 'garden', ['--no-save', '--test-pattern', '--expect-peers', '1']);
    expect(await late.exit(), late.describe()).toBe(0);
    expect(box.passed.filter((line) => line === 'GET /events')).toHaveLength(2);
    expect(inside.of('daemon-lost')).toEqual([]);
    expect(daemon.of('peer-away')).toEqual([]);
  });
});

test('a daemon that is killed and started again disturbs no transfer, and its event streams take their seats again', async () => {
  await using directory = await temporaryDirectory();
  const edge = 4_000;
  const noise = sharp(randomBytes(edge * edge * 3), { raw: { width: edge, height: edge, channels: 3 } });
  await writeFile(directory.file('large.png'), await noise.png({ compressionLevel: 0 }).toBuffer());
  const first = await startDaemon();
  const { port } = new URL(first.url);
  const streaming = ['--no-save', '--transport', 'sse'];
  await using receiver = startPeer(first, 'garden', streaming);
  await receiver.event('room');
  await using sender = startPeer(first, 'garden', [...streaming, '--file', directory.file('large.png'), '--original']);
  await receiver.event('photo-progress');
  first.kill('SIGKILL');
  await Promise.all([sender.event('daemon-lost'), receiver.event('daemon-lost')]);
  const delivered = sender.event('photo-delivered');
  await using second = new CliProcess(['serve', '--port', port, '--json']);
  await second.event('ready');
  const again = await Promise.all([sender.event('room', 2), receiver.event('room', 2)]);
  expect(again).toMatchObject([
    { you: sender.of('room')[0]?.['you'], transport: 'sse' },
    { you: receiver.of('room')[0]?.['you'], transport: 'sse' },
  ]);
  await delivered;
  await receiver.event('photo-received');
  for (const peer of [sender, receiver]) {
    expect(peer.of('peer-connected')).toHaveLength(1);
    expect(peer.of('peer-left')).toEqual([]);
  }
});

test('a daemon is known by its fingerprint over event streams, too, and any other gets nothing', async () => {
  await using directory = await temporaryDirectory();
  await using daemon = await startTlsDaemon(directory.file('state'));
  const streaming = ['--no-save', '--transport', 'sse', '--tls-fingerprint'];
  await using friend = startPeer(daemon, 'garden', [...streaming, daemon.fingerprint]);
  expect(await friend.event('room')).toMatchObject({ transport: 'sse' });
  await using stranger = startPeer(daemon, 'garden', [...streaming, 'ab'.repeat(32)]);
  expect(await stranger.exit()).toBe(10);
  expect(stranger.lines.at(-1)).toMatchObject({ error: { code: 'certificate-refused' } });
  expect(daemon.of('peer-joined')).toHaveLength(1);
});
