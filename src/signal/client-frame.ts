import { parseClientMessage, type ClientMessage } from '../protocol/signaling.ts';

export type ClientFrame =
  | { readonly ok: true; readonly message: ClientMessage; readonly payload: Buffer }
  | { readonly ok: false; readonly problem: string };

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);
/** A `signal` header as every writer of compact JSON spells it. Any other spelling takes the long way. */
const PLAIN_SIGNAL = /^\{"type":"signal","to":"([A-Za-z0-9_-]{16})"\}$/;
const PLAIN_SIGNAL_LENGTH = '{"type":"signal","to":""}'.length + 16;

/** Reads a text frame of a client. The payload stays the bytes that came: it is never decoded. Never throws. */
export function readClientFrame(frame: Buffer): ClientFrame {
  const newline = frame.indexOf(NEWLINE);
  if (newline === PLAIN_SIGNAL_LENGTH) {
    const to = PLAIN_SIGNAL.exec(frame.toString('latin1', 0, newline))?.[1];
    if (to !== undefined) return { ok: true, message: { type: 'signal', to }, payload: frame.subarray(newline + 1) };
  }
  const parsed = parseClientMessage(frame.toString());
  if (!parsed.ok) return parsed;
  return { ok: true, message: parsed.message, payload: newline < 0 ? NOTHING : frame.subarray(newline + 1) };
}

/** The text frame of a `signal` message to a peer. */
export function relayFrame(from: string, payload: Buffer): Buffer {
  const header = `${JSON.stringify({ type: 'signal', from })}\n`;
  const frame = Buffer.allocUnsafe(header.length + payload.length);
  frame.write(header, 'latin1');
  payload.copy(frame, header.length);
  return frame;
}
