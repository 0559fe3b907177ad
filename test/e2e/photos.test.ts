import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { colourAt, phonePhoto } from '../image/fixtures.ts';
import { startDaemon, startPeer, type CliProcess } from './cli-process.ts';
import { temporaryDirectory } from './temporary.ts';

const run = promisify(execFile);
const SECRET = 'Zk3vQ0m9XcT1bYw8LrD5Ug';
const EXPECT_ALL = ['--expect-peers', '2', '--expect-photos', '2', '--timeout', '60s'];

/** Three peers in one room, each with a photo of its own that was taken with a phone held upright. */
async function threePeers(daemon: { url: string }, directory: string, room: string): Promise<CliProcess[]> {
  await writeFile(`${directory}/phone.jpg`, await phonePhoto());
  return ['one', 'two', 'three'].map((name) =>
    startPeer(daemon, room, [
      '--name',
      name,
      '--file',
      `${directory}/phone.jpg`,
      '--save',
      `${directory}/${name}`,
      ...EXPECT_ALL,
    ]),
  );
}

test('three terminals exchange real photos: six receipts name the files on the receivers’ disks, without GPS and upright', async () => {
  await using daemon = await startDaemon();
  await using directory = await temporaryDirectory();
  const peers = await threePeers(daemon, directory.path, 'garden');
  const codes = await Promise.all(peers.map((peer) => peer.exit()));
  expect(codes, peers.map((peer) => peer.describe()).join('\n\n')).toEqual([0, 0, 0]);

  const stored = new Map<string, string>();
  for (const name of ['one', 'two', 'three']) {
    const files = await readdir(directory.file(name));
    expect(files).toHaveLength(2);
    for (const file of files) {
      const path = `${directory.file(name)}/${file}`;
      const bytes = await readFile(path);
      stored.set(path, createHash('sha256').update(bytes).digest('hex'));
      expect(await colourAt(bytes, 0.25)).toBe('red');
      expect(await colourAt(bytes, 0.75)).toBe('blue');
      const { stdout } = await run('exiftool', ['-G', '-GPS:all', '-EXIF:all', '-XMP:all', path]);
      expect(stdout.trim()).toBe('');
    }
  }
  for (const peer of peers) {
    const deliveries = peer.of('photo-delivered');
    expect(deliveries).toHaveLength(2);
    for (const { sha256, stored: kept } of deliveries) {
      expect([...stored.values()]).toContain(sha256);
      expect(kept).toBe(true);
    }
    for (const { path, sha256 } of peer.of('photo-received')) expect(stored.get(String(path))).toBe(sha256);
    expect(peer.lines.at(-1)).toMatchObject({ event: 'done', ok: true, exit: 0 });
    expect(peer.of('done')).toHaveLength(1);
  }
  // 2 photos at each of 3 peers were announced, and every one of them was acknowledged.
  expect(stored.size).toBe(6);
});

test('a fourth peer is told that the room is full and ends with 4', async () => {
  await using daemon = await startDaemon();
  const seated = ['one', 'two', 'three'].map((name) => startPeer(daemon, 'garden', ['--name', name, '--no-save']));
  await using _one = seated[0] as CliProcess;
  await using _two = seated[1] as CliProcess;
  await using _three = seated[2] as CliProcess;
  await Promise.all(seated.map((peer) => peer.event('room')));
  await using fourth = startPeer(daemon, 'garden', ['--no-save', '--expect-peers', '1']);
  expect(await fourth.exit()).toBe(4);
  expect(fourth.lines.at(-1)).toMatchObject({
    event: 'done',
    ok: false,
    exit: 4,
    error: { code: 'room-full', retryable: true },
  });
});

test('with the room secret every link is verified; a wrong secret gets no byte of a photo and ends with 10', async () => {
  await using daemon = await startDaemon();
  await using directory = await temporaryDirectory();
  const room = `garden#${SECRET}`;
  const peers = await threePeers(daemon, directory.path, room);
  expect(await Promise.all(peers.map((peer) => peer.exit()))).toEqual([0, 0, 0]);
  for (const peer of peers) {
    expect(peer.of('peer-connected').map(({ verified }) => verified)).toEqual([true, true]);
    expect(peer.describe()).not.toContain(SECRET);
  }

  await writeFile(directory.file('phone.jpg'), await phonePhoto());
  await using right = startPeer(daemon, `shed#${SECRET}`, [
    '--file',
    directory.file('phone.jpg'),
    '--no-save',
    '--expect-peers',
    '1',
  ]);
  await right.event('room');
  await using wrong = startPeer(daemon, `shed#${SECRET.toLowerCase()}`, [
    '--save',
    directory.file('wrong'),
    '--expect-photos',
    '1',
    '--timeout',
    '20s',
  ]);
  expect(await wrong.exit()).toBe(10);
  expect(await right.exit()).toBe(10);
  expect(wrong.of('photo-received')).toEqual([]);
  expect(right.of('photo-delivered')).toEqual([]);
  expect(await readdir(directory.file('wrong'))).toEqual([]);
});

test('without a secret two peers see the same four safety words', async () => {
  await using daemon = await startDaemon();
  await using one = startPeer(daemon, 'garden', ['--no-save', '--expect-peers', '1']);
  await using two = startPeer(daemon, 'garden', ['--no-save', '--expect-peers', '1']);
  const words = (await Promise.all([one.event('peer-connected'), two.event('peer-connected')])).map(
    (line) => line['words'],
  );
  expect(words[0]).toMatch(/^[a-z]+( [a-z]+){3}$/);
  expect(words[0]).toBe(words[1]);
  expect(await Promise.all([one.exit(), two.exit()])).toEqual([0, 0]);
});

test('--camera TEST: shares a frame that went through the real capture tool', async () => {
  await using daemon = await startDaemon();
  await using directory = await temporaryDirectory();
  await using receiver = startPeer(daemon, 'garden', [
    '--save',
    directory.path,
    '--expect-photos',
    '1',
    '--timeout',
    '60s',
  ]);
  await using camera = startPeer(daemon, 'garden', [
    '--camera',
    'TEST:',
    '--name',
    'shed',
    '--expect-peers',
    '1',
    '--timeout',
    '60s',
  ]);
  expect(await camera.exit(), camera.describe()).toBe(0);
  expect(await receiver.exit(), receiver.describe()).toBe(0);
  const [captured] = camera.of('photo-captured');
  const [received] = receiver.of('photo-received');
  expect(captured?.['source']).toBe('camera TEST:');
  expect(received).toMatchObject({ sha256: captured?.['sha256'], from: 'shed', type: 'image/jpeg' });
});

test('a latecomer gets the latest frame of a camera that has been there for a while, and not the older ones', async () => {
  await using daemon = await startDaemon();
  await using camera = startPeer(daemon, 'garden', ['--test-pattern', '--every', '200ms', '--name', 'shed']);
  await camera.event('photo-captured', 3);
  await using late = startPeer(daemon, 'garden', ['--no-save', '--expect-photos', '1', '--timeout', '60s']);
  expect(await late.exit(), late.describe()).toBe(0);
  const captured = camera.of('photo-captured').map(({ sha256 }) => sha256);
  const [received] = late.of('photo-received');
  expect(captured.indexOf(received?.['sha256'])).toBeGreaterThanOrEqual(2);
});
