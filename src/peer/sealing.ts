import { base64urlnopad as base64url } from '@scure/base';
import { SnapError } from '../protocol/errors.ts';
import type { HandshakeMessage } from '../protocol/handshake.ts';
import { loadSafetyWords } from './safety-words.ts';
import { createOpener, createSealer, type Opener, type Sealer } from './sealed-frames.ts';
import {
  commitmentTo,
  deriveSealingKeys,
  generateKeyPair,
  hashTranscript,
  receiveExchange,
  sendExchange,
  type Exchange,
  type KeyPair,
  type SealingContext,
  type SealingKeys,
} from './sealing-keys.ts';

export type { SealingContext } from './sealing-keys.ts';

/**
 * The sealing handshake (PROTOCOL.md, "Sealing"): an ephemeral key exchange from HPKE (RFC 9180) in both directions, in
 * PSK mode when the room has a secret, bound to the room, both peers and both DTLS fingerprints. Messages in, messages
 * out; it holds no channel and no timer.
 */
export interface SealingHandshake {
  start(): Promise<SealingStep>;
  /** @throws SnapError `verification-mismatch` or `protocol-violation`, which ends the link; see `refusalFor` */
  receive(message: HandshakeMessage): Promise<SealingStep>;
}

export interface SealingStep {
  readonly send: readonly HandshakeMessage[];
  /** Set once, when the other side has proved that it holds the same keys. */
  readonly sealed?: Sealed;
}

export interface Sealed {
  readonly verified: boolean;
  /** For two people to compare; undefined when `verified`. */
  readonly words: readonly string[] | undefined;
  readonly seal: Sealer;
  readonly open: Opener;
}

type Refusal = Extract<HandshakeMessage, { type: 'refuse' }>;

/** What each refusal means to the one who gets it. */
const REFUSED = {
  'secret-needed': 'the other peer has the room secret and we do not: use the full room link',
  'no-secret-here': 'the other peer joined without the room secret: give it the full room link',
  mismatch:
    'the other peer could not verify us: the room secrets differ, or somebody in between altered the connection',
} as const satisfies Record<Refusal['reason'], string>;

/**
 * The side that started the attempt. It commits to its key before it sees the other's, so that nobody in between can
 * search for keys that make the safety words of two links agree.
 */
export function startInitiator(context: SealingContext): SealingHandshake {
  const keyed = context.roomKey !== undefined;
  let own: KeyPair | undefined;
  let waitingFor: 'key' | 'finish' | undefined;
  let transcript: Uint8Array | undefined;
  let toResponder: Exchange | undefined;
  return {
    async start() {
      own = await generateKeyPair(context.crypto);
      waitingFor = 'key';
      return { send: [{ type: 'commit', version: 1, keyed, commitment: encode(commitmentTo(own.publicKey)) }] };
    },
    async receive(message) {
      throwIfRefused(message);
      if (message.type !== waitingFor || own === undefined) throw outOfOrder(message);
      if (message.type === 'key') {
        checkKeyed(keyed, message.keyed);
        const responderKey = base64url.decode(message.key);
        transcript = hashTranscript(context, own.publicKey, responderKey);
        toResponder = await sendExchange(context, responderKey, 'to responder', transcript);
        waitingFor = 'finish';
        const encapsulated = encode(toResponder.encapsulated);
        return { send: [{ type: 'reveal', key: encode(own.publicKey), encapsulated }] };
      }
      if (message.type !== 'finish' || transcript === undefined || toResponder === undefined) throw outOfOrder(message);
      waitingFor = undefined;
      const encapsulated = base64url.decode(message.encapsulated);
      const toInitiator = await receiveExchange(context, own, encapsulated, 'to initiator', transcript);
      const keys = deriveSealingKeys(transcript, toResponder, toInitiator);
      checkConfirmation(keys.responderConfirmation, message.confirmation);
      return {
        send: [{ type: 'confirm', confirmation: encode(keys.initiatorConfirmation) }],
        sealed: await createSealed(context, transcript, keys.initiatorKey, keys.responderKey),
      };
    },
  };
}

/** The side that answered the attempt. */
export function startResponder(context: SealingContext): SealingHandshake {
  const keyed = context.roomKey !== undefined;
  let own: KeyPair | undefined;
  let waitingFor: 'commit' | 'reveal' | 'confirm' | undefined = 'commit';
  let commitment = '';
  let transcript: Uint8Array | undefined;
  let keys: SealingKeys | undefined;
  return {
    async start() {
      own = await generateKeyPair(context.crypto);
      return { send: [] };
    },
    async receive(message) {
      throwIfRefused(message);
      if (message.type !== waitingFor || own === undefined) throw outOfOrder(message);
      if (message.type === 'commit') {
        checkKeyed(keyed, message.keyed);
        commitment = message.commitment;
        waitingFor = 'reveal';
        return { send: [{ type: 'key', keyed, key: encode(own.publicKey) }] };
      }
      if (message.type === 'reveal') {
        const initiatorKey = base64url.decode(message.key);
        if (encode(commitmentTo(initiatorKey)) !== commitment)
          throw mismatch('the other peer revealed another key than it had committed to');
        transcript = hashTranscript(context, initiatorKey, own.publicKey);
        const encapsulated = base64url.decode(message.encapsulated);
        const toResponder = await receiveExchange(context, own, encapsulated, 'to responder', transcript);
        const toInitiator = await sendExchange(context, initiatorKey, 'to initiator', transcript);
        keys = deriveSealingKeys(transcript, toResponder, toInitiator);
        waitingFor = 'confirm';
        const confirmation = encode(keys.responderConfirmation);
        return { send: [{ type: 'finish', encapsulated: encode(toInitiator.encapsulated), confirmation }] };
      }
      if (message.type !== 'confirm' || transcript === undefined || keys === undefined) throw outOfOrder(message);
      waitingFor = undefined;
      checkConfirmation(keys.initiatorConfirmation, message.confirmation);
      const sealed = await createSealed(context, transcript, keys.responderKey, keys.initiatorKey);
      return { send: [], sealed };
    },
  };
}

/** What the other side should be told when our `receive` has thrown; undefined when it knows, or deserves no answer. */
export function refusalFor(error: SnapError): Refusal | undefined {
  switch (error.cause) {
    case 'secret-needed':
    case 'no-secret-here':
    case 'mismatch':
      return { type: 'refuse', reason: error.cause };
    default:
      return undefined;
  }
}

function throwIfRefused(message: HandshakeMessage): void {
  if (message.type === 'refuse') throw new SnapError('verification-mismatch', REFUSED[message.reason]);
}

function checkKeyed(ours: boolean, theirs: boolean): void {
  if (ours === theirs) return;
  // What they learn is the mirror image of what we tell our own user.
  const cause: Refusal['reason'] = ours ? 'secret-needed' : 'no-secret-here';
  throw new SnapError('verification-mismatch', REFUSED[ours ? 'no-secret-here' : 'secret-needed'], { cause });
}

function checkConfirmation(expected: Uint8Array, received: string): void {
  if (equalBytes(expected, base64url.decode(received))) return;
  throw mismatch(
    'the other peer could not be verified: the room secrets differ, or somebody in between altered the connection',
  );
}

function mismatch(text: string): SnapError {
  return new SnapError('verification-mismatch', text, { cause: 'mismatch' satisfies Refusal['reason'] });
}

function outOfOrder(message: HandshakeMessage): SnapError {
  return new SnapError('protocol-violation', `a handshake message came out of order: ${message.type}`);
}

async function createSealed(
  { crypto, roomKey }: SealingContext,
  transcript: Uint8Array,
  sendKey: Uint8Array,
  receiveKey: Uint8Array,
): Promise<Sealed> {
  return {
    verified: roomKey !== undefined,
    // From the transcript alone: it is fixed by the commitment, while an encapsulated key could be searched for.
    words: roomKey === undefined ? (await loadSafetyWords())(transcript) : undefined,
    seal: createSealer(crypto.createCipher(sendKey)),
    open: createOpener(crypto.createCipher(receiveKey)),
  };
}

function encode(bytes: Uint8Array): string {
  return base64url.encode(bytes);
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index += 1) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}
