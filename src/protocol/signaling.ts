import * as v from 'valibot';
import { LIMITS } from './limits.ts';
import { displayText, ROOM_NAME } from './names.ts';

/**
 * The messages between a peer and the daemon (PROTOCOL.md, "Signaling"). Every message is one line of JSON, the header;
 * only `signal` goes on after a newline, with a payload that the daemon neither parses nor serialises.
 */

const peerId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{16}$/, 'expected a peer id: 16 characters of base64url'));
const token = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{32}$/, 'expected a token: 32 characters of base64url'));
const roomName = v.pipe(v.string(), v.regex(ROOM_NAME, 'expected a room name: 1 to 64 of A-Z a-z 0-9 _ -'));
const displayName = v.pipe(v.string(), v.maxLength(LIMITS.rawNameLength), v.transform(displayText));
const access = v.pipe(v.string(), v.maxLength(LIMITS.accessLength));
const kind = v.picklist(['terminal', 'browser', 'camera']);
const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const transport = v.picklist(['ws', 'sse']);
const leaveReason = v.picklist(['left', 'lost', 'expired']);

const peerInfo = v.object({
  peer: peerId,
  name: displayName,
  kind,
  number: natural,
  away: v.exactOptional(v.boolean()),
});
const iceServer = v.object({
  urls: v.pipe(v.array(v.string()), v.maxLength(8)),
  username: v.exactOptional(v.string()),
  credential: v.exactOptional(v.string()),
});

/** From a peer to the daemon. */
export const clientMessage = v.variant('type', [
  v.object({
    type: v.literal('join'),
    room: roomName,
    name: displayName,
    kind,
    seat: v.exactOptional(v.object({ peer: peerId, token })),
    access: v.exactOptional(access),
  }),
  v.object({ type: v.literal('signal'), to: peerId }),
  v.object({ type: v.literal('leave') }),
  v.object({ type: v.literal('ping') }),
  v.object({ type: v.literal('list'), room: roomName, access: v.exactOptional(access) }),
]);

/** From the daemon to a peer. */
export const daemonMessage = v.variant('type', [
  v.object({
    type: v.literal('welcome'),
    version: v.string(),
    room: roomName,
    peer: peerId,
    token,
    number: natural,
    capacity: natural,
    peers: v.pipe(v.array(peerInfo), v.maxLength(LIMITS.capacityMax)),
    iceServers: v.pipe(v.array(iceServer), v.maxLength(16)),
    limits: v.object({ messageBytes: natural, pingMs: natural, silentMs: natural }),
  }),
  v.object({ type: v.literal('peer-joined'), ...peerInfo.entries }),
  v.object({ type: v.literal('peer-away'), peer: peerId }),
  v.object({ type: v.literal('peer-back'), peer: peerId }),
  v.object({ type: v.literal('peer-left'), peer: peerId, reason: leaveReason }),
  v.object({ type: v.literal('signal'), from: peerId }),
  v.object({ type: v.literal('pong') }),
  v.object({
    type: v.literal('error'),
    code: v.picklist(['bad-message', 'unknown-peer', 'already-joined', 'access-denied']),
    message: v.string(),
    peer: v.exactOptional(peerId),
  }),
]);

/** The answer to `list`. Apart from the others: a page never asks, and shall not have to load it. */
export const peersMessage = v.object({
  type: v.literal('peers'),
  room: roomName,
  capacity: natural,
  peers: v.pipe(v.array(v.object({ ...peerInfo.entries, ageMs: natural, transport })), v.maxLength(LIMITS.capacityMax)),
});

export type ClientMessage = v.InferOutput<typeof clientMessage>;
export type DaemonMessage = v.InferOutput<typeof daemonMessage>;
export type PeersMessage = v.InferOutput<typeof peersMessage>;
export type PeerInfo = v.InferOutput<typeof peerInfo>;
export type ListedPeer = PeersMessage['peers'][number];
export type PeerKind = v.InferOutput<typeof kind>;
export type IceServer = v.InferOutput<typeof iceServer>;
/** Why a peer has no seat any more: it said so, it was away for too long, or its session was over. */
export type LeaveReason = v.InferOutput<typeof leaveReason>;
/** WebSocket, or Server-Sent Events and POST. */
export type Transport = v.InferOutput<typeof transport>;

export type Parsed<Message> =
  | { readonly ok: true; readonly message: Message; readonly payload: string }
  | { readonly ok: false; readonly problem: string };

/** Reads a text frame from a peer. Never throws. */
export function parseClientMessage(text: string): Parsed<ClientMessage> {
  return parse(clientMessage, text);
}

/** Reads a text frame from the daemon. Never throws. */
export function parseDaemonMessage(text: string): Parsed<DaemonMessage> {
  return parse(daemonMessage, text);
}

/** As `parseDaemonMessage`, for a client that has asked for a list. */
export function parseListAnswer(text: string): Parsed<DaemonMessage | PeersMessage> {
  return parse(v.variant('type', [daemonMessage, peersMessage]), text);
}

/** The text frame of a message; `payload` only goes with `signal`. */
export function formatMessage(message: ClientMessage | DaemonMessage | PeersMessage, payload = ''): string {
  return message.type === 'signal' ? `${JSON.stringify(message)}\n${payload}` : JSON.stringify(message);
}

function parse<Message extends { readonly type: string }>(
  schema: v.GenericSchema<unknown, Message>,
  text: string,
): Parsed<Message> {
  const newline = text.indexOf('\n');
  const header = newline < 0 ? text : text.slice(0, newline);
  let json: unknown;
  try {
    json = JSON.parse(header);
  } catch {
    return { ok: false, problem: 'expected one line of JSON as the header' };
  }
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (!result.success) return { ok: false, problem: describeIssue(result.issues[0]) };
  const payload = newline < 0 ? '' : text.slice(newline + 1);
  if (payload !== '' && result.output.type !== 'signal')
    return { ok: false, problem: `a ${result.output.type} message has no payload` };
  return { ok: true, message: result.output, payload };
}

/** One line that says where a message departs from its schema. */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  const text = oneLine(issue.message);
  return path === null ? text : `${path}: ${text}`;
}

/** A short piece of a stranger's text, with nothing in it that could move a terminal's cursor. */
export function oneLine(text: string): string {
  const short = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return short.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');
}
