import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatMessage, parseDaemonMessage } from '../../src/protocol/signaling.ts';
import { readClientFrame, relayFrame } from '../../src/signal/client-frame.ts';

const to = 'AAAAAAAAAAAAAAA0';
const peerId = fc.stringMatching(/^[A-Za-z0-9_-]{16}$/);

describe('reading', () => {
  test('a payload comes out byte for byte as it came in, however its header is spelled', () => {
    const headers = [`{"type":"signal","to":"${to}"}`, `{ "to": "${to}", "type": "signal", "more": [1] }`];
    fc.assert(
      fc.property(fc.constantFrom(...headers), fc.uint8Array(), (header, bytes) => {
        const frame = Buffer.concat([Buffer.from(`${header}\n`), bytes]);
        const read = readClientFrame(frame);
        expect(read).toMatchObject({ ok: true, message: { type: 'signal', to } });
        if (read.ok) expect(Buffer.from(read.payload).equals(bytes)).toBe(true);
      }),
    );
  });

  test('no bytes make it throw, and what it refuses it explains in one line', () => {
    const pieces = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .constantFrom('{"type":"signal","to":"', '"}', '\n', '{"type":"join"', '__proto__', to)
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(pieces), (frames) => {
        const read = readClientFrame(Buffer.concat(frames));
        if (!read.ok) expect(read.problem).toMatch(/^.{1,400}$/su);
      }),
    );
  });

  test.each(['join', 'leave', 'ping'])('a %s message with a payload is refused', (type) => {
    const message = type === 'join' ? { type, room: 'garden', name: 'n', kind: 'browser' } : { type };
    expect(readClientFrame(Buffer.from(JSON.stringify(message)))).toMatchObject({ ok: true, message: { type } });
    expect(readClientFrame(Buffer.from(`${JSON.stringify(message)}\nx`))).toEqual({
      ok: false,
      problem: `a ${type} message has no payload`,
    });
  });
});

test('a relayed frame is what the protocol says a signal from that peer looks like', () => {
  fc.assert(
    fc.property(peerId, fc.string({ unit: 'binary' }), (from, payload) => {
      const text = Buffer.from(payload).toString();
      const frame = relayFrame(from, Buffer.from(payload)).toString();
      expect(frame).toBe(formatMessage({ type: 'signal', from }, text));
      expect(parseDaemonMessage(frame)).toEqual({ ok: true, message: { type: 'signal', from }, payload: text });
    }),
  );
});
