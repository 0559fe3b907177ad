import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  hkdfSync,
  scryptSync,
  type KeyObject,
} from 'node:crypto';
import { wordlist } from '@scure/bip39/wordlists/english.js';

/**
 * The computations of PROTOCOL.md, "Sealing" and "Seats and tokens", written from the document alone on other
 * implementations of the primitives than src/peer uses. Where the two disagree, one of them is wrong.
 */

interface Party {
  readonly peer: string;
  readonly fingerprint: string;
}

interface TranscriptFields {
  readonly mode: 'psk' | 'base';
  readonly room: string;
  readonly initiator: Party;
  readonly responder: Party;
  readonly initiatorKey: Uint8Array;
  readonly responderKey: Uint8Array;
}

interface Derived {
  readonly initiatorKey: Buffer;
  readonly responderKey: Buffer;
  readonly initiatorConfirmation: Buffer;
  readonly responderConfirmation: Buffer;
}

export function peerOf(token: string): string {
  return createHash('sha256').update(`snap-share seat v1${token}`).digest('base64url').slice(0, 16);
}

export function roomKeyOf(room: string, secret: string, strong: boolean): Buffer {
  const label = 'snap-share room key v1';
  const salt = `${label} ${room}`;
  if (strong) return Buffer.from(hkdfSync('sha256', secret, salt, label, 32));
  return scryptSync(secret, salt, 32, { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 });
}

function hashFields(...fields: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256');
  for (const field of fields) {
    const bytes = Buffer.from(field);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  }
  return hash.digest();
}

export function commitmentTo(key: Uint8Array): Buffer {
  return hashFields('snap-share commitment v1', key);
}

export function transcriptOf(fields: TranscriptFields): Buffer {
  const { mode, room, initiator, responder, initiatorKey, responderKey } = fields;
  return hashFields(
    'snap-share sealing v1',
    mode,
    room,
    initiator.peer,
    responder.peer,
    initiator.fingerprint,
    responder.fingerprint,
    initiatorKey,
    responderKey,
  );
}

export interface Export {
  readonly encapsulated: Uint8Array;
  readonly secret: Uint8Array;
}

export function derive(transcript: Uint8Array, toResponder: Export, toInitiator: Export): Derived {
  const info = hashFields('snap-share keys v1', transcript, toResponder.encapsulated, toInitiator.encapsulated);
  const secret = Buffer.concat([toResponder.secret, toInitiator.secret]);
  const output = Buffer.from(hkdfSync('sha256', secret, 'snap-share sealing v1', info, 128));
  return {
    initiatorKey: output.subarray(0, 32),
    responderKey: output.subarray(32, 64),
    initiatorConfirmation: output.subarray(64, 96),
    responderConfirmation: output.subarray(96, 128),
  };
}

export function wordsOf(transcript: Uint8Array): string[] {
  const bits = Array.from(transcript, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return [0, 11, 22, 33].map((at) => wordlist[Number.parseInt(bits.slice(at, at + 11), 2)] ?? 'no such word');
}

export function sealFrame(key: Uint8Array, counter: number, plaintext: Uint8Array): Buffer {
  const header = headerOf(counter);
  const cipher = createCipheriv('chacha20-poly1305', secretKey(key), nonceOf(counter), { authTagLength: 16 });
  cipher.setAAD(header, { plaintextLength: plaintext.length });
  return Buffer.concat([header, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

export function openFrame(key: Uint8Array, counter: number, frame: Uint8Array): Buffer {
  const decipher = createDecipheriv('chacha20-poly1305', secretKey(key), nonceOf(counter), { authTagLength: 16 });
  decipher.setAAD(headerOf(counter), { plaintextLength: frame.length - 25 });
  decipher.setAuthTag(frame.subarray(frame.length - 16));
  return Buffer.concat([decipher.update(frame.subarray(9, frame.length - 16)), decipher.final()]);
}

function headerOf(counter: number): Buffer {
  const header = Buffer.alloc(9);
  header.writeUInt8(2);
  header.writeBigUInt64BE(BigInt(counter), 1);
  return header;
}

function nonceOf(counter: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(counter), 4);
  return nonce;
}

function secretKey(bytes: Uint8Array): KeyObject {
  return createSecretKey(bytes);
}
