import { describe, expect, test } from 'vitest';
import type { ControlMessage, PhotoHeader } from '../../src/protocol/control.ts';
import { SnapError } from '../../src/protocol/errors.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import { Inbox, type Receipts } from '../../src/peer/inbox.ts';
import { pureCrypto } from './crypto.ts';
import { settle } from './fake-clock.ts';
import { NotedSink, photoOf } from './photos.ts';

/** An inbox whose sender is played by the test. */
function start(receipts: Receipts = new Map(), sink = new NotedSink()) {
  const answers: ControlMessage[] = [];
  const told: string[] = [];
  const violations: SnapError[] = [];
  let down = false;
  const inbox = new Inbox(
    { peer: 'p', name: 'n' },
    (message) => {
      if (down) throw new SnapError('link-lost', 'down');
      answers.push(message);
    },
    pureCrypto,
    sink,
    receipts,
    {
      onProgress: () => {},
      onReceived: ({ photo }, { path }) => told.push(`received ${photo} at ${path}`),
      onFailed: (_photo, { code }) => told.push(`failed: ${code}`),
      onViolation: (error) => violations.push(error),
    },
  );
  return {
    inbox,
    sink,
    answers,
    told,
    violations,
    announce: (transfer: number, header: PhotoHeader) => inbox.receive({ type: 'photo', transfer, ...header }),
    chunk: (transfer: number, offset: number, bytes: Uint8Array) =>
      inbox.receiveChunk({ type: 'chunk', transfer, offset, bytes }),
    problem: () => violations[0]?.message.replace('the other peer broke the protocol: ', ''),
    linkDown: () => {
      down = true;
      inbox.linkDown();
    },
    linkUp: () => {
      down = false;
    },
  };
}

describe('a photo', () => {
  test('is given to the sink when it is complete, and acknowledged when the sink has it', async () => {
    const { announce, chunk, sink, answers, told } = start();
    const { header, bytes } = photoOf(3_000);
    let stored: () => void = () => {};
    sink.before = () => new Promise((resolve) => (stored = resolve));
    announce(1, header);
    expect(answers).toEqual([{ type: 'photo-accept', transfer: 1, offset: 0 }]);
    chunk(1, 0, bytes.subarray(0, 2_000));
    chunk(1, 2_000, bytes.subarray(2_000));
    await settle();
    expect(answers).toHaveLength(1);
    stored();
    await settle();
    expect(answers[1]).toEqual({
      type: 'photo-receipt',
      transfer: 1,
      sha256: header.sha256,
      bytes: 3_000,
      stored: true,
    });
    expect(sink.stored[0]?.bytes).toEqual(bytes);
    expect(told).toEqual([`received ${header.photo} at /private/${header.photo}`]);
  });

  test('is acknowledged before anybody here hears of it, who might leave at that', async () => {
    const order: string[] = [];
    const { header, bytes } = photoOf(10);
    const send = ({ type }: ControlMessage) => order.push(type);
    const inbox = new Inbox({ peer: 'p', name: 'n' }, send, pureCrypto, new NotedSink(), new Map(), {
      onProgress: () => {},
      onReceived: () => order.push('received'),
      onFailed: () => {},
      onViolation: () => {},
    });
    inbox.receive({ type: 'photo', transfer: 1, ...header });
    inbox.receiveChunk({ type: 'chunk', transfer: 1, offset: 0, bytes });
    await settle();
    expect(order).toEqual(['photo-accept', 'photo-receipt', 'received']);
  });

  test('that came from a peer which is another one now is acknowledged without its bytes, and stored once', async () => {
    const receipts: Receipts = new Map();
    const before = start(receipts);
    const { header, bytes } = photoOf(3_000);
    before.announce(1, header);
    before.chunk(1, 0, bytes);
    await settle();
    const after = start(receipts, before.sink);
    after.announce(1, header);
    // Its first bytes are on their way already.
    after.chunk(1, 0, bytes.subarray(0, 2_000));
    const receipt = { sha256: header.sha256, bytes: 3_000, stored: true };
    expect(after.answers).toEqual([{ type: 'photo-receipt', transfer: 1, ...receipt }]);
    expect([after.violations, after.told, before.sink.stored.length]).toEqual([[], [], 1]);
    // Nobody gets a receipt for another photo by calling it the same.
    const other = photoOf(3_000, 2);
    after.announce(2, { ...other.header, photo: header.photo });
    expect(after.answers.at(-1)).toEqual({ type: 'photo-accept', transfer: 2, offset: 0 });
  });

  test('that is still being stored for a peer which is another one now is asked for later', async () => {
    const receipts: Receipts = new Map();
    const before = start(receipts);
    const { header, bytes } = photoOf(3_000);
    let stored: () => void = () => {};
    before.sink.before = () => new Promise((resolve) => (stored = resolve));
    before.announce(1, header);
    before.chunk(1, 0, bytes);
    await settle();
    before.inbox.end();
    const after = start(receipts, before.sink);
    after.announce(1, header);
    after.chunk(1, 0, bytes);
    expect(after.answers).toMatchObject([{ type: 'photo-refuse', code: 'busy' }]);
    stored();
    await settle();
    after.announce(2, header);
    expect(after.answers[1]).toMatchObject({ type: 'photo-receipt', transfer: 2 });
    expect([after.violations, before.sink.stored.length]).toEqual([[], 1]);
  });

  test('that was interrupted goes on where it stopped', async () => {
    const { announce, chunk, answers, sink, linkDown, linkUp } = start();
    const { header, bytes } = photoOf(3_000);
    announce(1, header);
    chunk(1, 0, bytes.subarray(0, 1_500));
    linkDown();
    linkUp();
    announce(2, header);
    expect(answers.at(-1)).toEqual({ type: 'photo-accept', transfer: 2, offset: 1_500 });
    chunk(2, 1_500, bytes.subarray(1_500));
    await settle();
    expect(sink.stored.map((one) => one.bytes)).toEqual([bytes]);
  });

  test('that is offered again while it is being stored makes its sender wait, and is stored once', async () => {
    const { announce, chunk, answers, sink, linkDown, linkUp } = start();
    const { header, bytes } = photoOf(100);
    let stored: () => void = () => {};
    sink.before = () => new Promise((resolve) => (stored = resolve));
    announce(1, header);
    chunk(1, 0, bytes);
    linkDown();
    linkUp();
    announce(2, header);
    expect(answers.at(-1)).toMatchObject({ type: 'photo-refuse', transfer: 2, code: 'busy' });
    stored();
    await settle();
    announce(3, header);
    expect(answers.at(-1)).toMatchObject({ type: 'photo-receipt', transfer: 3, sha256: header.sha256 });
    expect(sink.stored).toHaveLength(1);
  });

  test('that its sender takes back is forgotten', () => {
    const { inbox, announce, chunk, answers, problem } = start();
    const { header, bytes } = photoOf(3_000);
    announce(1, header);
    chunk(1, 0, bytes.subarray(0, 1_500));
    inbox.receive({ type: 'photo-cancel', transfer: 1 });
    inbox.receive({ type: 'photo-cancel', transfer: 99 });
    announce(2, header);
    expect(answers.at(-1)).toMatchObject({ transfer: 2, offset: 0 });
    expect(problem()).toBeUndefined();
  });
});

describe('a photo that cannot be kept', () => {
  test('is refused without a word of why, and tried again when it is offered again', async () => {
    const { announce, chunk, answers, told, sink } = start();
    const { header, bytes } = photoOf(100);
    sink.before = () => Promise.reject(new SnapError('storage-failed', 'cannot write /home/me/private: disk full'));
    announce(1, header);
    chunk(1, 0, bytes);
    await settle();
    expect(answers.at(-1)).toEqual({ type: 'photo-refuse', transfer: 1, code: 'storage', message: '' });
    expect(JSON.stringify(answers)).not.toMatch(/private|disk/);
    expect(told).toEqual(['failed: storage-failed']);
    sink.before = () => Promise.resolve();
    announce(2, header);
    chunk(2, 0, bytes);
    await settle();
    expect(answers.at(-1)).toMatchObject({ type: 'photo-receipt', transfer: 2 });
  });

  test('because the sink failed in an unforeseen way is refused the same way', async () => {
    const { announce, chunk, answers, told, sink } = start();
    const { header, bytes } = photoOf(100);
    sink.before = () => {
      throw new Error('ENOENT: /home/me/private');
    };
    announce(1, header);
    chunk(1, 0, bytes);
    await settle();
    expect(answers.at(-1)).toEqual({ type: 'photo-refuse', transfer: 1, code: 'storage', message: '' });
    expect(told).toEqual(['failed: internal']);
  });

  test('because it is no picture is refused with the reason', async () => {
    const { announce, chunk, answers, sink } = start();
    const { header, bytes } = photoOf(100);
    sink.before = () => Promise.reject(new SnapError('photo-refused', 'this is a text file'));
    announce(1, header);
    chunk(1, 0, bytes);
    await settle();
    expect(answers.at(-1)).toMatchObject({ type: 'photo-refuse', code: 'unreadable', message: 'this is a text file' });
  });
});

describe('what was sent before the answer', () => {
  const early = new Uint8Array(LIMITS.earlyBytes / 5);
  /** As many photos as may be under way: the next one is not accepted. */
  const fill = (announce: ReturnType<typeof start>['announce']): void => {
    for (let transfer = 1; transfer <= LIMITS.transfersPerPeer; transfer += 1)
      announce(transfer, photoOf(10, transfer).header);
  };

  test('is dropped when the photo is not accepted, and whatever else comes is taken', async () => {
    const { announce, chunk, answers, violations, sink } = start();
    fill(announce);
    announce(9, photoOf(400_000, 99).header);
    expect(answers.at(-1)).toMatchObject({ type: 'photo-refuse', transfer: 9, code: 'busy' });
    for (let at = 0; at < 5; at += 1) chunk(9, at * early.length, early);
    chunk(1, 0, photoOf(10, 1).bytes);
    await settle();
    expect(violations).toEqual([]);
    expect(sink.stored.map(({ bytes }) => bytes)).toEqual([photoOf(10, 1).bytes]);
  });

  test('is bounded: a sender that does not stop ends the link', () => {
    const { announce, chunk, problem } = start();
    fill(announce);
    announce(9, photoOf(400_000, 99).header);
    for (let at = 0; at < 5; at += 1) chunk(9, at * early.length, early);
    expect(problem()).toBeUndefined();
    chunk(9, LIMITS.earlyBytes, new Uint8Array(1_024));
    expect(problem()).toBe('a chunk of transfer 9, which was not accepted');
  });

  test('is no longer expected over the next link', () => {
    const { announce, chunk, linkDown, linkUp, problem } = start();
    fill(announce);
    announce(9, photoOf(400_000, 99).header);
    linkDown();
    linkUp();
    chunk(9, 0, early);
    expect(problem()).toBe('a chunk of transfer 9, which was not accepted');
  });
});

describe('the link ends by name for', () => {
  const { header, bytes } = photoOf(5_000);

  test.each<[string, (sender: ReturnType<typeof start>) => void, string]>([
    [
      'a chunk of a transfer that was never announced',
      ({ chunk }) => chunk(7, 0, bytes.subarray(0, 2_000)),
      'a chunk of transfer 7, which was not accepted',
    ],
    [
      'a chunk that leaves a gap',
      ({ announce, chunk }) => (announce(1, header), chunk(1, 1_024, bytes.subarray(1_024, 2_048))),
      'a chunk at offset 1024, expected 0',
    ],
    [
      'a chunk that overlaps the one before',
      ({ announce, chunk }) => {
        announce(1, header);
        chunk(1, 0, bytes.subarray(0, 2_000));
        chunk(1, 1_999, bytes.subarray(1_999, 4_000));
      },
      'a chunk at offset 1999, expected 2000',
    ],
    [
      'a chunk that comes twice',
      ({ announce, chunk }) => {
        announce(1, header);
        chunk(1, 0, bytes.subarray(0, 2_000));
        chunk(1, 0, bytes.subarray(0, 2_000));
      },
      'a chunk at offset 0, expected 2000',
    ],
    [
      'a chunk beyond the end of the photo',
      ({ announce, chunk }) => (announce(1, header), chunk(1, 0, new Uint8Array(5_001))),
      "a chunk that ends at 5001, beyond the photo's 5000 bytes",
    ],
    [
      'a chunk that is too short and not the last',
      ({ announce, chunk }) => (announce(1, header), chunk(1, 0, bytes.subarray(0, LIMITS.chunkBytesMin - 1))),
      'a chunk of 1023 bytes that is not the last',
    ],
    [
      'a transfer that is announced twice',
      ({ announce }) => (announce(1, header), announce(1, photoOf(10, 2).header)),
      'transfer 1 was announced twice',
    ],
    [
      'a photo id that is used for another photo',
      ({ announce }) => (announce(1, header), announce(2, { ...header, bytes: 4_999 })),
      'a photo id was used again for another photo',
    ],
    [
      'a chunk after the whole photo',
      ({ announce, chunk }) => (announce(1, header), chunk(1, 0, bytes), chunk(1, 5_000, bytes.subarray(0, 1_024))),
      'a chunk of transfer 1, which was not accepted',
    ],
  ])('%s', (_name, play, problem) => {
    const sender = start();
    play(sender);
    expect(sender.violations[0]?.code).toBe('protocol-violation');
    expect(sender.problem()).toBe(problem);
  });

  test('bytes with another SHA-256, and nothing of them reaches the sink', async () => {
    const { announce, chunk, violations, sink, told, answers } = start();
    announce(1, header);
    chunk(
      1,
      0,
      bytes.map((byte, at) => byte ^ +(at === 4_000)),
    );
    await settle();
    expect(violations[0]?.code).toBe('integrity-mismatch');
    expect(told).toEqual(['failed: integrity-mismatch']);
    expect(answers.at(-1)).toMatchObject({ type: 'photo-refuse', code: 'mismatch' });
    expect(sink.stored).toEqual([]);
  });
});

describe('memory', () => {
  test('is bounded: more photos at once than allowed are asked to wait', () => {
    const { announce, answers } = start();
    for (let n = 1; n <= LIMITS.transfersPerPeer + 3; n += 1) announce(n, photoOf(5_000, n).header);
    expect(answers.filter(({ type }) => type === 'photo-accept')).toHaveLength(LIMITS.transfersPerPeer);
    expect(answers.slice(-3)).toMatchObject([{ code: 'busy' }, { code: 'busy' }, { code: 'busy' }]);
  });

  test('is bounded: more bytes at once than allowed are asked to wait', () => {
    const { announce, answers } = start();
    const huge = LIMITS.photoBytes;
    for (let n = 1; n <= 3; n += 1) announce(n, { ...photoOf(10, n).header, bytes: huge });
    expect(answers.map(({ type }) => type)).toEqual(['photo-accept', 'photo-accept', 'photo-refuse']);
  });

  test('of photos that were interrupted and never offered again makes room for new ones, the oldest first', () => {
    const { announce, chunk, answers, linkDown, linkUp } = start();
    const photos = Array.from({ length: 20 }, (_, seed) => photoOf(5_000, seed));
    for (const [index, { header, bytes }] of photos.entries()) {
      announce(index + 1, header);
      expect(answers.at(-1)).toMatchObject({ type: 'photo-accept', transfer: index + 1 });
      chunk(index + 1, 0, bytes.subarray(0, 2_000));
      linkDown();
      linkUp();
    }
    const [oldest] = photos;
    const newest = photos.at(-1);
    if (oldest === undefined || newest === undefined) throw new Error('no photos');
    announce(100, newest.header);
    expect(answers.at(-1)).toMatchObject({ transfer: 100, offset: 2_000 });
    announce(101, oldest.header);
    expect(answers.at(-1)).toMatchObject({ transfer: 101, offset: 0 });
  });

  test('of a photo that is being received or stored is not taken away for another', async () => {
    const { announce, chunk, answers, sink } = start();
    sink.before = () => new Promise(() => {});
    for (let n = 1; n <= LIMITS.transfersPerPeer; n += 1) {
      const { header, bytes } = photoOf(10, n);
      announce(n, header);
      if (n % 2 === 0) chunk(n, 0, bytes);
    }
    await settle();
    announce(99, photoOf(10, 99).header);
    expect(answers.at(-1)).toMatchObject({ type: 'photo-refuse', code: 'busy' });
  });

  test('holds the receipts of the last 1,024 photos', async () => {
    const { announce, chunk, answers, sink } = start();
    const photos = Array.from({ length: 1_028 }, (_, seed) => photoOf(10, seed));
    for (const [index, { header, bytes }] of photos.entries()) {
      announce(index + 1, header);
      chunk(index + 1, 0, bytes);
      await settle();
    }
    const [first] = photos;
    const last = photos.at(-1);
    if (first === undefined || last === undefined) throw new Error('no photos');
    announce(2_000, last.header);
    expect(answers.at(-1)).toMatchObject({ type: 'photo-receipt', transfer: 2_000 });
    announce(2_001, first.header);
    expect(answers.at(-1)).toMatchObject({ type: 'photo-accept', transfer: 2_001 });
    expect(sink.stored).toHaveLength(1_028);
  });
});

test('what a peer that has gone still had under way is stored if it was complete, and nobody is answered', async () => {
  const { inbox, announce, chunk, answers, told, sink } = start();
  const { header, bytes } = photoOf(100);
  announce(1, header);
  chunk(1, 0, bytes);
  inbox.end();
  await settle();
  expect(sink.stored).toHaveLength(1);
  expect(told).toHaveLength(1);
  expect(answers).toHaveLength(1);
});
