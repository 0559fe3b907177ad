import { randomBytes } from 'node:crypto';
import { assert, nat, property, uint8Array, type Arbitrary } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nobleCrypto } from '../../src/peer/browser/crypto.ts';
import { ownKeyExchange } from '../../src/peer/browser/key-exchange.ts';
import { nobleKeyExchange } from '../../src/peer/browser/noble-key-exchange.ts';
import type { PeerCrypto } from '../../src/peer/crypto.ts';
import { nodeCrypto } from '../../src/peer/node/crypto.ts';
import { startInitiator, startResponder, type Sealed, type SealingStep } from '../../src/peer/sealing.ts';
import { encodeHandshake, readOuter } from '../../src/protocol/frames.ts';

const page = { ...nobleCrypto, hpke: ownKeyExchange };
const insecurePage = { ...nobleCrypto, hpke: nobleKeyExchange };
const SIDES = [
  { from: 'page', to: 'terminal', ours: page, theirs: nodeCrypto },
  { from: 'terminal', to: 'page', ours: nodeCrypto, theirs: page },
  { from: 'page on an insecure origin', to: 'terminal', ours: insecurePage, theirs: nodeCrypto },
  { from: 'terminal', to: 'page on an insecure origin', ours: nodeCrypto, theirs: insecurePage },
] as const;

const bytes = (maxLength: number): Arbitrary<Uint8Array> => uint8Array({ maxLength, size: 'max' });

describe.each(SIDES)('what a $from seals a $to opens', ({ ours, theirs }) => {
  test('any frame, and none that differs in a bit', () => {
    assert(
      property(bytes(64), bytes(4_096), nat(), (header, plaintext, place) => {
        const [key, nonce] = [randomBytes(32), randomBytes(12)];
        const message = ours.createCipher(key).seal(nonce, header, plaintext);
        const open = (changed: Uint8Array): Uint8Array | undefined =>
          theirs.createCipher(key).open(nonce, changed.slice(0, header.length), changed.subarray(header.length));
        expect(new Uint8Array(open(message) ?? [])).toEqual(plaintext);
        const changed = message.slice();
        const index = place % changed.length;
        changed[index] = (changed[index] ?? 0) ^ (1 << (place % 8));
        expect(open(changed)).toBeUndefined();
        expect(
          theirs.createCipher(randomBytes(32)).open(nonce, header, message.subarray(header.length)),
        ).toBeUndefined();
        expect(open(message.slice(0, header.length + 15))).toBeUndefined();
      }),
    );
  });

  test('a frame as large as the channel takes, and the key stays what it was', () => {
    const [key, nonce, header] = [randomBytes(32), randomBytes(12), new Uint8Array(9)];
    const plaintext = new Uint8Array(randomBytes(65_511));
    const [sealing, opening] = [ours.createCipher(key), theirs.createCipher(key)];
    key.fill(0);
    const message = sealing.seal(nonce, header, plaintext);
    expect(message).toHaveLength(65_536);
    expect(opening.open(nonce, header, message.subarray(9))).toEqual(expect.objectContaining({ length: 65_511 }));
  });

  test.each([
    { room: 'with a secret', roomKey: new Uint8Array(randomBytes(32)) },
    { room: 'without a secret', roomKey: undefined },
  ])('in a room $room, after a handshake that it began', async ({ roomKey }) => {
    const [initiator, responder] = await shake(ours, theirs, roomKey);
    expect(initiator.verified).toBe(roomKey !== undefined);
    expect(initiator.words).toEqual(responder.words);
    for (const [from, to] of [
      [initiator, responder],
      [responder, initiator],
    ] as const) {
      const frame = new Uint8Array(randomBytes(100));
      const read = readOuter(from.seal(frame));
      if (!read.ok || read.frame.type !== 'sealed') throw new Error('expected a sealed frame');
      const opened = to.open(read.frame);
      expect(opened.ok && new Uint8Array(opened.plaintext)).toEqual(frame);
    }
  });
});

test('a page and a terminal hash alike, at once and in pieces', () => {
  assert(
    property(bytes(2_000), nat(2_000), (data, cut) => {
      const expected = Buffer.from(nodeCrypto.sha256(data)).toString('hex');
      const pieces = nobleCrypto.createSha256();
      pieces.update(data.subarray(0, cut));
      pieces.update(data.subarray(cut));
      expect(Buffer.from(nobleCrypto.sha256(data)).toString('hex')).toBe(expected);
      expect(pieces.digest(new Uint8Array(data))).toEqual(Uint8Array.from(Buffer.from(expected, 'hex')));
    }),
  );
});

/** A whole handshake between two implementations, without a network. */
async function shake(ours: PeerCrypto, theirs: PeerCrypto, roomKey: Uint8Array | undefined): Promise<[Sealed, Sealed]> {
  const parties = {
    initiator: { peer: 'p1', fingerprint: Array(32).fill('AA').join(':') },
    responder: { peer: 'p2', fingerprint: Array(32).fill('BB').join(':') },
  };
  const ends = [
    startInitiator({ crypto: ours, room: 'garden', roomKey, ...parties }),
    startResponder({ crypto: theirs, room: 'garden', roomKey, ...parties }),
  ] as const;
  const sealed: (Sealed | undefined)[] = [undefined, undefined];
  const deliver = async (from: 0 | 1, step: SealingStep): Promise<void> => {
    sealed[from] ??= step.sealed;
    const to = from === 0 ? 1 : 0;
    for (const message of step.send) {
      const read = readOuter(encodeHandshake(message));
      if (!read.ok || read.frame.type !== 'handshake') throw new Error('expected a handshake message');
      await deliver(to, await ends[to].receive(read.frame.message));
    }
  };
  const [first, second] = [await ends[0].start(), await ends[1].start()];
  await deliver(0, first);
  await deliver(1, second);
  const [initiator, responder] = sealed;
  if (initiator === undefined || responder === undefined) throw new Error('the handshake did not end');
  return [initiator, responder];
}
