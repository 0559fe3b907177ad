import { expect, test } from 'vitest';
import { ExpectationTracker, type Expectations } from '../../src/cli/expectations.ts';
import type { PeerEvent } from '../../src/peer/events.ts';
import { SnapError, type ErrorCode } from '../../src/protocol/errors.ts';
import type { LeaveReason } from '../../src/protocol/signaling.ts';

const SHA = 'a'.repeat(64);

const room = (...peers: string[]): PeerEvent => ({
  type: 'room',
  room: 'garden',
  you: 'me',
  number: 1,
  capacity: 3,
  again: false,
  daemonVersion: '0.1.0',
  transport: 'ws',
  peers: peers.map((peer, index) => ({ peer, name: peer, kind: 'terminal', number: index + 2 })),
});
const connected = (peer: string): PeerEvent => ({
  type: 'peer-connected',
  peer,
  name: peer,
  route: 'local',
  verified: true,
  ms: 1,
});
const delivered = (photo: string, peer: string): PeerEvent => ({
  type: 'photo-delivered',
  photo,
  peer,
  sha256: SHA,
  bytes: 1,
  stored: true,
  ms: 1,
});
const received = (peer: string): PeerEvent => ({
  type: 'photo-received',
  photo: 'p',
  peer,
  from: peer,
  bytes: 1,
  width: 1,
  height: 1,
  mediaType: 'image/png',
  sha256: SHA,
  stored: true,
});
const failed = (peer: string, code: ErrorCode = 'transfer-failed'): PeerEvent => ({
  type: 'photo-failed',
  direction: 'out',
  photo: 'a',
  peer,
  error: new SnapError(code, 'gone'),
});
const refused = (peer: string): PeerEvent => ({
  type: 'peer-refused',
  peer,
  name: peer,
  error: new SnapError('verification-mismatch', 'wrong secret'),
});
const left = (peer: string, reason: LeaveReason = 'left'): PeerEvent => ({
  type: 'peer-left',
  peer,
  name: peer,
  reason,
});

function after(expected: Expectations, photos: readonly string[], ...events: PeerEvent[]): ExpectationTracker {
  const tracker = new ExpectationTracker(expected);
  for (const photo of photos) tracker.share(photo);
  tracker.finishSharing();
  for (const event of events) tracker.receive(event);
  return tracker;
}

test('a peer counts once it has acknowledged every photo, also when it has left since', () => {
  const both = { peers: 1 };
  expect(after(both, ['a', 'b'], room('x'), connected('x'), delivered('a', 'x')).verdict().type).toBe('waiting');
  expect(after(both, ['a', 'b'], room('x'), delivered('a', 'x'), delivered('b', 'x'), left('x')).verdict().type).toBe(
    'met',
  );
});

test('acknowledgements of several peers do not add up to one peer that has everything', () => {
  const tracker = after({ peers: 1 }, ['a', 'b'], room('x', 'y'), delivered('a', 'x'), delivered('b', 'y'));
  expect(tracker.verdict().type).toBe('waiting');
});

test('without photos of our own a connected peer counts', () => {
  expect(after({ peers: 2 }, [], room('x', 'y'), connected('x')).verdict().type).toBe('waiting');
  expect(after({ peers: 2 }, [], room('x', 'y'), connected('x'), connected('y')).verdict().type).toBe('met');
});

test('a peer that had to join anew counts once, as the one that it is now', () => {
  const two = { peers: 2 };
  const before = [room('x'), delivered('a', 'x'), left('x', 'expired'), connected('x2')];
  expect(after(two, ['a'], ...before, delivered('a', 'x2')).verdict().type).toBe('waiting');
  expect(after(two, ['a'], ...before, delivered('a', 'x2'), delivered('a', 'y')).verdict().type).toBe('met');
  const met = [room('x'), connected('x'), left('x', 'expired'), connected('x2')];
  expect(after(two, [], ...met).verdict().type).toBe('waiting');
  expect(after(two, [], ...met, connected('y')).verdict().type).toBe('met');
});

test('a peer that left right after it was connected still counts', () => {
  expect(after({ peers: 2 }, [], room('x', 'y'), connected('x'), left('x'), connected('y')).verdict().type).toBe('met');
});

test('nothing is met before everything that was to be shared has been', () => {
  const tracker = new ExpectationTracker({ peers: 1 });
  tracker.receive(connected('x'));
  expect(tracker.verdict().type).toBe('waiting');
  tracker.share('a');
  tracker.finishSharing();
  expect(tracker.verdict().type).toBe('waiting');
  tracker.receive(delivered('a', 'x'));
  expect(tracker.verdict().type).toBe('met');
});

test('photos and peers must both be there', () => {
  const tracker = after({ peers: 1, photos: 2 }, ['a'], room('x'), delivered('a', 'x'), received('x'));
  expect(tracker.verdict().type).toBe('waiting');
  tracker.receive(received('x'));
  expect(tracker.verdict().type).toBe('met');
});

test('a photo that was replaced need not be delivered', () => {
  const tracker = after({ peers: 1 }, ['old'], room('x'));
  tracker.share('new', 'old');
  tracker.receive(delivered('new', 'x'));
  expect(tracker.verdict().type).toBe('met');
});

test('a failed peer makes it hopeless only while nobody else is in the room who could count', () => {
  const tracker = after({ peers: 1 }, ['a'], room('x'), connected('x'), failed('x'));
  expect(tracker.verdict()).toMatchObject({ type: 'hopeless', error: { code: 'transfer-failed' } });
  tracker.receive({ type: 'peer-joined', peer: 'y', name: 'y', kind: 'terminal', number: 3 });
  expect(tracker.verdict().type).toBe('waiting');
  tracker.receive(delivered('a', 'y'));
  expect(tracker.verdict().type).toBe('met');
});

test('a peer that vanished after a failed transfer leaves its reason behind', () => {
  expect(after({ peers: 1 }, ['a'], room('x'), failed('x'), left('x')).verdict()).toMatchObject({
    type: 'hopeless',
    error: { code: 'transfer-failed' },
  });
});

test('who waits for photos is told at once when the only peer could not be verified', () => {
  expect(after({ photos: 1 }, [], room('x'), refused('x')).verdict()).toMatchObject({
    type: 'hopeless',
    error: { code: 'verification-mismatch' },
  });
  expect(after({ photos: 1 }, [], room('x', 'y'), refused('x')).verdict().type).toBe('waiting');
});

test('an empty room is no reason to give up', () => {
  expect(after({ peers: 2 }, ['a'], room()).verdict().type).toBe('waiting');
});

test('out of time, the most telling reason is named: a failure, then a missing connection, then nothing', () => {
  const time = '30 s';
  expect(after({ peers: 1 }, ['a'], room('x'), failed('x', 'integrity-mismatch')).timeoutError(time).code).toBe(
    'integrity-mismatch',
  );
  expect(after({ peers: 1 }, ['a'], room('x')).timeoutError(time).code).toBe('no-connection');
  expect(after({ peers: 2 }, ['a'], room('x'), connected('x'), delivered('a', 'x')).timeoutError(time)).toMatchObject({
    code: 'timeout',
    message: expect.stringContaining('1 of 2 peers served') as string,
  });
});
