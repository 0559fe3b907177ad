import { sealedHeader, type OuterFrame } from '../protocol/frames.ts';
import type { FrameCipher } from './crypto.ts';

/** Makes the next sealed frame of this direction. */
export type Sealer = (plaintext: Uint8Array) => Uint8Array<ArrayBuffer>;

/** Opens the next sealed frame of the other direction, or says why it cannot. */
export type Opener = (frame: Extract<OuterFrame, { type: 'sealed' }>) => OpenResult;

export type OpenResult =
  | { readonly ok: true; readonly plaintext: Uint8Array }
  | { readonly ok: false; readonly problem: string };

export function createSealer(cipher: FrameCipher): Sealer {
  let counter = 0;
  return (plaintext) => {
    const sealed = cipher.seal(nonceOf(counter), sealedHeader(counter), plaintext);
    counter += 1;
    return sealed;
  };
}

export function createOpener(cipher: FrameCipher): Opener {
  let expected = 0;
  return (frame) => {
    if (frame.counter !== expected)
      return { ok: false, problem: `expected frame ${expected}, got ${frame.counter}: replayed, lost or out of order` };
    const plaintext = cipher.open(nonceOf(frame.counter), frame.header, frame.ciphertext);
    if (plaintext === undefined)
      return { ok: false, problem: 'a frame did not open: altered, reflected or of other keys' };
    expected += 1;
    return { ok: true, plaintext };
  };
}

/** The counter is never used twice under one key: a key lives as long as one data channel. */
function nonceOf(counter: number): Uint8Array {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(4, BigInt(counter));
  return nonce;
}
