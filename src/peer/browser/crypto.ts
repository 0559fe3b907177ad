import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { TAG_BYTES } from '../../protocol/frames.ts';
import type { PeerCrypto, PhotoHash } from '../crypto.ts';
import { loadKeyExchange } from './key-exchange.ts';

/** The peer's primitives in a page. @throws SnapError `daemon-unreachable` */
export async function loadBrowserCrypto(): Promise<PeerCrypto> {
  const hpke = await loadKeyExchange();
  // Absent on insecure origins, whatever the types say.
  const subtle = crypto.subtle as typeof crypto.subtle | undefined;
  return { ...nobleCrypto, hpke, ...(subtle === undefined ? {} : { createSha256: () => subtleSha256(subtle) }) };
}

/** Off the thread of the page, and ten times as fast. */
function subtleSha256(subtle: typeof crypto.subtle): PhotoHash {
  return { update: () => {}, digest: async (whole) => new Uint8Array(await subtle.digest('SHA-256', whole)) };
}

/**
 * All but the key exchange, from the noble packages and for every page: WebCrypto is missing on insecure origins, has no
 * ChaCha20-Poly1305 in most browsers, and is never synchronous.
 */
export const nobleCrypto: Omit<PeerCrypto, 'hpke'> = {
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
