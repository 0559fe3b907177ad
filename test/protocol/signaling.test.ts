import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/protocol/limits.ts';
import {
  formatMessage,
  parseClientMessage,
  parseDaemonMessage,
  parseListAnswer,
  type ClientMessage,
  type DaemonMessage,
  type Parsed,
  type PeersMessage,
} from '../../src/protocol/signaling.ts';
import * as arbitrary from './arbitraries.ts';
import { HOSTILE_KEYS, HOSTILE_TEXTS, withKey } from './hostile-texts.ts';

interface Parser {
  readonly who: string;
  readonly parse: (text: string) => Parsed<ClientMessage | DaemonMessage | PeersMessage>;
  readonly message: fc.Arbitrary<ClientMessage | DaemonMessage | PeersMessage>;
}

const PARSERS: readonly Parser[] = [
  { who: 'a client', parse: parseClientMessage, message: arbitrary.clientMessage },
  { who: 'the daemon', parse: parseDaemonMessage, message: arbitrary.daemonMessage },
  {
    who: 'the daemon to who asks',
    parse: parseListAnswer,
    message: fc.oneof(arbitrary.peersMessage, arbitrary.daemonMessage),
  },
];

describe.each(PARSERS)('a message from $who', ({ parse, message }) => {
  test('is either understood or refused with one safe line, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(arbitrary.anyText, arbitrary.anyJson), (text) => {
        const parsed = parse(text);
        if (!parsed.ok) {
          expect(parsed.problem).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
          expect(parsed.problem.length).toBeLessThan(300);
        }
      }),
    );
  });

  test('comes out as it went in', () => {
    fc.assert(
      fc.property(message, arbitrary.anyText, (sent, payload) => {
        const expected = sent.type === 'signal' ? payload : '';
        expect(parse(formatMessage(sent, payload))).toEqual({ ok: true, message: sent, payload: expected });
      }),
    );
  });

  test('loses nothing but unknown keys', () => {
    fc.assert(
      fc.property(message, fc.dictionary(fc.string(), fc.jsonValue()), (sent, more) => {
        const parsed = parse(JSON.stringify({ ...more, ...sent }));
        // A key that this type knows but had left out may have come along; then it is right to judge it.
        if (parsed.ok) expect(parsed.message).toMatchObject(sent);
      }),
    );
  });

  test.each(HOSTILE_TEXTS)('is not %s', (_what, text) => {
    expect(parse(text).ok).toBe(false);
  });

  test.each(HOSTILE_KEYS)('may carry the key %s, which has no effect', (_what, key) => {
    const [sample] = fc.sample(message, { numRuns: 1, seed: 7 });
    const header = JSON.stringify(sample);
    const parsed = parse(withKey(header, key));
    expect(parsed).toEqual(parse(header));
    expect({}).not.toHaveProperty('polluted');
  });

  test('is refused when it has a payload but is no signal', () => {
    fc.assert(
      fc.property(message, fc.string({ minLength: 1 }), (sent, payload) => {
        fc.pre(sent.type !== 'signal');
        expect(parse(`${formatMessage(sent)}\n${payload}`).ok).toBe(false);
      }),
    );
  });

  test('may end with a newline', () => {
    fc.assert(
      fc.property(message, (sent) => {
        expect(parse(`${JSON.stringify(sent)}\n`)).toEqual({ ok: true, message: sent, payload: '' });
      }),
    );
  });
});

test('a signal without a newline has an empty payload', () => {
  const parsed = parseClientMessage('{"type":"signal","to":"_sigkx2h-cRGtmw2"}');
  expect(parsed).toEqual({ ok: true, message: { type: 'signal', to: '_sigkx2h-cRGtmw2' }, payload: '' });
});

test('a payload may itself have newlines and look like a header', () => {
  const payload = '{"type":"leave"}\n\n{"type":"leave"}';
  const parsed = parseClientMessage(formatMessage({ type: 'signal', to: '_sigkx2h-cRGtmw2' }, payload));
  expect(parsed.ok && parsed.payload).toBe(payload);
});

test('a name longer than anybody would choose is refused, and a shorter one is cut and cleaned', () => {
  const join = { type: 'join', room: 'garden', kind: 'terminal' };
  expect(parseClientMessage(JSON.stringify({ ...join, name: 'x'.repeat(LIMITS.rawNameLength + 1) })).ok).toBe(false);
  const parsed = parseClientMessage(JSON.stringify({ ...join, name: `\u001b[31m${'x'.repeat(200)}` }));
  expect(parsed.ok && parsed.message.type === 'join' && parsed.message.name).toBe(`[31m${'x'.repeat(60)}`);
});

test('a room with more peers than a room can have is no welcome', () => {
  const [welcome] = fc.sample(
    arbitrary.daemonMessage.filter(({ type }) => type === 'welcome'),
    { numRuns: 1, seed: 7 },
  );
  const peer = { peer: '_sigkx2h-cRGtmw2', name: '', kind: 'camera', number: 1 };
  const crowd = (size: number): string =>
    JSON.stringify({ ...welcome, peers: Array.from({ length: size }, () => peer) });
  expect(parseDaemonMessage(crowd(LIMITS.capacityMax)).ok).toBe(true);
  expect(parseDaemonMessage(crowd(LIMITS.capacityMax + 1)).ok).toBe(false);
});
