import { afterEach, describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/protocol/limits.ts';
import { SnapError } from '../../src/protocol/errors.ts';
import type { ConnectRtc, RtcConfig } from '../../src/peer/rtc.ts';
import type { Elsewhere } from './elsewhere.ts';
import { negotiate, openLink, roundTrip, RtcEnd } from './rtc-end.ts';

/** What every implementation of the WebRTC port promises (src/peer/rtc.ts). */
export function rtcContract(name: string, where: (() => Promise<ConnectRtc>) | Elsewhere): void {
  const promise = (title: string, body: () => Promise<void>): void =>
    test(title, typeof where === 'function' ? body : () => where.run(title));
  const load = (): Promise<ConnectRtc> =>
    typeof where === 'function' ? where() : Promise.reject(new Error('this implementation is elsewhere'));

  describe(`${name} keeps the promises of the WebRTC port`, () => {
    const ends: RtcEnd[] = [];
    const watched: ConnectRtc = (config, events) => connect(config, events);
    let connect: ConnectRtc;

    const end = async (config: Partial<RtcConfig> = {}): Promise<RtcEnd> => {
      connect = await load();
      const made = new RtcEnd(watched, config);
      ends.push(made);
      return made;
    };
    const link = async (): Promise<[RtcEnd, RtcEnd]> => {
      connect = await load();
      const pair = await openLink(watched);
      ends.push(...pair);
      return pair;
    };

    afterEach(async () => {
      const made = ends.splice(0);
      await Promise.all(made.map((one) => one.close()));
      expect(made.flatMap((one) => one.misplaced)).toEqual([]);
    });

    promise('opens a channel, and says how far it has come, each stage once and in order', async () => {
      const [caller, callee] = [await end(), await end()];
      expect(await caller.connection.route()).toBeUndefined();
      await negotiate(caller, callee);
      await Promise.all([caller.until(() => caller.isOpen()), callee.until(() => callee.isOpen())]);

      for (const one of [caller, callee]) {
        expect(one.stages).toEqual(['ice', 'dtls', 'channel']);
        expect(one.connection.maxMessageBytes).toBeGreaterThanOrEqual(16_384);
        expect(one.connection.maxMessageBytes).toBeLessThanOrEqual(LIMITS.frameBytes);
        expect(await one.connection.route()).toBe('local');
        expect(one.connection.bufferedBytes).toBe(0);
      }
    });

    promise('carries messages of every size both ways, whole and in order', async () => {
      const [caller, callee] = await link();
      const sizes = [1, 2, 1_199, 1_200, 1_201, 16_384, caller.connection.maxMessageBytes, 1];
      await Promise.all(
        [
          [caller, callee],
          [callee, caller],
        ].map(async ([from, to]) => {
          if (from === undefined || to === undefined) return;
          for (const [index, size] of sizes.entries()) {
            const message = new Uint8Array(size).fill(index + 1);
            from.connection.send(message);
            // The bytes are the sender's again.
            message.fill(0);
          }
          await to.until(() => to.messages.length === sizes.length);
          expect(to.messages.map((message) => message.length)).toEqual(sizes);
          to.messages.forEach((message, index) => expect(message.every((byte) => byte === index + 1)).toBe(true));
        }),
      );
      // What code that also runs in a page may rely on: a copy, and no view as of Node's Buffer.
      const [first] = callee.messages;
      expect(first?.slice().buffer).not.toBe(first?.buffer);
    });

    promise('refuses to send while the channel is not open, and what is no message', async () => {
      const early = await end();
      expect(() => early.connection.send(new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'link-lost' }));

      const [caller, callee] = await link();
      expect(() => caller.connection.send(new Uint8Array(0))).toThrow(SnapError);
      expect(() => caller.connection.send(new Uint8Array(caller.connection.maxMessageBytes + 1))).toThrow(SnapError);
      await roundTrip(caller, callee);
      await caller.close();
      expect(() => caller.connection.send(new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'link-lost' }));
    });

    promise('tells when a sender that held back may go on', async () => {
      const [caller, callee] = await link();
      const size = caller.connection.maxMessageBytes;
      const count = Math.ceil(4_194_304 / size);
      let held = 0;
      for (let sent = 0; sent < count; sent++) {
        caller.connection.send(new Uint8Array(size).fill(sent));
        if (caller.connection.bufferedBytes <= LIMITS.bufferedHighBytes) continue;
        held++;
        const before = caller.drains;
        await caller.until(() => caller.drains > before);
        expect(caller.connection.bufferedBytes).toBeLessThanOrEqual(LIMITS.bufferedLowBytes);
      }
      expect(held).toBeGreaterThan(0);
      await callee.until(() => callee.messages.length === count);
      expect(callee.messages.map((message) => message[size - 1])).toEqual(
        Array.from({ length: count }, (_, index) => index & 255),
      );
    });

    promise('survives an offer from both sides: the polite one takes its own back', async () => {
      const [polite, impolite] = [await end(), await end()];
      await polite.connection.offer();
      const offer = await impolite.connection.offer();
      await polite.connection.rollback();
      const answer = await polite.connection.answer(offer);
      impolite.trickleTo(polite);
      await impolite.connection.acceptAnswer(answer);
      polite.trickleTo(impolite);
      await Promise.all([polite.until(() => polite.isOpen()), impolite.until(() => impolite.isOpen())]);
      await roundTrip(polite, impolite);
    });

    promise('negotiates again on a live link without disturbing it', async () => {
      const [caller, callee] = await link();
      await negotiate(callee, caller);
      await roundTrip(caller, callee);
      await negotiate(caller, callee);
      await roundTrip(caller, callee);
      expect(caller.stages).toEqual(['ice', 'dtls', 'channel']);
    });

    promise('rejects descriptions that are none, and connects with the next good one', async () => {
      const [caller, callee] = [await end(), await end()];
      for (const bad of BAD_DESCRIPTIONS) await expect(callee.connection.answer(bad)).rejects.toThrow(SnapError);
      const offer = await caller.connection.offer();
      for (const bad of BAD_DESCRIPTIONS) await expect(caller.connection.acceptAnswer(bad)).rejects.toThrow(SnapError);
      const answer = await callee.connection.answer(offer);
      await caller.connection.acceptAnswer(answer);
      caller.trickleTo(callee);
      callee.trickleTo(caller);
      await Promise.all([caller.until(() => caller.isOpen()), callee.until(() => callee.isOpen())]);
      // And one that comes when none is awaited.
      await expect(caller.connection.acceptAnswer(answer)).rejects.toThrow(SnapError);
      await roundTrip(caller, callee);
    });

    promise('ignores candidates that are none, and waits for no name', async () => {
      const [caller, callee] = [await end(), await end()];
      const offer = await caller.connection.offer();
      const answer = await callee.connection.answer(offer);
      for (const one of [caller, callee])
        for (const candidate of BAD_CANDIDATES) one.connection.addCandidate({ candidate, mid: '0', line: 0 });
      await caller.connection.acceptAnswer(answer);
      for (const candidate of BAD_CANDIDATES) caller.connection.addCandidate({ candidate, mid: 'none', line: 99 });
      caller.trickleTo(callee);
      callee.trickleTo(caller);
      await Promise.all([caller.until(() => caller.isOpen()), callee.until(() => callee.isOpen())]);
      await roundTrip(caller, callee);
    });

    promise('finds a side that hides its addresses behind names by its own checks', async () => {
      const [caller, callee] = [await end(), await end()];
      const hide = (line: string): string => line.replace(/ (?:[\d.]+|[\da-f:]+) (?=\d+ typ)/i, ` ${HIDDEN} `);
      const offer = await caller.connection.offer();
      const answer = await callee.connection.answer(offer.replace(/^a=candidate.*$/gm, hide));
      await caller.connection.acceptAnswer(answer);
      callee.trickleTo(caller);
      for (const { candidate } of caller.candidates) callee.connection.addCandidate({ candidate: hide(candidate) });
      await Promise.all([caller.until(() => caller.isOpen()), callee.until(() => callee.isOpen())]);
      expect(await callee.connection.route()).toBe('local');
      await roundTrip(caller, callee);
    });

    promise("an exception of a message's receiver ends that link and no other", async () => {
      const [caller, callee] = await link();
      const [third, fourth] = await link();
      const fault = new Error('the receiver failed');
      callee.onMessage = () => {
        throw fault;
      };
      caller.connection.send(new Uint8Array(1));
      await callee.until(() => callee.closes.length > 0);
      expect(callee.closes).toEqual([expect.objectContaining({ code: 'internal', cause: fault })]);
      await roundTrip(third, fourth);
    });

    promise('says when the other side has closed, once', async () => {
      const [caller, callee] = await link();
      await caller.close();
      await callee.until(() => callee.closes.length > 0);
      expect(callee.closes).toEqual([expect.objectContaining({ code: 'link-lost' })]);
      expect(caller.closes).toEqual([]);
    });

    promise('closes silently at any time, as often as one likes', async () => {
      const fresh = await end();
      await fresh.close();
      await expect(fresh.connection.offer()).rejects.toThrow(SnapError);
      fresh.connection.addCandidate({ candidate: GOOD_CANDIDATE });

      const [offering, answering] = [await end(), await end()];
      const offer = offering.connection.offer();
      const answer = answering.connection.answer(await offer);
      await Promise.all([offering.close(), answering.close(), answer.catch(() => undefined)]);

      const gathering = await end();
      const pending = gathering.connection.offer();
      await Promise.all([gathering.close(), gathering.close(), pending.catch(() => undefined)]);

      const [caller, callee] = [await end(), await end()];
      await negotiate(caller, callee);
      await Promise.all([caller.close(), callee.close()]);

      const [third, fourth] = await link();
      fourth.onMessage = () => void fourth.close();
      third.connection.send(new Uint8Array(1));
      third.connection.send(new Uint8Array(1));
      await third.until(() => third.closes.length > 0);
      await fourth.close();
      expect(fourth.messages).toHaveLength(1);
      expect(await fourth.connection.route()).toBeUndefined();
      for (const one of [fresh, offering, answering, gathering, caller, callee, fourth]) expect(one.closes).toEqual([]);
    });
  });
}

const GOOD_CANDIDATE = 'candidate:1 1 udp 2113937151 127.0.0.1 9 typ host';

const HIDDEN = '9b36eaac-bb2e-49bb-bb78-21c41c499900.local';

const BAD_DESCRIPTIONS = [
  '',
  'null',
  'v=0',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n',
  'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n',
  '\u0000'.repeat(10_000),
];

const BAD_CANDIDATES = [
  '',
  'candidate:',
  'candidate:1 1 udp',
  'candidate:1 1 udp 2113937151 127.0.0.1 99999 typ host',
  'candidate:1 1 udp 2113937151 999.1.1.1 9 typ host',
  'candidate:1 1 udp -1 127.0.0.1 0 typ unknown',
  'candidate:1 1 udp 2113937151 stun.example.invalid 9 typ host',
  `candidate:1 1 udp 2113937151 ${HIDDEN} 9 typ host`,
  'candidate:1 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active',
  '\u0000'.repeat(10_000),
];
