import { describe, expect, test } from 'vitest';
import type { ControlMessage } from '../../src/protocol/control.ts';
import { SnapError, type ErrorCode } from '../../src/protocol/errors.ts';
import { readInner } from '../../src/protocol/frames.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import { Outbox } from '../../src/peer/outbox.ts';
import { createSharedPhoto } from '../../src/peer/photo.ts';
import { pureCrypto } from './crypto.ts';
import { FakeClock } from './fake-clock.ts';
import { bytesOf, photoOf, Transfer } from './photos.ts';

/** An outbox whose other end is played by the test. */
function start() {
  const clock = new FakeClock();
  const sent: ControlMessage[] = [];
  const chunks: { transfer: number; offset: number; bytes: Uint8Array }[] = [];
  const told: string[] = [];
  const link = {
    connected: true,
    bufferedBytes: 0,
    maxMessageBytes: 4_096,
    send: (message: ControlMessage) => void sent.push(message),
    sendFrame: (frame: Uint8Array) => {
      link.bufferedBytes += frame.length;
      const read = readInner(frame);
      if (read.ok && read.frame.type === 'chunk') chunks.push(read.frame);
    },
  };
  const outbox = new Outbox(link, clock, {
    onProgress: (_photo, bytes) => told.push(`progress ${bytes}`),
    onDelivered: (_photo, { stored, ms }) =>
      told.push(`delivered ${stored ? 'and stored' : 'and verified'} in ${ms} ms`),
    onFailed: (_photo, error) => told.push(`failed: ${error.code}`),
    onViolation: (error) => told.push(`violation: ${error.message}`),
  });
  return { clock, sent, chunks, told, link, outbox };
}

const receiptOf = (transfer: number, photo: ReturnType<typeof photoOf>) =>
  ({
    type: 'photo-receipt',
    transfer,
    sha256: photo.header.sha256,
    bytes: photo.header.bytes,
    stored: true,
  }) as const;

describe('a photo', () => {
  test('is announced, sent from the offset the receiver wants, and delivered with the receipt alone', async () => {
    const { clock, outbox, sent, chunks, told } = start();
    const photo = photoOf(10_000);
    outbox.add(photo);
    outbox.linkDown();
    outbox.linkUp();
    expect(sent).toEqual([1, 2].map((transfer) => ({ type: 'photo', transfer, ...photo.header })));
    chunks.length = 0;
    outbox.receive({ type: 'photo-accept', transfer: 2, offset: 6_000 });
    expect(chunks[0]?.offset).toBe(6_000);
    expect(Buffer.concat(chunks.map(({ bytes }) => bytes))).toEqual(Buffer.from(photo.bytes.subarray(6_000)));
    expect(told).toEqual(['progress 10000']);
    await clock.advance(40);
    outbox.receive(receiptOf(2, photo));
    expect(told).toEqual(['progress 10000', 'delivered and stored in 40 ms']);
    expect([outbox.pending, clock.pending]).toEqual([0, 0]);
  });

  test('of the usual size is sent whole with its announcement, and said to be on its way once it is accepted', () => {
    const { outbox, chunks, told } = start();
    const photo = photoOf(300_000);
    outbox.add(photo);
    expect(Buffer.concat(chunks.map(({ bytes }) => bytes))).toEqual(Buffer.from(photo.bytes));
    expect(told).toEqual([]);
    outbox.receive({ type: 'photo-accept', transfer: 1, offset: 0 });
    expect(told).toEqual(['progress 300000']);
  });

  test('that is larger waits with the rest of it until it is accepted, whatever room there is', () => {
    const { outbox, chunks, link } = start();
    const photo = photoOf(1_000_000);
    outbox.add(photo);
    link.bufferedBytes = 0;
    outbox.pump();
    const early = Buffer.concat(chunks.map(({ bytes }) => bytes));
    expect(early.length).toBeLessThanOrEqual(LIMITS.earlyBytes);
    expect(early.length).toBeGreaterThan(LIMITS.earlyBytes - link.maxMessageBytes);
    link.bufferedBytes = 0;
    outbox.receive({ type: 'photo-accept', transfer: 1, offset: 0 });
    link.bufferedBytes = 0;
    outbox.pump();
    link.bufferedBytes = 0;
    outbox.pump();
    expect(Buffer.concat(chunks.map(({ bytes }) => bytes))).toEqual(Buffer.from(photo.bytes));
  });

  test('that was announced before sends no byte before the receiver says where it stopped', () => {
    const { outbox, chunks } = start();
    outbox.add(photoOf(10_000));
    outbox.linkDown();
    chunks.length = 0;
    outbox.linkUp();
    outbox.pump();
    expect(chunks).toEqual([]);
  });

  test('waits for room in the send buffer and goes on when there is some', () => {
    const { outbox, chunks, link } = start();
    const photo = photoOf(1_000_000);
    outbox.add(photo);
    outbox.receive({ type: 'photo-accept', transfer: 1, offset: 0 });
    expect(link.bufferedBytes).toBeGreaterThanOrEqual(LIMITS.bufferedHighBytes);
    expect(link.bufferedBytes).toBeLessThan(LIMITS.bufferedHighBytes + link.maxMessageBytes);
    const before = chunks.length;
    outbox.pump();
    expect(chunks).toHaveLength(before);
    link.bufferedBytes = 0;
    outbox.pump();
    expect(chunks.length).toBeGreaterThan(before);
  });

  test('is never put in a frame that the other side does not take', () => {
    for (const maxMessageBytes of [4_096, 16_384, LIMITS.frameBytes, 1_000_000]) {
      const { outbox, chunks, link } = start();
      link.maxMessageBytes = maxMessageBytes;
      outbox.add(photoOf(200_000));
      outbox.receive({ type: 'photo-accept', transfer: 1, offset: 0 });
      // Chunk header 13, frame header 9, tag 16.
      for (const { bytes } of chunks)
        expect(bytes.length + 38).toBeLessThanOrEqual(Math.min(maxMessageBytes, LIMITS.frameBytes));
    }
  });

  test('follows the one before it, in the order in which they were added', () => {
    const { outbox, sent } = start();
    const photos = [photoOf(10, 1), photoOf(10, 2), photoOf(10, 3)];
    for (const photo of photos) outbox.add(photo);
    for (const [index, photo] of photos.entries()) {
      expect(sent).toHaveLength(index + 1);
      outbox.receive({ type: 'photo-accept', transfer: index + 1, offset: 0 });
      outbox.receive(receiptOf(index + 1, photo));
    }
    expect(sent.map((message) => message.type === 'photo' && message.photo)).toEqual(
      photos.map(({ header }) => header.photo),
    );
  });

  test('that a newer one replaces is not sent any more, unless it is already on its way', () => {
    const { outbox, sent } = start();
    const [first, second, third] = [photoOf(10, 1), photoOf(10, 2), photoOf(10, 3)];
    outbox.add(first);
    outbox.add(second);
    expect([outbox.withdraw(first), outbox.withdraw(second), outbox.withdraw(second)]).toEqual([false, true, false]);
    outbox.add(third);
    outbox.receive(receiptOf(1, first));
    expect(sent.map((message) => message.type === 'photo' && message.photo)).toEqual([
      first.header.photo,
      third.header.photo,
    ]);
  });
});

describe('a receiver', () => {
  test.each([
    ['too-large', 'photo-too-large'],
    ['unreadable', 'photo-refused'],
    ['not-wanted', 'photo-refused'],
    ['mismatch', 'integrity-mismatch'],
    ['storage', 'transfer-failed'],
  ] as const)('that refuses with %s makes it fail as %s, and the next one follows', (code, expected: ErrorCode) => {
    const { outbox, told, sent } = start();
    outbox.add(photoOf(10, 1));
    outbox.add(photoOf(10, 2));
    outbox.receive({ type: 'photo-refuse', transfer: 1, code, message: '' });
    expect(told).toEqual([`failed: ${expected}`]);
    expect(sent).toHaveLength(2);
  });

  test('that is busy is asked again in a while, with what then is next', async () => {
    const { outbox, clock, sent, told } = start();
    const [first, second] = [photoOf(10, 1), photoOf(10, 2)];
    outbox.add(first);
    outbox.receive({ type: 'photo-refuse', transfer: 1, code: 'busy', message: '' });
    outbox.add(second);
    expect(sent).toHaveLength(1);
    outbox.withdraw(first);
    await clock.advance(1_900);
    expect(sent).toHaveLength(1);
    await clock.advance(200);
    expect(sent.at(-1)).toMatchObject({ transfer: 2, photo: second.header.photo });
    expect(told).toEqual([]);
  });

  test('that is busy for a moment in which the link is lost is asked over the next one', async () => {
    const { outbox, clock, sent, link } = start();
    outbox.add(photoOf(10, 1));
    outbox.receive({ type: 'photo-refuse', transfer: 1, code: 'busy', message: '' });
    link.connected = false;
    outbox.linkDown();
    expect(clock.pending).toBe(0);
    await clock.advance(100);
    link.connected = true;
    outbox.linkUp();
    await clock.advance(10_000);
    expect(sent.filter(({ type }) => type === 'photo')).toHaveLength(2);
  });

  test('that does not accept in time makes it fail, is told so, and gets the next one', async () => {
    const { outbox, clock, sent, told } = start();
    outbox.add(photoOf(10, 1));
    outbox.add(photoOf(10, 2));
    await clock.advance(30_000);
    expect(told).toEqual(['failed: transfer-failed']);
    expect(sent.slice(1)).toEqual([{ type: 'photo-cancel', transfer: 1 }, expect.objectContaining({ transfer: 2 })]);
    // The answer that comes after all belongs to nothing.
    outbox.receive({ type: 'photo-accept', transfer: 1, offset: 0 });
    outbox.receive(receiptOf(1, photoOf(10, 1)));
    expect(told).toEqual(['failed: transfer-failed']);
  });

  test('that does not acknowledge in time makes it fail', async () => {
    const { outbox, clock, told } = start();
    outbox.add(photoOf(10, 1));
    await clock.advance(29_000);
    outbox.receive({ type: 'photo-accept', transfer: 1, offset: 0 });
    await clock.advance(29_000);
    expect(told).toEqual(['progress 10']);
    await clock.advance(1_000);
    expect(told).toEqual(['progress 10', 'failed: transfer-failed']);
    expect(clock.pending).toBe(0);
  });

  test.each([
    ['accepts twice', [0, 0]],
    ['accepts beyond the end', [11]],
    ['says that it has a part of what was never announced', [1]],
  ])('that %s has broken the protocol', (_what, offsets) => {
    const { outbox, told } = start();
    outbox.add(photoOf(10));
    for (const offset of offsets) outbox.receive({ type: 'photo-accept', transfer: 1, offset });
    expect(told.at(-1)).toMatch(/^violation: .*accepted twice or beyond what can be wanted/);
  });

  test.each([{ sha256: 'f'.repeat(64) }, { bytes: 9 }])(
    'whose receipt names another photo (%o) has broken the protocol',
    (lie) => {
      const { outbox, told } = start();
      const photo = photoOf(10);
      outbox.add(photo);
      outbox.receive({ ...receiptOf(1, photo), ...lie });
      expect(told).toEqual([expect.stringMatching(/^violation: a receipt named another SHA-256/)]);
    },
  );
});

describe('the end', () => {
  test('of the peer makes everything fail that was still to come, each once', () => {
    const { outbox, told, clock } = start();
    outbox.add(photoOf(10, 1));
    outbox.add(photoOf(10, 2));
    outbox.end(new SnapError('transfer-failed', 'gone'));
    outbox.end(new SnapError('transfer-failed', 'gone'));
    expect(told).toEqual(['failed: transfer-failed', 'failed: transfer-failed']);
    expect([outbox.pending, clock.pending]).toEqual([0, 0]);
  });

  test('of our stay leaves neither a timer nor a word', () => {
    const { outbox, told, clock } = start();
    outbox.add(photoOf(10, 1));
    outbox.add(photoOf(10, 2));
    outbox.close();
    expect([told, outbox.pending, clock.pending]).toEqual([[], 0, 0]);
  });
});

test('a photo whose receipt was lost with the link is acknowledged over the next one without being sent again', async () => {
  const clock = new FakeClock();
  const transfer = new Transfer(clock);
  transfer.connect();
  const photo = photoOf(50_000);
  transfer.outbox.add(photo);
  transfer.answers = (frame) => {
    const isReceipt = Buffer.from(frame).includes('photo-receipt');
    if (isReceipt) transfer.cut();
    return isReceipt ? [] : [frame];
  };
  await clock.until(() => transfer.received.length === 1);
  transfer.answers = (frame) => [frame];
  transfer.connect();
  await clock.until(() => transfer.delivered.length === 1);
  expect(transfer.chunkBytes).toBe(50_000);
  expect(transfer.sink.stored).toHaveLength(1);
  expect(transfer.received).toHaveLength(1);
});

describe('what no peer would take is refused to whoever wants to share it:', () => {
  const good = { bytes: bytesOf(10), mediaType: 'image/jpeg', width: 4, height: 3 } as const;
  test.each([
    ['no bytes', { ...good, bytes: new Uint8Array(0) }, 'usage'],
    ['no pixels', { ...good, width: 0 }, 'usage'],
    ['half a pixel', { ...good, height: 1.5 }, 'usage'],
    ['too many pixels', { ...good, height: 65_536 }, 'usage'],
    ['too many bytes', { ...good, bytes: new Uint8Array(LIMITS.photoBytes + 1) }, 'photo-too-large'],
  ])('%s', (_name, input, code) => {
    expect(() => createSharedPhoto(input, pureCrypto)).toThrow(expect.objectContaining({ code }));
  });

  test('and a name is reduced to what may be shown', () => {
    const { header } = createSharedPhoto({ ...good, name: `\u001b[2Jholi\u202eday${'x'.repeat(1_000)}` }, pureCrypto);
    expect(header.name).toMatch(/^\[2Jholidayx+$/);
  });
});
