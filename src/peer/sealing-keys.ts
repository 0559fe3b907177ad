import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { SnapError } from '../protocol/errors.ts';
import type { PeerCrypto } from './crypto.ts';

/** What the sealing handshake computes (PROTOCOL.md, "Sealing"): the transcript, the two key exchanges, the keys. */

export interface SealingParty {
  readonly peer: string;
  /** SHA-256 fingerprint of the DTLS certificate, as the SDP writes it. */
  readonly fingerprint: string;
}

export interface SealingContext {
  readonly crypto: PeerCrypto;
  readonly room: string;
  /** 32 bytes made from the room secret; without it the link is unverified. */
  readonly roomKey: Uint8Array | undefined;
  readonly initiator: SealingParty;
  readonly responder: SealingParty;
}

export interface KeyPair {
  readonly keys: Awaited<ReturnType<PeerCrypto['hpke']['GenerateKeyPair']>>;
  readonly publicKey: Uint8Array;
}

/** One direction's key exchange: what crosses the wire and what both ends then know. */
export interface Exchange {
  readonly encapsulated: Uint8Array;
  readonly secret: Uint8Array;
}

export interface SealingKeys {
  readonly initiatorKey: Uint8Array;
  readonly responderKey: Uint8Array;
  readonly initiatorConfirmation: Uint8Array;
  readonly responderConfirmation: Uint8Array;
}

const encoder = new TextEncoder();
const VERSION_LABEL = 'snap-share sealing v1';
const PSK_ID = encoder.encode('snap-share room secret');
const EXPORTER_CONTEXTS = {
  'to responder': encoder.encode('initiator to responder'),
  'to initiator': encoder.encode('responder to initiator'),
} as const;

type Direction = keyof typeof EXPORTER_CONTEXTS;

export async function generateKeyPair(crypto: PeerCrypto): Promise<KeyPair> {
  const keys = await crypto.hpke.GenerateKeyPair();
  return { keys, publicKey: await crypto.hpke.SerializePublicKey(keys.publicKey) };
}

export function commitmentTo(publicKey: Uint8Array): Uint8Array {
  return hashFields('snap-share commitment v1', publicKey);
}

/** Binds every later key to the room, the two peers, the two DTLS certificates and the two ephemeral keys. */
export function hashTranscript(
  context: SealingContext,
  initiatorKey: Uint8Array,
  responderKey: Uint8Array,
): Uint8Array {
  return hashFields(
    VERSION_LABEL,
    encoder.encode(context.roomKey === undefined ? 'base' : 'psk'),
    encoder.encode(context.room),
    encoder.encode(context.initiator.peer),
    encoder.encode(context.responder.peer),
    encoder.encode(context.initiator.fingerprint),
    encoder.encode(context.responder.fingerprint),
    initiatorKey,
    responderKey,
  );
}

/** @throws SnapError `protocol-violation` when the key is none */
export async function sendExchange(
  context: SealingContext,
  publicKey: Uint8Array,
  direction: Direction,
  transcript: Uint8Array,
): Promise<Exchange> {
  try {
    const { hpke } = context.crypto;
    const recipient = await hpke.DeserializePublicKey(publicKey);
    const exporterContext = EXPORTER_CONTEXTS[direction];
    const sent = await hpke.SendExport(recipient, exporterContext, 32, hpkeOptions(context, transcript));
    return { encapsulated: sent.encapsulatedSecret, secret: sent.exportedSecret };
  } catch (cause) {
    throw new SnapError('protocol-violation', 'the other peer sent an unusable handshake key', { cause });
  }
}

/** @throws SnapError `protocol-violation` when what was encapsulated is no key */
export async function receiveExchange(
  context: SealingContext,
  own: KeyPair,
  encapsulated: Uint8Array,
  direction: Direction,
  transcript: Uint8Array,
): Promise<Exchange> {
  try {
    const { hpke } = context.crypto;
    const exporterContext = EXPORTER_CONTEXTS[direction];
    const options = hpkeOptions(context, transcript);
    return {
      encapsulated,
      secret: await hpke.ReceiveExport(own.keys, encapsulated, exporterContext, 32, options),
    };
  } catch (cause) {
    throw new SnapError('protocol-violation', 'the other peer sent an unusable encapsulated key', { cause });
  }
}

/** Both exported secrets together: only who holds both ephemeral private keys, or one of each pair, gets here. */
export function deriveSealingKeys(transcript: Uint8Array, toResponder: Exchange, toInitiator: Exchange): SealingKeys {
  const secret = concat(toResponder.secret, toInitiator.secret);
  const info = hashFields('snap-share keys v1', transcript, toResponder.encapsulated, toInitiator.encapsulated);
  const okm = hkdf(sha256, secret, encoder.encode(VERSION_LABEL), info, 128);
  return {
    initiatorKey: okm.subarray(0, 32),
    responderKey: okm.subarray(32, 64),
    initiatorConfirmation: okm.subarray(64, 96),
    responderConfirmation: okm.subarray(96, 128),
  };
}

function hpkeOptions(
  { roomKey }: SealingContext,
  info: Uint8Array,
): { info: Uint8Array; psk?: Uint8Array; pskId?: Uint8Array } {
  return roomKey === undefined ? { info } : { info, psk: roomKey, pskId: PSK_ID };
}

/** SHA-256 over length-prefixed fields, so that no two lists of fields hash alike. */
function hashFields(label: string, ...fields: readonly Uint8Array[]): Uint8Array {
  const hash = sha256.create();
  for (const field of [encoder.encode(label), ...fields]) {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, field.length);
    hash.update(length).update(field);
  }
  return hash.digest();
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
