import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { nodeCrypto } from '../../src/peer/node/crypto.ts';
import { deriveRoomKey, isStrongSecret } from '../../src/peer/room-key.ts';
import { loadSafetyWords } from '../../src/peer/safety-words.ts';
import { startInitiator, startResponder, type Sealed } from '../../src/peer/sealing.ts';
import { readOuter } from '../../src/protocol/frames.ts';
import type { HandshakeMessage } from '../../src/protocol/handshake.ts';
import { peerOf } from '../../src/signal/tokens.ts';
import { examplesOf } from './document.ts';
import * as byDocument from './sealing-by-the-document.ts';

/**
 * Two witnesses for the sealing that PROTOCOL.md describes: its test vectors, and a peer that was written from the
 * document alone and talks to ours.
 */

const hexBytes = v.pipe(
  v.string(),
  v.regex(/^(?:[0-9a-f]{2})+$/),
  v.transform((text) => new Uint8Array(Buffer.from(text, 'hex'))),
);
const party = v.object({ peer: v.string(), fingerprint: v.string() });
const exported = v.object({ encapsulated: hexBytes, secret: hexBytes });
const sealingVector = v.object({
  mode: v.picklist(['psk', 'base']),
  room: v.string(),
  initiator: party,
  responder: party,
  initiatorKey: hexBytes,
  responderKey: hexBytes,
  commitment: hexBytes,
  transcript: hexBytes,
  words: v.array(v.string()),
  toResponder: exported,
  toInitiator: exported,
  derived: v.object({
    initiatorKey: hexBytes,
    responderKey: hexBytes,
    initiatorConfirmation: hexBytes,
    responderConfirmation: hexBytes,
  }),
});

describe('the test vectors of PROTOCOL.md', () => {
  test.each(vectors('seat', v.object({ token: v.string(), peer: v.string() })))(
    'hold for the seat of $peer',
    ({ token, peer }) => {
      expect(peerOf(token)).toBe(peer);
      expect(byDocument.peerOf(token)).toBe(peer);
    },
  );

  const roomKey = v.object({ room: v.string(), secret: v.string(), strong: v.boolean(), key: hexBytes });
  test.each(vectors('room-key', roomKey))('hold for the key of $room', async ({ room, secret, strong, key }) => {
    expect(isStrongSecret(secret)).toBe(strong);
    expect(hex(await deriveRoomKey(room, secret))).toBe(hex(key));
    expect(hex(byDocument.roomKeyOf(room, secret, strong))).toBe(hex(key));
  });

  test.each(vectors('sealing', sealingVector))('hold for the sealing', async (vector) => {
    expect(hex(byDocument.commitmentTo(vector.initiatorKey))).toBe(hex(vector.commitment));
    expect(hex(byDocument.transcriptOf(vector))).toBe(hex(vector.transcript));
    expect(byDocument.wordsOf(vector.transcript)).toEqual(vector.words);
    expect((await loadSafetyWords())(vector.transcript)).toEqual(vector.words);
    const derived = byDocument.derive(vector.transcript, vector.toResponder, vector.toInitiator);
    expect(hex(derived.initiatorKey)).toBe(hex(vector.derived.initiatorKey));
    expect(hex(derived.responderKey)).toBe(hex(vector.derived.responderKey));
    expect(hex(derived.initiatorConfirmation)).toBe(hex(vector.derived.initiatorConfirmation));
    expect(hex(derived.responderConfirmation)).toBe(hex(vector.derived.responderConfirmation));
  });

  const frame = v.object({ key: hexBytes, counter: v.number(), plaintext: hexBytes, frame: hexBytes });
  test.each(vectors('frame', frame))('hold for the frame $counter', ({ key, counter, plaintext, frame }) => {
    expect(hex(byDocument.sealFrame(key, counter, plaintext))).toBe(hex(frame));
    expect(hex(byDocument.openFrame(key, counter, frame))).toBe(hex(plaintext));
  });

  test('are found', () => {
    const kinds = examplesOf('vector').map(({ tags }) => tags[1]);
    expect([...new Set(kinds)]).toEqual(['seat', 'access-token', 'room-key', 'sealing', 'frame']);
  });
});

const FINGERPRINTS = ['AA', 'BB'].map((pair) => Array.from({ length: 32 }, () => pair).join(':'));
const [initiatorFingerprint = '', responderFingerprint = ''] = FINGERPRINTS;
const initiator = { peer: 'nRohmVPDWweXpOP2', fingerprint: initiatorFingerprint };
const responder = { peer: '_sigkx2h-cRGtmw2', fingerprint: responderFingerprint };

describe.each([
  { mode: 'psk', psk: byDocument.roomKeyOf('garden', 'q7Yw0cT5vXr2Zk9LmB3nHd', true) },
  { mode: 'base', psk: undefined },
] as const)('in mode $mode', ({ mode, psk }) => {
  const roomKey = psk === undefined ? undefined : new Uint8Array(psk);
  const keyed = roomKey !== undefined;
  const context: Parameters<typeof startInitiator>[0] = {
    crypto: nodeCrypto,
    room: 'garden',
    roomKey,
    initiator,
    responder,
  };

  test('an initiator written from PROTOCOL.md reaches a sealed channel with ours', async () => {
    const ours = startResponder(context);
    await ours.start();
    const own = await newKeyPair();
    const commitment = base64url(byDocument.commitmentTo(own.bytes));
    const key = only(await ours.receive({ type: 'commit', version: 1, keyed, commitment }), 'key');
    expect(key.keyed).toBe(keyed);
    const responderKey = bytes(key.key);
    const transcript = byDocument.transcriptOf({
      mode,
      room: 'garden',
      initiator,
      responder,
      initiatorKey: own.bytes,
      responderKey,
    });
    const toResponder = await encapsulate(responderKey, 'initiator to responder', transcript, roomKey);
    const encapsulated = base64url(toResponder.encapsulated);
    const reveal = { type: 'reveal', key: base64url(own.bytes), encapsulated } as const;
    const finish = only(await ours.receive(reveal), 'finish');
    const toInitiator = await decapsulate(own.pair, finish.encapsulated, 'responder to initiator', transcript, roomKey);
    const derived = byDocument.derive(transcript, toResponder, toInitiator);
    expect(finish.confirmation).toBe(base64url(derived.responderConfirmation));
    const confirmation = base64url(derived.initiatorConfirmation);
    const { sealed, send } = await ours.receive({ type: 'confirm', confirmation });
    expect(send).toEqual([]);
    expectSameChannel(sealed, derived.responderKey, derived.initiatorKey);
    expect(sealed?.verified).toBe(keyed);
    expect(sealed?.words).toEqual(keyed ? undefined : byDocument.wordsOf(transcript));
  });

  test('a responder written from PROTOCOL.md reaches a sealed channel with ours', async () => {
    const ours = startInitiator(context);
    const commit = only(await ours.start(), 'commit');
    expect(commit).toMatchObject({ version: 1, keyed });
    const own = await newKeyPair();
    const reveal = only(await ours.receive({ type: 'key', keyed, key: base64url(own.bytes) }), 'reveal');
    const initiatorKey = bytes(reveal.key);
    expect(commit.commitment).toBe(base64url(byDocument.commitmentTo(initiatorKey)));
    const transcript = byDocument.transcriptOf({
      mode,
      room: 'garden',
      initiator,
      responder,
      initiatorKey,
      responderKey: own.bytes,
    });
    const toResponder = await decapsulate(own.pair, reveal.encapsulated, 'initiator to responder', transcript, roomKey);
    const toInitiator = await encapsulate(initiatorKey, 'responder to initiator', transcript, roomKey);
    const derived = byDocument.derive(transcript, toResponder, toInitiator);
    const step = await ours.receive({
      type: 'finish',
      encapsulated: base64url(toInitiator.encapsulated),
      confirmation: base64url(derived.responderConfirmation),
    });
    expect(only(step, 'confirm').confirmation).toBe(base64url(derived.initiatorConfirmation));
    expectSameChannel(step.sealed, derived.initiatorKey, derived.responderKey);
    expect(step.sealed?.words).toEqual(keyed ? undefined : byDocument.wordsOf(transcript));
  });
});

/** Three frames in each direction, so that the counters are seen to grow. */
function expectSameChannel(sealed: Sealed | undefined, sendKey: Uint8Array, receiveKey: Uint8Array): void {
  expect(sealed).toBeDefined();
  for (const counter of [0, 1, 2]) {
    const plaintext = Buffer.from(`frame ${counter}`);
    const frame = sealed?.seal(plaintext) ?? new Uint8Array();
    expect(hex(frame)).toBe(hex(byDocument.sealFrame(sendKey, counter, plaintext)));
    const read = readOuter(byDocument.sealFrame(receiveKey, counter, plaintext));
    const opened = read.ok && read.frame.type === 'sealed' ? sealed?.open(read.frame) : undefined;
    expect(opened?.ok && hex(opened.plaintext)).toBe(hex(plaintext));
  }
}

function vectors<Schema extends v.GenericSchema>(name: string, schema: Schema): v.InferOutput<Schema>[] {
  return examplesOf('vector', name).map(({ text }) => v.parse(schema, JSON.parse(text)));
}

const { hpke } = nodeCrypto;

async function newKeyPair() {
  const pair = await hpke.GenerateKeyPair();
  return { pair, bytes: await hpke.SerializePublicKey(pair.publicKey) };
}

async function encapsulate(
  to: Uint8Array,
  direction: string,
  info: Uint8Array,
  psk: Uint8Array | undefined,
): Promise<byDocument.Export> {
  const recipient = await hpke.DeserializePublicKey(to);
  const sent = await hpke.SendExport(recipient, Buffer.from(direction), 32, hpkeOptions(info, psk));
  return { encapsulated: sent.encapsulatedSecret, secret: sent.exportedSecret };
}

async function decapsulate(
  pair: Awaited<ReturnType<typeof newKeyPair>>['pair'],
  encapsulated: string,
  direction: string,
  info: Uint8Array,
  psk: Uint8Array | undefined,
): Promise<byDocument.Export> {
  const options = hpkeOptions(info, psk);
  const secret = await hpke.ReceiveExport(pair, bytes(encapsulated), Buffer.from(direction), 32, options);
  return { encapsulated: bytes(encapsulated), secret };
}

function hpkeOptions(info: Uint8Array, psk: Uint8Array | undefined) {
  return psk === undefined ? { info } : { info, psk, pskId: Buffer.from('snap-share room secret') };
}

function only<Type extends HandshakeMessage['type']>(
  step: { readonly send: readonly HandshakeMessage[] },
  type: Type,
): Extract<HandshakeMessage, { type: Type }> {
  const [message] = step.send;
  if (step.send.length !== 1 || message?.type !== type) throw new Error(`expected one ${type} message`);
  return message as Extract<HandshakeMessage, { type: Type }>;
}

function hex(data: Uint8Array): string {
  return Buffer.from(data).toString('hex');
}

function base64url(data: Uint8Array): string {
  return Buffer.from(data).toString('base64url');
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}
