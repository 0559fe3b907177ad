import * as v from 'valibot';
import { controlMessage, type ControlMessage } from './control.ts';
import { handshakeMessage, type HandshakeMessage } from './handshake.ts';
import { LIMITS } from './limits.ts';
import { describeIssue } from './signaling.ts';

/**
 * The binary layout of a data channel message (PROTOCOL.md, "Frames"). The outer frame is a handshake message in the
 * clear or a sealed frame; the inner frame is what a sealed one holds. All integers are unsigned and big-endian.
 *
 *     handshake  01 | JSON, UTF-8
 *     sealed     02 | counter: 8 bytes | ciphertext with a 16-byte tag
 *     control    01 | JSON, UTF-8
 *     chunk      02 | transfer: 4 bytes | offset: 8 bytes | 1 or more bytes of the photo
 */

const HANDSHAKE = 1;
const SEALED = 2;
const CONTROL = 1;
const CHUNK = 2;

/** Bytes of a sealed frame before its ciphertext; they are also its additional authenticated data. */
export const SEALED_HEADER_BYTES = 9;
export const TAG_BYTES = 16;
const CHUNK_HEADER_BYTES = 13;
/** What a sealed chunk needs beside the photo's own bytes. */
export const CHUNK_OVERHEAD_BYTES = SEALED_HEADER_BYTES + TAG_BYTES + CHUNK_HEADER_BYTES;

export type OuterFrame =
  | { readonly type: 'handshake'; readonly message: HandshakeMessage }
  | { readonly type: 'sealed'; readonly counter: number; readonly header: Uint8Array; readonly ciphertext: Uint8Array };

export type InnerFrame =
  | { readonly type: 'control'; readonly message: ControlMessage }
  | { readonly type: 'chunk'; readonly transfer: number; readonly offset: number; readonly bytes: Uint8Array };

export type Read<Frame> =
  | { readonly ok: true; readonly frame: Frame }
  | { readonly ok: false; readonly problem: string };

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export function encodeHandshake(message: HandshakeMessage): Uint8Array<ArrayBuffer> {
  return encodeJson(HANDSHAKE, message);
}

export function encodeControl(message: ControlMessage): Uint8Array<ArrayBuffer> {
  return encodeJson(CONTROL, message);
}

export function encodeChunk(transfer: number, offset: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(CHUNK_HEADER_BYTES + bytes.length);
  const view = new DataView(frame.buffer);
  frame[0] = CHUNK;
  view.setUint32(1, transfer);
  view.setBigUint64(5, BigInt(offset));
  frame.set(bytes, CHUNK_HEADER_BYTES);
  return frame;
}

/** The first nine bytes of a sealed frame. */
export function sealedHeader(counter: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(SEALED_HEADER_BYTES);
  header[0] = SEALED;
  new DataView(header.buffer).setBigUint64(1, BigInt(counter));
  return header;
}

/** Reads a data channel message. Never throws. */
export function readOuter(message: Uint8Array): Read<OuterFrame> {
  if (message.length > LIMITS.frameBytes)
    return problem(`expected at most ${LIMITS.frameBytes} bytes, got ${message.length}`);
  if (message[0] === HANDSHAKE) {
    const json = readJson(handshakeMessage, message);
    return json.ok ? { ok: true, frame: { type: 'handshake', message: json.value } } : json;
  }
  if (message[0] !== SEALED) return problem('unknown frame type');
  if (message.length < SEALED_HEADER_BYTES + TAG_BYTES) return problem('a sealed frame is shorter than its tag');
  const counter = viewOf(message).getBigUint64(1);
  if (counter > Number.MAX_SAFE_INTEGER) return problem('a counter is out of range');
  return {
    ok: true,
    frame: {
      type: 'sealed',
      counter: Number(counter),
      header: message.subarray(0, SEALED_HEADER_BYTES),
      ciphertext: message.subarray(SEALED_HEADER_BYTES),
    },
  };
}

/** Reads what a sealed frame held. Never throws. */
export function readInner(plaintext: Uint8Array): Read<InnerFrame> {
  if (plaintext[0] === CONTROL) {
    const json = readJson(controlMessage, plaintext);
    return json.ok ? { ok: true, frame: { type: 'control', message: json.value } } : json;
  }
  if (plaintext[0] !== CHUNK) return problem('unknown inner frame type');
  if (plaintext.length <= CHUNK_HEADER_BYTES) return problem('a chunk without bytes');
  const view = viewOf(plaintext);
  const offset = view.getBigUint64(5);
  if (offset > LIMITS.photoBytes) return problem('a chunk beyond the largest photo');
  const bytes = plaintext.subarray(CHUNK_HEADER_BYTES);
  return { ok: true, frame: { type: 'chunk', transfer: view.getUint32(1), offset: Number(offset), bytes } };
}

function encodeJson(type: number, message: HandshakeMessage | ControlMessage): Uint8Array<ArrayBuffer> {
  const json = encoder.encode(JSON.stringify(message));
  const frame = new Uint8Array(1 + json.length);
  frame[0] = type;
  frame.set(json, 1);
  return frame;
}

function readJson<Schema extends typeof handshakeMessage | typeof controlMessage>(
  schema: Schema,
  frame: Uint8Array,
): { readonly ok: true; readonly value: v.InferOutput<Schema> } | { readonly ok: false; readonly problem: string } {
  if (frame.length > 1 + LIMITS.controlBytes) return problem('a JSON message is too long');
  let json: unknown;
  try {
    json = JSON.parse(decoder.decode(frame.subarray(1)));
  } catch {
    return problem('expected JSON in UTF-8');
  }
  const result = v.safeParse(schema, json, { abortEarly: true });
  return result.success ? { ok: true, value: result.output } : problem(describeIssue(result.issues[0]));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function problem(text: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: text };
}
