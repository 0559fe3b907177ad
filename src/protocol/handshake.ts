import * as v from 'valibot';

/**
 * The sealing handshake's messages (PROTOCOL.md, "Sealing"): JSON inside handshake frames, the first thing that crosses
 * an open data channel. The key exchange itself is in src/peer/sealing.ts.
 */

/** The last of 43 characters carries four bits; its other two are zero (RFC 4648 section 3.5), else it would not decode. */
const BASE64URL_32 = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const bytes32 = v.pipe(v.string(), v.regex(BASE64URL_32, 'expected 32 bytes as base64url'));
/** Does this side hold a room secret? Both must agree, or the link ends. */
const keyed = v.boolean();

export const handshakeMessage = v.variant('type', [
  v.object({ type: v.literal('commit'), version: v.literal(1), keyed, commitment: bytes32 }),
  v.object({ type: v.literal('key'), keyed, key: bytes32 }),
  v.object({ type: v.literal('reveal'), key: bytes32, encapsulated: bytes32 }),
  v.object({ type: v.literal('finish'), encapsulated: bytes32, confirmation: bytes32 }),
  v.object({ type: v.literal('confirm'), confirmation: bytes32 }),
  v.object({ type: v.literal('refuse'), reason: v.picklist(['secret-needed', 'no-secret-here', 'mismatch']) }),
]);

export type HandshakeMessage = v.InferOutput<typeof handshakeMessage>;
