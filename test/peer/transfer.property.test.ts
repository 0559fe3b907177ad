import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { settle, FakeClock } from './fake-clock.ts';
import { photoOf, sha256Of, Transfer } from './photos.ts';

const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 60_000 })), {
  minLength: 1,
  maxLength: 6,
});

describe('however often and wherever the link is cut', () => {
  test('every photo arrives exactly once, with its bytes, and is acknowledged once', async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lengths, cuts, fc.integer({ min: 0, max: 30 }), async (sizes, gaps, storeMs) => {
        const clock = new FakeClock();
        const transfer = new Transfer(clock);
        transfer.sink.before = () => new Promise((resolve) => clock.after(storeMs, resolve));
        // Cut at the message with this number, counted over all connections; up again a moment later.
        let next = 0;
        const cutAt = new Set(gaps.map((gap) => (next += gap)));
        transfer.onMessage = (number) => {
          if (!cutAt.has(number)) return;
          transfer.cut();
          clock.after(7, () => transfer.connect());
        };
        const photos = sizes.map((size, seed) => photoOf(size, seed));
        transfer.connect();
        for (const photo of photos) transfer.outbox.add(photo);
        await clock.until(() => transfer.delivered.length >= photos.length, 600_000);
        await clock.advance(60_000);

        const ids = photos.map(({ header }) => header.photo);
        expect(transfer.delivered.map(({ photo }) => photo)).toEqual(ids);
        expect(transfer.received).toEqual(ids);
        expect(transfer.sink.stored.map(({ bytes }) => sha256Of(bytes))).toEqual(
          photos.map(({ header }) => header.sha256),
        );
        expect([transfer.violations, transfer.failedOut, transfer.failedIn]).toEqual([[], [], []]);
        expect(transfer.outbox.pending).toBe(0);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  test('no byte that has arrived is sent again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2_000, max: 200_000 }),
        fc.array(fc.integer({ min: 3, max: 30 }), { maxLength: 5 }),
        async (size, gaps) => {
          const clock = new FakeClock();
          const transfer = new Transfer(clock);
          const photo = photoOf(size);
          let next = 0;
          const cutAt = new Set(gaps.map((gap) => (next += gap)));
          transfer.onMessage = (number) => {
            if (!cutAt.has(number)) return;
            transfer.cut();
            clock.after(7, () => transfer.connect());
          };
          transfer.connect();
          transfer.outbox.add(photo);
          await clock.until(() => transfer.delivered.length === 1, 600_000);
          // What arrives is counted: each byte once, whatever was cut.
          expect(transfer.chunkBytes).toBe(size);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('photos that are replaced, and peers that vanish, leave neither side stuck', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 40 }), async (gaps) => {
        const clock = new FakeClock();
        const transfer = new Transfer(clock);
        let next = 0;
        const cutAt = new Set(gaps.map((gap) => (next += gap)));
        transfer.onMessage = (number) => {
          if (!cutAt.has(number)) return;
          transfer.cut();
        };
        // A camera: each snap takes the place of the one before, whatever the link does meanwhile.
        let latest = photoOf(20_000, 0);
        transfer.outbox.add(latest);
        for (let seed = 1; seed <= 30; seed += 1) {
          transfer.connect();
          await clock.advance(5);
          if (seed % 2 === 0) transfer.cut();
          transfer.outbox.withdraw(latest);
          latest = photoOf(20_000, seed);
          transfer.outbox.add(latest);
        }
        transfer.onMessage = () => {};
        transfer.connect();
        await clock.until(() => transfer.delivered.some(({ photo }) => photo === latest.header.photo), 600_000);
        await settle();
        expect(transfer.violations).toEqual([]);
        expect(transfer.outbox.pending).toBe(0);
      }),
      { numRuns: 40 },
    );
  });
});
