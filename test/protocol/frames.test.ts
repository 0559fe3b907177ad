import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CHUNK_OVERHEAD_BYTES,
  encodeChunk,
  encodeControl,
  encodeHandshake,
  readInner,
  readOuter,
  sealedHeader,
  TAG_BYTES,
} from '../../src/protocol/frames.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import * as arbitrary from './arbitraries.ts';
import { HOSTILE_KEYS, HOSTILE_TEXTS, withKey } from './hostile-texts.ts';

const READERS = [
  { what: 'an outer frame', read: readOuter },
  { what: 'an inner frame', read: readInner },
] as const;

/** Bytes that are often nearly a frame: each type byte is as likely as all others together. */
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 80 })).map(([type, rest]) => Uint8Array.of(type, ...rest)),
  fc.oneof(arbitrary.anyText, arbitrary.anyJson).map(jsonFrame),
);

describe.each(READERS)('$what', ({ read }) => {
  test('is either understood or refused with one safe line, whatever the bytes', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const result = read(bytes);
        if (!result.ok) expect(result.problem).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  test('is read the same wherever it lies in memory', () => {
    fc.assert(
      fc.property(anyBytes, fc.nat({ max: 20 }), (bytes, before) => {
        const memory = new Uint8Array(before + bytes.length + 3).fill(0x55);
        memory.set(bytes, before);
        expect(read(memory.subarray(before, before + bytes.length))).toEqual(read(bytes));
      }),
    );
  });

  test.each(HOSTILE_TEXTS)('with the JSON %s is refused', (_what, text) => {
    expect(read(jsonFrame(text)).ok).toBe(false);
  });

  test('whose JSON is longer than a control message may be is refused', () => {
    const padding = (length: number): string => {
      const frame = `{"type":"${read === readInner ? 'bye' : 'refuse'}","reason":"mismatch","x":""}`;
      return frame.replace('""', `"${'x'.repeat(length - frame.length)}"`);
    };
    expect(read(jsonFrame(padding(LIMITS.controlBytes))).ok).toBe(true);
    expect(read(jsonFrame(padding(LIMITS.controlBytes + 1))).ok).toBe(false);
  });

  test('with JSON that is not UTF-8 is refused', () => {
    expect(read(Uint8Array.of(1, 0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d)).ok).toBe(false);
  });
});

describe('a handshake frame', () => {
  test('comes out as it went in', () => {
    fc.assert(
      fc.property(arbitrary.handshakeMessage, (message) => {
        expect(readOuter(encodeHandshake(message))).toEqual({ ok: true, frame: { type: 'handshake', message } });
      }),
    );
  });

  test('only holds values that decode to exactly 32 bytes', () => {
    const last = fc.constantFrom(...Array.from(arbitrary.BASE64URL));
    fc.assert(
      fc.property(last, (character) => {
        const confirmation = `${'A'.repeat(42)}${character}`;
        const canonical = Buffer.from(confirmation, 'base64url').toString('base64url') === confirmation;
        expect(readOuter(jsonFrame(JSON.stringify({ type: 'confirm', confirmation }))).ok).toBe(canonical);
      }),
    );
  });
});

describe('a sealed frame', () => {
  test('comes out with its counter, its header and its ciphertext', () => {
    const counter = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(counter, fc.uint8Array({ minLength: TAG_BYTES, maxLength: 80 }), (counter, ciphertext) => {
        const header = sealedHeader(counter);
        const frame = { type: 'sealed', counter, header, ciphertext };
        expect(readOuter(Uint8Array.of(...header, ...ciphertext))).toEqual({ ok: true, frame });
      }),
    );
  });

  test('longer than a data channel message may be is refused', () => {
    const frame = new Uint8Array(LIMITS.frameBytes + 1);
    frame[0] = 2;
    expect(readOuter(frame.subarray(0, LIMITS.frameBytes)).ok).toBe(true);
    expect(readOuter(frame).ok).toBe(false);
  });

  test('shorter than its tag is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: TAG_BYTES - 1 }), (ciphertext) => {
        expect(readOuter(Uint8Array.of(...sealedHeader(0), ...ciphertext)).ok).toBe(false);
      }),
    );
  });

  test('with a counter that a number cannot hold is refused', () => {
    const frame = new Uint8Array(9 + TAG_BYTES);
    frame[0] = 2;
    const counter = fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(counter, (counter) => {
        new DataView(frame.buffer).setBigUint64(1, counter);
        expect(readOuter(frame).ok).toBe(false);
      }),
    );
  });
});

describe('a control frame', () => {
  test('comes out as it went in', () => {
    fc.assert(
      fc.property(arbitrary.controlMessage, (message) => {
        expect(readInner(encodeControl(message))).toEqual({ ok: true, frame: { type: 'control', message } });
      }),
    );
  });

  test('fits a sealed frame and the bound on control messages, however long its texts', () => {
    fc.assert(
      fc.property(arbitrary.controlMessage, arbitrary.anyText, (message, text) => {
        const name = text.slice(0, LIMITS.rawNameLength);
        const longest = message.type === 'photo' ? { ...message, name } : message;
        expect(encodeControl(longest).length).toBeLessThanOrEqual(1 + LIMITS.controlBytes);
      }),
    );
  });

  test.each(HOSTILE_KEYS)('may carry the key %s, which has no effect', (what, key) => {
    const read = readInner(jsonFrame(withKey('{"type":"photo-cancel","transfer":1}', key)));
    // The deep one is longer than a control message may be.
    if (what.includes('10,000')) expect(read.ok).toBe(false);
    else expect(read).toEqual({ ok: true, frame: { type: 'control', message: { type: 'photo-cancel', transfer: 1 } } });
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('a chunk', () => {
  const offset = fc.nat({ max: LIMITS.photoBytes });

  test('comes out as it went in', () => {
    fc.assert(
      fc.property(
        arbitrary.transfer,
        offset,
        fc.uint8Array({ minLength: 1, maxLength: 80 }),
        (transfer, offset, bytes) => {
          const frame = { type: 'chunk', transfer, offset, bytes };
          expect(readInner(encodeChunk(transfer, offset, bytes))).toEqual({ ok: true, frame });
        },
      ),
    );
  });

  test('of the largest size fits one data channel message when it is sealed', () => {
    const chunk = encodeChunk(1, 0, new Uint8Array(LIMITS.frameBytes - CHUNK_OVERHEAD_BYTES));
    expect(sealedHeader(0).length + chunk.length + TAG_BYTES).toBe(LIMITS.frameBytes);
  });

  test('without bytes, or beyond the largest photo, is refused', () => {
    expect(readInner(encodeChunk(1, 0, new Uint8Array(0))).ok).toBe(false);
    expect(readInner(encodeChunk(1, LIMITS.photoBytes + 1, new Uint8Array(1))).ok).toBe(false);
  });
});

function jsonFrame(json: string): Uint8Array {
  return Uint8Array.from(Buffer.concat([Buffer.from([1]), Buffer.from(json)]));
}
