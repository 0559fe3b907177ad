import type { CipherSuite } from 'hpke';

/**
 * The port to a reviewed implementation of each primitive that is needed. What frames need is synchronous, so that they keep
 * their order without a queue.
 */
export interface PeerCrypto {
  /** DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, export-only (RFC 9180). */
  readonly hpke: CipherSuite;
  randomBytes(count: number): Uint8Array<ArrayBuffer>;
  sha256(bytes: Uint8Array): Uint8Array;
  /** SHA-256 over the bytes of a photo, which come in pieces. */
  createSha256(): PhotoHash;
  /** ChaCha20-Poly1305 (RFC 8439) under one key of 32 bytes. */
  createCipher(key: Uint8Array): FrameCipher;
}

/** Computed while the pieces come or, where that is faster, all at once at the end and on another thread. */
export interface PhotoHash {
  update(piece: Uint8Array): void;
  /** `whole`: all the pieces as one. */
  digest(whole: Uint8Array<ArrayBuffer>): Uint8Array | Promise<Uint8Array>;
}

export interface FrameCipher {
  /** `header`, then the ciphertext of `plaintext` and its tag, as one message; `header` is authenticated too. */
  seal(nonce: Uint8Array, header: Uint8Array, plaintext: Uint8Array): Uint8Array<ArrayBuffer>;
  /** The plaintext, or undefined when key, nonce, header or a single bit do not match. */
  open(nonce: Uint8Array, header: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined;
}
