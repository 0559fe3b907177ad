import { createCipheriv, createDecipheriv, createHash, createSecretKey, hash, randomBytes } from 'node:crypto';
import { AEAD_EXPORT_ONLY, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke';
import { TAG_BYTES } from '../../protocol/frames.ts';
import type { PeerCrypto } from '../crypto.ts';

const ALGORITHM = 'chacha20-poly1305';
const TAG = { authTagLength: TAG_BYTES };

/** The peer's primitives from OpenSSL, through Node. */
export const nodeCrypto: PeerCrypto = {
  hpke: new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_EXPORT_ONLY),
  randomBytes: (count) => new Uint8Array(randomBytes(count)),
  sha256: (bytes) => hash('sha256', bytes, 'buffer'),
  createSha256() {
    const sha256 = createHash('sha256');
    return {
      update(bytes) {
        sha256.update(bytes);
      },
      digest: () => sha256.digest(),
    };
  },
  createCipher(keyBytes) {
    const key = createSecretKey(keyBytes);
    return {
      seal(nonce, header, plaintext) {
        const cipher = createCipheriv(ALGORITHM, key, nonce, TAG);
        cipher.setAAD(header, { plaintextLength: plaintext.length });
        const ciphertext = cipher.update(plaintext);
        cipher.final();
        const message = new Uint8Array(header.length + ciphertext.length + TAG_BYTES);
        message.set(header);
        message.set(ciphertext, header.length);
        message.set(cipher.getAuthTag(), header.length + ciphertext.length);
        return message;
      },
      open(nonce, header, ciphertext) {
        const length = ciphertext.length - TAG_BYTES;
        if (length < 0) return undefined;
        const decipher = createDecipheriv(ALGORITHM, key, nonce, TAG);
        decipher.setAAD(header, { plaintextLength: length });
        decipher.setAuthTag(ciphertext.subarray(length));
        const plaintext = decipher.update(ciphertext.subarray(0, length));
        try {
          decipher.final();
        } catch {
          return undefined;
        }
        return plaintext;
      },
    };
  },
};
