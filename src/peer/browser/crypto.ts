import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from '@panva/hpke-noble';
import { AEAD_EXPORT_ONLY, CipherSuite } from 'hpke';
import { TAG_BYTES } from '../../protocol/frames.ts';
import type { PeerCrypto } from '../crypto.ts';

/**
 * The peer's primitives from the noble packages. One path for every page: WebCrypto is missing on insecure origins (a
 * daemon on the local network without TLS), has no X25519 in older browsers, no ChaCha20-Poly1305 in most, and is never
 * synchronous.
 */
export const browserCrypto: PeerCrypto = {
  hpke: new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_EXPORT_ONLY),
  randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  sha256: (bytes) => sha256(bytes),
  createSha256() {
    const hash = sha256.create();
    return {
      update(bytes) {
        hash.update(bytes);
      },
      digest: () => hash.digest(),
    };
  },
  createCipher(keyBytes) {
    const key = new Uint8Array(keyBytes);
    return {
      seal(nonce, header, plaintext) {
        const message = new Uint8Array(header.length + plaintext.length + TAG_BYTES);
        message.set(header);
        chacha20poly1305(key, nonce, header).encrypt(plaintext, message.subarray(header.length));
        return message;
      },
      open(nonce, header, ciphertext) {
        try {
          return chacha20poly1305(key, nonce, header).decrypt(ciphertext);
        } catch {
          return undefined;
        }
      },
    };
  },
};
