import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { phonePhoto } from '../image/fixtures.ts';
import { CliProcess, startDaemon, startPeer, type Line } from './cli-process.ts';
import { temporaryDirectory } from './temporary.ts';

/** A small picture, again and again. */
const SNAPS = ['--no-save', '--test-pattern', '--every', '700ms', '--max-edge', '64'];

/** Resolves when `receiver` has got a photo from `sender` as another peer than it was first. */
async function receivedAnew(receiver: CliProcess, sender: CliProcess): Promise<void> {
  const identities = (): unknown[] => sender.of('room').map(({ you }) => you);
  await receiver.event('photo-received', ({ peer }) => identities().includes(peer) && peer !== identities()[0]);
}

test('two terminals go on exchanging photos when their sessions are over, and none is stored twice', async () => {
  await using daemon = await startDaemon('--session-ttl', '4s');
  await using shed = startPeer(daemon, 'garden#aSecret', [...SNAPS, '--name', 'shed']);
  await using kitchen = startPeer(daemon, 'garden#aSecret', [...SNAPS, '--name', 'kitchen', '--transport', 'sse']);
  await Promise.all([receivedAnew(shed, kitchen), receivedAnew(kitchen, shed)]);
  for (const peer of [shed, kitchen]) {
    const identities = peer.of('room').map(({ you }) => you);
    expect(new Set(identities).size).toBe(identities.length);
    expect(peer.of('room')[1]).toMatchObject({ again: true, room: 'garden' });
    expect(peer.of('daemon-lost')[0]).toMatchObject({ code: 'session-expired' });
    const photos = peer.of('photo-received').map(({ photo }) => photo);
    expect(new Set(photos).size).toBe(photos.length);
  }
  // Whoever has a seat when another one's session is over is told so.
  const isExpired = ({ reason }: Line): boolean => reason === 'expired';
  await Promise.race([shed.event('peer-left', isExpired), kitchen.event('peer-left', isExpired)]);
  expect(daemon.of('peer-left').filter(isExpired).length).toBeGreaterThan(1);
  for (const peer of [shed, kitchen]) {
    peer.kill('SIGINT');
    expect(await peer.exit()).toBe(130);
  }
});

test('a photo that nobody was there for waits through a session and goes to who comes', async () => {
  await using daemon = await startDaemon('--session-ttl', '2s');
  await using directory = await temporaryDirectory();
  await writeFile(directory.file('phone.jpg'), await phonePhoto());
  await using sender = startPeer(daemon, 'garden', ['--no-save', '--file', directory.file('phone.jpg')]);
  await sender.event('room', 2);
  await using receiver = startPeer(daemon, 'garden', ['--no-save', '--expect-photos', '1', '--timeout', '60s']);
  expect(await receiver.exit(), receiver.describe()).toBe(0);
});

test('a daemon that is started anew ends the sessions of before, and nobody is lost', async () => {
  await using first = await startDaemon();
  const { port } = new URL(first.url);
  await using shed = startPeer(first, 'garden', SNAPS);
  await using kitchen = startPeer(first, 'garden', SNAPS);
  await Promise.all([shed.event('photo-received'), kitchen.event('photo-received')]);
  expect(shed.of('room')).toHaveLength(1);
  first.kill('SIGKILL');
  await Promise.all([shed.event('daemon-lost'), kitchen.event('daemon-lost')]);
  await using second = new CliProcess(['serve', '--port', port, '--session-ttl', '8s', '--json']);
  await second.event('ready');
  await Promise.all([receivedAnew(kitchen, shed), receivedAnew(shed, kitchen)]);
});

test.each(['soon', '0', '500ms', '-1h'])('a session of %s is refused with 2', async (ttl) => {
  await using daemon = new CliProcess(['serve', '--port', '0', `--session-ttl=${ttl}`, '--json']);
  expect(await daemon.exit()).toBe(2);
  expect(daemon.lines.at(-1)).toMatchObject({ error: { code: 'usage' } });
});
