import * as fc from 'fast-check';
import type { ControlMessage } from '../../src/protocol/control.ts';
import type { HandshakeMessage } from '../../src/protocol/handshake.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import { displayText } from '../../src/protocol/names.ts';
import type { ClientMessage, DaemonMessage, PeersMessage } from '../../src/protocol/signaling.ts';
import type { PeerSignal } from '../../src/protocol/signals.ts';

/** Everything that a peer or a daemon which keeps to the protocol may send. */

export const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function textOf(alphabet: string, minLength: number, maxLength = minLength): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), minLength, maxLength });
}

/** Any UTF-16, lone surrogates and control characters included. */
export const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);

/** Text that looks as if it was nearly a message. */
export const anyJson = fc.oneof(
  fc.json(),
  fc
    .record({ type: fc.oneof(fc.string(), fc.constantFrom('join', 'signal', 'leave', 'welcome', 'photo', 'stale')) })
    .chain((base) => fc.dictionary(fc.string(), fc.jsonValue()).map((more) => JSON.stringify({ ...more, ...base }))),
);

export const roomName = textOf(BASE64URL, 1, LIMITS.roomNameLength);
const peerId = textOf(BASE64URL, 16);
const token = textOf(BASE64URL, 32);
const natural = fc.nat({ max: Number.MAX_SAFE_INTEGER });
/** A name that is clean already, as it stays the same. */
const displayName = fc.string({ unit: 'binary', maxLength: 40 }).map(displayText);
const kind = fc.constantFrom('terminal' as const, 'browser' as const, 'camera' as const);

const peerInfo = fc.record(
  { peer: peerId, name: displayName, kind, number: natural, away: fc.boolean() },
  { requiredKeys: ['peer', 'name', 'kind', 'number'] },
);
const iceServer = fc.record(
  { urls: fc.array(fc.string(), { maxLength: 8 }), username: fc.string(), credential: fc.string() },
  { requiredKeys: ['urls'] },
);

export const clientMessage: fc.Arbitrary<ClientMessage> = fc.oneof(
  fc.record(
    {
      type: fc.constant('join' as const),
      room: roomName,
      name: displayName,
      kind,
      seat: fc.record({ peer: peerId, token }),
    },
    { requiredKeys: ['type', 'room', 'name', 'kind'] },
  ),
  fc.record({ type: fc.constant('signal' as const), to: peerId }),
  fc.record({ type: fc.constant('leave' as const) }),
  fc.record({ type: fc.constant('ping' as const) }),
  fc.record({ type: fc.constant('list' as const), room: roomName }),
);

export const daemonMessage: fc.Arbitrary<DaemonMessage> = fc.oneof(
  fc.record({
    type: fc.constant('welcome' as const),
    version: fc.string(),
    room: roomName,
    peer: peerId,
    token,
    number: natural,
    capacity: natural,
    peers: fc.array(peerInfo, { maxLength: 8 }),
    iceServers: fc.array(iceServer, { maxLength: 4 }),
    limits: fc.record({ messageBytes: natural, pingMs: natural, silentMs: natural }),
  }),
  peerInfo.map((info) => ({ type: 'peer-joined' as const, ...info })),
  fc.record({ type: fc.constant('peer-away' as const), peer: peerId }),
  fc.record({ type: fc.constant('peer-back' as const), peer: peerId }),
  fc.record({
    type: fc.constant('peer-left' as const),
    peer: peerId,
    reason: fc.constantFrom('left' as const, 'lost' as const, 'expired' as const),
  }),
  fc.record({ type: fc.constant('signal' as const), from: peerId }),
  fc.record({ type: fc.constant('pong' as const) }),
  fc.record(
    {
      type: fc.constant('error' as const),
      code: fc.constantFrom('bad-message' as const, 'unknown-peer' as const, 'already-joined' as const),
      message: fc.string(),
      peer: peerId,
    },
    { requiredKeys: ['type', 'code', 'message'] },
  ),
);

export const peersMessage: fc.Arbitrary<PeersMessage> = fc.record({
  type: fc.constant('peers' as const),
  room: roomName,
  capacity: natural,
  peers: fc.array(
    fc
      .tuple(peerInfo, natural, fc.constantFrom('ws' as const, 'sse' as const))
      .map(([info, ageMs, transport]) => ({ ...info, ageMs, transport })),
    { maxLength: 8 },
  ),
});

export const attemptId = fc.record({ n: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), by: peerId });

export const peerSignal: fc.Arbitrary<PeerSignal> = fc.oneof(
  fc.record({
    type: fc.constant('description' as const),
    attempt: attemptId,
    kind: fc.constantFrom('offer' as const, 'answer' as const),
    sdp: anyText,
  }),
  fc.record(
    {
      type: fc.constant('candidate' as const),
      attempt: attemptId,
      candidate: anyText,
      mid: fc.string({ maxLength: 64 }),
      line: natural,
    },
    { requiredKeys: ['type', 'attempt', 'candidate'] },
  ),
  fc.record({ type: fc.constant('stale' as const), attempt: attemptId }),
);

const bytes32 = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));

export const handshakeMessage: fc.Arbitrary<HandshakeMessage> = fc.oneof(
  fc.record({
    type: fc.constant('commit' as const),
    version: fc.constant(1 as const),
    keyed: fc.boolean(),
    commitment: bytes32,
  }),
  fc.record({ type: fc.constant('key' as const), keyed: fc.boolean(), key: bytes32 }),
  fc.record({ type: fc.constant('reveal' as const), key: bytes32, encapsulated: bytes32 }),
  fc.record({ type: fc.constant('finish' as const), encapsulated: bytes32, confirmation: bytes32 }),
  fc.record({ type: fc.constant('confirm' as const), confirmation: bytes32 }),
  fc.record({
    type: fc.constant('refuse' as const),
    reason: fc.constantFrom('secret-needed' as const, 'no-secret-here' as const, 'mismatch' as const),
  }),
);

export const transfer = fc.integer({ min: 1, max: 0xffff_ffff });
const byteCount = fc.nat({ max: LIMITS.photoBytes });
const pixels = fc.integer({ min: 1, max: 65_535 });
const sha256 = textOf('0123456789abcdef', 64);

export const controlMessage: fc.Arbitrary<ControlMessage> = fc.oneof(
  fc.record(
    {
      type: fc.constant('photo' as const),
      transfer,
      photo: peerId,
      mediaType: fc.constantFrom(
        'image/jpeg' as const,
        'image/png' as const,
        'image/webp' as const,
        'image/avif' as const,
        'image/gif' as const,
        'image/tiff' as const,
      ),
      bytes: fc.integer({ min: 1, max: LIMITS.photoBytes }),
      width: pixels,
      height: pixels,
      sha256,
      name: displayName,
    },
    { requiredKeys: ['type', 'transfer', 'photo', 'mediaType', 'bytes', 'width', 'height', 'sha256'] },
  ),
  fc.record({ type: fc.constant('photo-accept' as const), transfer, offset: byteCount }),
  fc.record({
    type: fc.constant('photo-refuse' as const),
    transfer,
    code: fc.constantFrom(
      'too-large' as const,
      'unreadable' as const,
      'mismatch' as const,
      'storage' as const,
      'busy' as const,
      'not-wanted' as const,
    ),
    message: displayName,
  }),
  fc.record({
    type: fc.constant('photo-receipt' as const),
    transfer,
    sha256,
    bytes: byteCount,
    stored: fc.boolean(),
  }),
  fc.record({ type: fc.constant('photo-cancel' as const), transfer }),
  fc.record({ type: fc.constant('heartbeat' as const) }),
  fc.record({ type: fc.constant('bye' as const) }),
);
