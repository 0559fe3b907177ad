import { loadPart } from './load-part.ts';

/** Words of one link, for two people to compare by voice. */
const WORDS = 4;
/** 2,048 words in the list (BIP-39, English: no two share their first four letters). */
const BITS_PER_WORD = 11;

/** Kept, so that a handshake has it at once. */
let kept: readonly string[] | undefined;

/**
 * Four words, 44 bits, out of a handshake's transcript. One side has committed to its key before it saw the other's, so
 * somebody in between has one guess in 2^44, not a search.
 */
export type SafetyWords = (transcript: Uint8Array) => string[];

/** Only rooms without a secret need the list of words. @throws SnapError `daemon-unreachable` when a page cannot load it */
export async function loadSafetyWords(): Promise<SafetyWords> {
  kept ??= (await loadPart(() => import('@scure/bip39/wordlists/english.js'))).wordlist;
  const wordlist = kept;
  return (transcript) => wordsOf(transcript, wordlist);
}

function wordsOf(transcript: Uint8Array, wordlist: readonly string[]): string[] {
  let value = 0n;
  for (const byte of transcript.subarray(0, 6)) value = (value << 8n) | BigInt(byte);
  value >>= BigInt(48 - WORDS * BITS_PER_WORD);
  const words: string[] = [];
  for (let index = WORDS - 1; index >= 0; index -= 1) {
    const at = Number((value >> BigInt(index * BITS_PER_WORD)) & 0x7ffn);
    words.push(wordlist[at] ?? '');
  }
  return words;
}
