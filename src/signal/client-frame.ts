import { parseClientMessage, type ClientMessage } from '../protocol/signaling.ts';

/** Text, or part of it: a string, or UTF-8 where a transport has it so. What is passed on is not decoded on the way. */
export type Text = string | Buffer;

export type ClientFrame =
  | { readonly ok: true; readonly message: ClientMessage; readonly payload: Text }
  | { readonly ok: false; readonly problem: string };

/** A `signal` header as every writer of compact JSON spells it. Any other spelling takes the long way. */
const PLAIN_SIGNAL = /^\{"type":"signal","to":"([A-Za-z0-9_-]{16})"\}$/;
const PLAIN_SIGNAL_LENGTH = '{"type":"signal","to":""}'.length + 16;

/** Reads a text frame of a client. The payload stays what came. Never throws. */
export function readClientFrame(frame: Text): ClientFrame {
  const newline = frame.indexOf('\n');
  if (newline === PLAIN_SIGNAL_LENGTH) {
    const header = typeof frame === 'string' ? frame.slice(0, newline) : frame.toString('latin1', 0, newline);
    const to = PLAIN_SIGNAL.exec(header)?.[1];
    if (to !== undefined) return { ok: true, message: { type: 'signal', to }, payload: after(frame, newline) };
  }
  const parsed = parseClientMessage(frame.toString());
  if (!parsed.ok) return parsed;
  return { ok: true, message: parsed.message, payload: newline < 0 ? '' : after(frame, newline) };
}

function after(frame: Text, newline: number): Text {
  return typeof frame === 'string' ? frame.slice(newline + 1) : frame.subarray(newline + 1);
}

/** The text frame of a `signal` message to a peer. */
export function relayFrame(from: string, payload: Text): Text {
  const header = `${JSON.stringify({ type: 'signal', from })}\n`;
  if (typeof payload === 'string') return header + payload;
  const frame = Buffer.allocUnsafe(header.length + payload.length);
  frame.write(header, 'latin1');
  payload.copy(frame, header.length);
  return frame;
}
