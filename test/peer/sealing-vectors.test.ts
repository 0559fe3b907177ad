import { AEAD_ChaCha20Poly1305 } from '@panva/hpke-noble';
import { hex } from '@scure/base';
import { describe, expect, test } from 'vitest';
import { nodeCrypto } from '../../src/peer/node/crypto.ts';
import { pureCrypto } from './crypto.ts';

/** RFC 9180 appendix A.7: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, Export-Only AEAD. */
const INFO = '4f6465206f6e2061204772656369616e2055726e';
const SETUPS = [
  {
    name: 'A.7.1, base mode',
    ikmR: '683ae0da1d22181e74ed2e503ebf82840deb1d5e872cade20f4b458d99783e31',
    publicKey: '194141ca6c3c3beb4792cd97ba0ea1faff09d98435012345766ee33aae2d7664',
    encapsulated: 'e5e8f9bfff6c2f29791fc351d2c25ce1299aa5eaca78a757c0b4fb4bcd830918',
    psk: {},
    exports: {
      '': '7a36221bd56d50fb51ee65edfd98d06a23c4dc87085aa5866cb7087244bd2a36',
      '00': 'd5535b87099c6c3ce80dc112a2671c6ec8e811a2f284f948cec6dd1708ee33f0',
      '54657374436f6e74657874': 'ffaabc85a776136ca0c378e5d084c9140ab552b78f039d2e8775f26efff4c70e',
    },
  },
  {
    name: 'A.7.2, PSK mode',
    ikmR: '5e0516b1b29c0e13386529da16525210c796f7d647c37eac118023a6aa9eb89a',
    publicKey: 'd53af36ea5f58f8868bb4a1333ed4cc47e7a63b0040eb54c77b9c8ec456da824',
    encapsulated: 'd3805a97cbcd5f08babd21221d3e6b362a700572d14f9bbeb94ec078d051ae3d',
    psk: {
      psk: hex.decode('0247fd33b913760fa1fa51e1892d9f307fbe65eb171e8132c2af18555a738b82'),
      pskId: hex.decode('456e6e796e20447572696e206172616e204d6f726961'),
    },
    exports: {
      '': 'be6c76955334376aa23e936be013ba8bbae90ae74ed995c1c6157e6f08dd5316',
      '00': '1721ed2aa852f84d44ad020c2e2be4e2e6375098bf48775a533505fd56a3f416',
      '54657374436f6e74657874': '7c9d79876a288507b81a5a52365a7d39cc0fa3f07e34172984f96fec07c44cba',
    },
  },
] as const;

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

describe.each([
  ['of Node', nodeCrypto],
  ['of noble', pureCrypto],
])('the key exchange %s', (_name, { hpke }) => {
  test.each(SETUPS)('exports what RFC 9180 says for $name', async ({ ikmR, publicKey, encapsulated, psk, exports }) => {
    const pair = await hpke.DeriveKeyPair(hex.decode(ikmR));
    expect(hex.encode(await hpke.SerializePublicKey(pair.publicKey))).toBe(publicKey);
    for (const [context, value] of Object.entries(exports)) {
      const options = { info: hex.decode(INFO), ...psk };
      const exported = await hpke.ReceiveExport(pair, hex.decode(encapsulated), hex.decode(context), 32, options);
      expect(hex.encode(exported)).toBe(value);
    }
  });

  test('is the suite of the vectors', () => {
    expect([hpke.KEM.id, hpke.KDF.id, hpke.AEAD.id]).toEqual([0x0020, 0x0001, 0xffff]);
  });
});

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
    expect(hex.encode(hash.digest())).toBe(hex.encode(nodeCrypto.sha256(AEAD.plaintext)));
    // FIPS 180-2 appendix B.1.
    expect(hex.encode(nodeCrypto.sha256(new TextEncoder().encode('abc')))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});
