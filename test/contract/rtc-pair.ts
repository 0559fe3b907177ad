import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { ConnectRtc } from '../../src/peer/rtc.ts';
import { negotiate, roundTrip, RtcEnd } from './rtc-end.ts';

export interface PairMember {
  readonly name: string;
  load(): Promise<ConnectRtc>;
}

/** What two different implementations of the WebRTC port promise about one another, whichever of them calls. */
export function rtcPairContract(one: PairMember, other: PairMember): void {
  describe.each([
    { caller: one, callee: other },
    { caller: other, callee: one },
  ])('$caller.name calls $callee.name', ({ caller: from, callee: to }) => {
    const ends: RtcEnd[] = [];
    const pair = async (): Promise<[RtcEnd, RtcEnd]> => {
      const made: [RtcEnd, RtcEnd] = [new RtcEnd(await from.load()), new RtcEnd(await to.load())];
      ends.push(...made);
      return made;
    };
    const open = async ([caller, callee]: readonly [RtcEnd, RtcEnd]): Promise<void> => {
      await Promise.all([caller.until(() => caller.isOpen()), callee.until(() => callee.isOpen())]);
    };
    const link = async (): Promise<[RtcEnd, RtcEnd]> => {
      const made = await pair();
      await negotiate(...made);
      await open(made);
      return made;
    };

    afterEach(async () => {
      const made = ends.splice(0);
      await Promise.all(made.map((one) => one.close()));
      expect(made.flatMap((one) => one.misplaced)).toEqual([]);
    });

    test('both open the channel and see the way they took alike', async () => {
      for (const one of await link()) {
        expect(one.stages).toEqual(['ice', 'dtls', 'channel']);
        expect(one.connection.maxMessageBytes).toBe(65_536);
        expect(await one.connection.route()).toBe('local');
      }
    });

    test('messages of every size arrive whole and in order, both ways at once', async () => {
      const [caller, callee] = await link();
      const sizes = [1, 2, 1_199, 1_200, 1_201, 16_384, 65_536, 1, ...Array.from({ length: 48 }, () => 65_536)];
      await Promise.all(
        [
          { from: caller, to: callee, seed: 1 },
          { from: callee, to: caller, seed: 2 },
        ].map(async ({ from, to, seed }) => {
          const sent = sizes.map((size, index) => pattern(size, seed * 1_000 + index));
          for (const message of sent) from.connection.send(message);
          await to.until(() => to.messages.length === sizes.length);
          expect(to.messages.map(digest)).toEqual(sent.map(digest));
        }),
      );
    });

    test('when both offer, the polite one takes its own back and they connect', async () => {
      const [caller, callee] = await pair();
      await callee.connection.offer();
      const offer = await caller.connection.offer();
      await callee.connection.rollback();
      const answer = await callee.connection.answer(offer);
      caller.trickleTo(callee);
      await caller.connection.acceptAnswer(answer);
      callee.trickleTo(caller);
      await open([caller, callee]);
      await roundTrip(caller, callee);
    });

    test('either may negotiate again without disturbing the link', async () => {
      const [caller, callee] = await link();
      await negotiate(callee, caller);
      await roundTrip(caller, callee);
      await negotiate(caller, callee);
      await roundTrip(caller, callee);
    });

    test('either learns that the other has closed', async () => {
      for (const leaver of [0, 1] as const) {
        const both = await link();
        const stayer = both[1 - leaver] ?? both[0];
        await both[leaver].close();
        await stayer.until(() => stayer.closes.length > 0);
        expect(stayer.closes).toEqual([expect.objectContaining({ code: 'link-lost' })]);
      }
    });
  });
}

/** Bytes that differ from message to message and from place to place. */
function pattern(size: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let state = seed + 1;
  for (let index = 0; index < size; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

function digest(bytes: Uint8Array): string {
  return `${bytes.length}:${createHash('sha256').update(bytes).digest('hex')}`;
}
