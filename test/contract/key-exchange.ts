import { hex } from '@scure/base';
import { describe, expect, test } from 'vitest';
import { nobleKeyExchange } from '../../src/peer/browser/noble-key-exchange.ts';
import type { PeerCrypto } from '../../src/peer/crypto.ts';
import type { Elsewhere } from './elsewhere.ts';

type KeyExchange = PeerCrypto['hpke'];

/** RFC 9180 appendix A.7: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, Export-Only AEAD. */
const INFO = hex.decode('4f6465206f6e2061204772656369616e2055726e');
const PSK = {
  psk: hex.decode('0247fd33b913760fa1fa51e1892d9f307fbe65eb171e8132c2af18555a738b82'),
  pskId: hex.decode('456e6e796e20447572696e206172616e204d6f726961'),
};
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
    psk: PSK,
    exports: {
      '': 'be6c76955334376aa23e936be013ba8bbae90ae74ed995c1c6157e6f08dd5316',
      '00': '1721ed2aa852f84d44ad020c2e2be4e2e6375098bf48775a533505fd56a3f416',
      '54657374436f6e74657874': '7c9d79876a288507b81a5a52365a7d39cc0fa3f07e34172984f96fec07c44cba',
    },
  },
] as const;

/** Two of the keys that lead to the same secret whoever uses them (RFC 7748 section 6.1). */
const LOW_ORDER = [new Uint8Array(32), Uint8Array.from({ length: 32 }, (_, index) => +(index === 0))];

/** What every implementation of the key exchange promises (`hpke` of src/peer/crypto.ts). */
export function keyExchangeContract(name: string, where: (() => Promise<KeyExchange>) | Elsewhere): void {
  const promise = (title: string, body: (hpke: KeyExchange) => Promise<void>): void => {
    const whole = `the key exchange of ${name} ${title}`;
    test(whole, typeof where === 'function' ? async () => body(await where()) : () => where.run(whole));
  };

  describe(`${name} keeps the promises of the key exchange`, () => {
    for (const { name, ikmR, publicKey, encapsulated, psk, exports } of SETUPS)
      promise(`exports what RFC 9180 says for ${name}`, async (hpke) => {
        const pair = await hpke.DeriveKeyPair(hex.decode(ikmR));
        expect(hex.encode(await hpke.SerializePublicKey(pair.publicKey))).toBe(publicKey);
        for (const [context, value] of Object.entries(exports)) {
          const options = { info: INFO, ...psk };
          const exported = await hpke.ReceiveExport(pair, hex.decode(encapsulated), hex.decode(context), 32, options);
          expect(hex.encode(exported)).toBe(value);
        }
      });

    promise('comes to the same secret as noble, whoever of them sends', async (hpke) => {
      for (const options of [{ info: INFO }, { info: INFO, ...PSK }])
        for (const [from, to] of [
          [hpke, nobleKeyExchange],
          [nobleKeyExchange, hpke],
        ] as const) {
          const pair = await to.GenerateKeyPair();
          const recipient = await from.DeserializePublicKey(await to.SerializePublicKey(pair.publicKey));
          const sent = await from.SendExport(recipient, INFO, 32, options);
          const received = await to.ReceiveExport(pair, sent.encapsulatedSecret, INFO, 32, options);
          expect(hex.encode(received)).toBe(hex.encode(sent.exportedSecret));
        }
    });

    promise('takes no key that would make the secret known to everybody, and none of another length', async (hpke) => {
      const pair = await hpke.GenerateKeyPair();
      for (const bytes of [...LOW_ORDER, new Uint8Array(31).fill(9), new Uint8Array(33).fill(9)]) {
        const send = async (): Promise<unknown> =>
          hpke.SendExport(await hpke.DeserializePublicKey(bytes), INFO, 32, { info: INFO });
        await expect(send()).rejects.toThrow();
        await expect(hpke.ReceiveExport(pair, bytes, INFO, 32, { info: INFO })).rejects.toThrow();
      }
    });

    promise('is the suite of PROTOCOL.md', async ({ KEM, KDF, AEAD }) => {
      expect([KEM.id, KDF.id, AEAD.id]).toEqual([0x0020, 0x0001, 0xffff]);
    });
  });
}
