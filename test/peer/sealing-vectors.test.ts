import { AEAD_ChaCha20Poly1305 } from '@panva/hpke-noble';
import { hex } from '@scure/base';
import { describe, expect, test } from 'vitest';
import { nodeCrypto } from '../../src/peer/node/crypto.ts';
import { keyExchangeContract } from '../contract/key-exchange.ts';
import { pureCrypto } from './crypto.ts';

/** RFC 8439 section 2.8.2. */
const AEAD = {
  key: hex.decode('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f'),
  nonce: hex.decode('070000004041424344454647'),
  header: hex.decode('50515253c0c1c2c3c4c5c6c7'),
  plaintext: new TextEncoder().encode(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  ),
  sealed:
    'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b29' +
    '05d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b' +
    '61161ae10b594f09e26a7e902ecbd0600691',
};

keyExchangeContract('Node', () => Promise.resolve(nodeCrypto.hpke));
keyExchangeContract('noble', () => Promise.resolve(pureCrypto.hpke));

describe('the frame cipher of Node', () => {
  const cipher = nodeCrypto.createCipher(AEAD.key);
  const expected = hex.decode(AEAD.sealed);

  test('seals what RFC 8439 says, behind its header', () => {
    expect(cipher.seal(AEAD.nonce, AEAD.header, AEAD.plaintext)).toEqual(
      Uint8Array.from([...AEAD.header, ...expected]),
    );
  });

  test('opens it', () => {
    expect(Uint8Array.from(cipher.open(AEAD.nonce, AEAD.header, expected) ?? [])).toEqual(AEAD.plaintext);
  });

  test('opens nothing in which a single bit of key, nonce, header, text or tag differs', () => {
    const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, index) => byte ^ +(index === at));
    for (let at = 0; at < expected.length; at += 1)
      expect(cipher.open(AEAD.nonce, AEAD.header, flipped(expected, at))).toBeUndefined();
    for (let at = 0; at < 12; at += 1) {
      expect(cipher.open(flipped(AEAD.nonce, at), AEAD.header, expected)).toBeUndefined();
      expect(cipher.open(AEAD.nonce, flipped(AEAD.header, at), expected)).toBeUndefined();
    }
    expect(nodeCrypto.createCipher(flipped(AEAD.key, 31)).open(AEAD.nonce, AEAD.header, expected)).toBeUndefined();
  });

  test('opens nothing that is cut short', () => {
    for (const length of [0, 1, 15, 16, 17, expected.length - 1])
      expect(cipher.open(AEAD.nonce, AEAD.header, expected.subarray(0, length))).toBeUndefined();
  });

  test("opens noble's frames, and noble opens its", async () => {
    const noble = AEAD_ChaCha20Poly1305();
    const { key, nonce, header, plaintext } = AEAD;
    const byNoble = await noble.Seal(key, nonce, header, plaintext);
    expect(Uint8Array.from(cipher.open(nonce, header, byNoble) ?? [])).toEqual(plaintext);
    const byNode = cipher.seal(nonce, header, plaintext).subarray(header.length);
    expect(Uint8Array.from(await noble.Open(key, nonce, header, byNode))).toEqual(plaintext);
  });

  test('hashes in pieces what it hashes at once', () => {
    const hash = nodeCrypto.createSha256();
    hash.update(AEAD.plaintext.subarray(0, 50));
    hash.update(AEAD.plaintext.subarray(50));
    expect(hash.digest(AEAD.plaintext)).toEqual(nodeCrypto.sha256(AEAD.plaintext));
    // FIPS 180-2 appendix B.1.
    expect(hex.encode(nodeCrypto.sha256(new TextEncoder().encode('abc')))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});
