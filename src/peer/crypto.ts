import type { CipherSuite } from 'hpke';

/**
 * The port to a reviewed implementation of each primitive the sealing needs. All but HPKE are synchronous, so that frames
 * keep their order without a queue.
 */
export interface PeerCrypto {
  /** DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, export-only (RFC 9180). */
  readonly hpke: CipherSuite;
  randomBytes(count: number): Uint8Array<ArrayBuffer>;
  sha256(bytes: Uint8Array): Uint8Array;
  /** SHA-256 over bytes that come in pieces. */
  createSha256(): IncrementalHash;
  /** ChaCha20-Poly1305 (RFC 8439) under one key of 32 bytes. */
  createCipher(key: Uint8Array): FrameCipher;
}

export interface IncrementalHash {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

export interface FrameCipher {
  /** `header`, then the ciphertext of `plaintext` and its tag, as one message; `header` is authenticated too. */
  seal(nonce: Uint8Array, header: Uint8Array, plaintext: Uint8Array): Uint8Array<ArrayBuffer>;
  /** The plaintext, or undefined when key, nonce, header or a single bit do not match. */
  open(nonce: Uint8Array, header: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined;
}
