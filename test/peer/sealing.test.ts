import { describe, expect, test } from 'vitest';
import { SnapError } from '../../src/protocol/errors.ts';
import { readOuter, type OuterFrame } from '../../src/protocol/frames.ts';
import type { HandshakeMessage } from '../../src/protocol/handshake.ts';
import { nodeCrypto } from '../../src/peer/node/crypto.ts';
import {
  refusalFor,
  startInitiator,
  startResponder,
  type Sealed,
  type SealingContext,
  type SealingHandshake,
} from '../../src/peer/sealing.ts';
import { pureCrypto } from './crypto.ts';

const KEY = new Uint8Array(32).fill(7);
const OTHER_KEY = new Uint8Array(32).fill(8);

function contextWith(changes: Partial<SealingContext> = {}): SealingContext {
  return {
    crypto: pureCrypto,
    room: 'garden',
    roomKey: KEY,
    initiator: { peer: 'aaaaaaaaaaaaaaaa', fingerprint: 'AA:AA' },
    responder: { peer: 'bbbbbbbbbbbbbbbb', fingerprint: 'BB:BB' },
    ...changes,
  };
}

type Outcome = { sealed: Sealed } | { error: SnapError };

/** Carries messages between two handshakes until nothing more is said. `alter` may change what arrives. */
async function shake(
  initiator: SealingHandshake,
  responder: SealingHandshake,
  alter: (message: HandshakeMessage) => HandshakeMessage = (message) => message,
): Promise<{ initiator: Outcome | undefined; responder: Outcome | undefined; said: HandshakeMessage[] }> {
  const outcomes: { initiator: Outcome | undefined; responder: Outcome | undefined } = {
    initiator: undefined,
    responder: undefined,
  };
  const said: HandshakeMessage[] = [];
  const queue: { to: 'initiator' | 'responder'; message: HandshakeMessage }[] = [];
  const take = async (who: 'initiator' | 'responder', step: () => ReturnType<SealingHandshake['start']>) => {
    const to = who === 'initiator' ? 'responder' : 'initiator';
    try {
      const { send, sealed } = await step();
      for (const message of send) queue.push({ to, message });
      if (sealed !== undefined) outcomes[who] = { sealed };
    } catch (error) {
      if (!(error instanceof SnapError)) throw error;
      outcomes[who] = { error };
      const refusal = refusalFor(error);
      if (refusal !== undefined) queue.push({ to, message: refusal });
    }
  };
  await take('responder', () => responder.start());
  await take('initiator', () => initiator.start());
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { to, message } = next;
    said.push(message);
    const outcome = outcomes[to];
    if (outcome !== undefined && 'error' in outcome) continue;
    await take(to, () => (to === 'initiator' ? initiator : responder).receive(alter(message)));
  }
  return { ...outcomes, said };
}

async function sealedPair(context = contextWith(), other = context): Promise<{ one: Sealed; two: Sealed }> {
  const { initiator, responder } = await shake(startInitiator(context), startResponder(other));
  return { one: sealedOf(initiator), two: sealedOf(responder) };
}

function sealedOf(outcome: Outcome | undefined): Sealed {
  if (outcome === undefined || !('sealed' in outcome)) throw new Error(`not sealed: ${JSON.stringify(outcome)}`);
  return outcome.sealed;
}

function codeOf(outcome: Outcome | undefined): string {
  return outcome !== undefined && 'error' in outcome ? outcome.error.code : 'none';
}

function textOf(outcome: Outcome | undefined): string {
  return outcome !== undefined && 'error' in outcome ? outcome.error.message : '';
}

function frameOf(message: Uint8Array): Extract<OuterFrame, { type: 'sealed' }> {
  const read = readOuter(message);
  if (!read.ok || read.frame.type !== 'sealed') throw new Error('expected a sealed frame');
  return read.frame;
}

describe('two peers with the same room secret', () => {
  test('seal their link in five messages, verified', async () => {
    const context = contextWith();
    const { initiator, responder, said } = await shake(startInitiator(context), startResponder(context));
    expect(said.map(({ type }) => type)).toEqual(['commit', 'key', 'reveal', 'finish', 'confirm']);
    const [one, two] = [sealedOf(initiator), sealedOf(responder)];
    expect([one.verified, two.verified]).toEqual([true, true]);
    for (let byte = 1; byte <= 3; byte += 1) {
      const there = two.open(frameOf(one.seal(Uint8Array.of(byte))));
      expect(there.ok && [...there.plaintext]).toEqual([byte]);
      const back = one.open(frameOf(two.seal(Uint8Array.of(byte, byte))));
      expect(back.ok && [...back.plaintext]).toEqual([byte, byte]);
    }
  });

  test.each([
    ['Node', 'noble', nodeCrypto, pureCrypto],
    ['noble', 'Node', pureCrypto, nodeCrypto],
  ])('understand each other with the key exchange of %s and of %s', async (_one, _two, crypto, otherCrypto) => {
    const { one, two } = await sealedPair(contextWith({ crypto }), contextWith({ crypto: otherCrypto }));
    expect(two.open(frameOf(one.seal(Uint8Array.of(1))))).toMatchObject({ ok: true });
    expect(one.open(frameOf(two.seal(Uint8Array.of(1))))).toMatchObject({ ok: true });
  });

  test('get other keys every time', async () => {
    const [first, second] = [await sealedPair(), await sealedPair()];
    expect(second.two.open(frameOf(first.one.seal(Uint8Array.of(1))))).toMatchObject({ ok: false });
  });
});

describe('two peers without a room secret', () => {
  test('are not verified and see the same four words', async () => {
    const { one, two } = await sealedPair(contextWith({ roomKey: undefined }));
    expect([one.verified, two.verified]).toEqual([false, false]);
    expect(one.words).toHaveLength(4);
    expect(one.words).toEqual(two.words);
    expect(two.open(frameOf(one.seal(Uint8Array.of(1))))).toMatchObject({ ok: true });
  });

  test('see different words when somebody in between talks to each of them', async () => {
    const context = contextWith({ roomKey: undefined });
    const mallory = { peer: 'mmmmmmmmmmmmmmmm', fingerprint: 'CC:CC' };
    // The daemon gives each the other's id with its own fingerprint.
    const towardsOne = { ...context, responder: { ...context.responder, fingerprint: mallory.fingerprint } };
    const towardsTwo = { ...context, initiator: { ...context.initiator, fingerprint: mallory.fingerprint } };
    const left = await sealedPair(towardsOne);
    const right = await sealedPair(towardsTwo);
    expect(left.one.words).not.toEqual(right.two.words);
  });

  test('notice when the fingerprints were swapped under a handshake that was passed on', async () => {
    const context = contextWith({ roomKey: undefined });
    const swapped = { ...context, initiator: { ...context.initiator, fingerprint: 'CC:CC' } };
    const { initiator, responder } = await shake(startInitiator(context), startResponder(swapped));
    expect([codeOf(initiator), codeOf(responder)]).toEqual(['verification-mismatch', 'verification-mismatch']);
  });
});

describe('a link is not sealed, and both sides say why,', () => {
  const base = contextWith();
  test.each([
    ['when the secrets differ', { roomKey: OTHER_KEY }],
    ['in another room', { room: 'kitchen' }],
    ['when the daemon swapped the fingerprint of one', { initiator: { ...base.initiator, fingerprint: 'CC:CC' } }],
    [
      'when the daemon swapped the fingerprint of the other',
      { responder: { ...base.responder, fingerprint: 'CC:CC' } },
    ],
    ['when the daemon swapped an id', { responder: { ...base.responder, peer: 'cccccccccccccccc' } }],
  ] as const)('%s', async (_why, changes) => {
    const { initiator, responder, said } = await shake(startInitiator(base), startResponder(contextWith(changes)));
    expect([codeOf(initiator), codeOf(responder)]).toEqual(['verification-mismatch', 'verification-mismatch']);
    expect(said.at(-1)).toEqual({ type: 'refuse', reason: 'mismatch' });
    // One refusal is enough.
    expect(said.filter(({ type }) => type === 'refuse')).toHaveLength(1);
  });

  test.each([
    ['the one that offers', KEY, undefined],
    ['the one that answers', undefined, KEY],
  ])('when only %s has a secret, and neither reveals a key', async (_who, initiatorKey, responderKey) => {
    const { initiator, responder, said } = await shake(
      startInitiator(contextWith({ roomKey: initiatorKey })),
      startResponder(contextWith({ roomKey: responderKey })),
    );
    expect([codeOf(initiator), codeOf(responder)]).toEqual(['verification-mismatch', 'verification-mismatch']);
    expect(said.map(({ type }) => type)).toEqual(['commit', 'refuse']);
    const [holder, other] = initiatorKey === undefined ? [responder, initiator] : [initiator, responder];
    expect(textOf(holder)).toMatch(/the other peer joined without the room secret/);
    expect(textOf(other)).toMatch(/the other peer has the room secret and we do not/);
  });

  test('when an answer without a secret comes to a question whose secret was hidden on the way', async () => {
    const { initiator, said } = await shake(
      startInitiator(contextWith()),
      startResponder(contextWith({ roomKey: undefined })),
      (message) => (message.type === 'commit' ? { ...message, keyed: false } : message),
    );
    expect(textOf(initiator)).toMatch(/the other peer joined without the room secret/);
    // Our key was not revealed.
    expect(said.map(({ type }) => type)).toEqual(['commit', 'key', 'refuse']);
  });

  test('when an answer claims to have a secret that the question did not have', async () => {
    const lie = (message: HandshakeMessage): HandshakeMessage =>
      message.type === 'commit' || message.type === 'key' ? { ...message, keyed: !message.keyed } : message;
    const { initiator, responder } = await shake(
      startInitiator(contextWith()),
      startResponder(contextWith({ roomKey: undefined })),
      lie,
    );
    expect([codeOf(initiator), codeOf(responder)]).toEqual(['verification-mismatch', 'verification-mismatch']);
  });

  test('when another key is revealed than was committed to', async () => {
    const stranger = await startInitiator(contextWith()).start();
    const [commit] = stranger.send;
    if (commit?.type !== 'commit') throw new Error('expected a commitment');
    const { initiator, responder } = await shake(startInitiator(base), startResponder(base), (message) =>
      message.type === 'commit' ? commit : message,
    );
    expect([codeOf(initiator), codeOf(responder)]).toEqual(['verification-mismatch', 'verification-mismatch']);
    expect(textOf(responder)).toMatch(/another key than it had committed to/);
  });

  test.each(['key', 'reveal', 'finish', 'confirm'] as const)('when the message "%s" was altered', async (type) => {
    // Another 32 bytes: the first character carries six bits.
    const alter = (text: string): string => (text.startsWith('A') ? `B${text.slice(1)}` : `A${text.slice(1)}`);
    const { initiator, responder } = await shake(startInitiator(base), startResponder(base), (message) => {
      if (message.type !== type) return message;
      switch (message.type) {
        case 'key':
          return { ...message, key: alter(message.key) };
        case 'reveal':
        case 'finish':
          return { ...message, encapsulated: alter(message.encapsulated) };
        case 'confirm':
          return { ...message, confirmation: alter(message.confirmation) };
      }
    });
    // Whoever got the altered message is never sealed; `finish` was right, so only the last message can be lost on one.
    expect(codeOf(type === 'key' || type === 'finish' ? initiator : responder)).toBe('verification-mismatch');
    if (type !== 'confirm') expect(codeOf(initiator)).toBe('verification-mismatch');
  });

  test.each([
    ['the all-zero key', new Uint8Array(32)],
    // u = 1, of order 4: whatever it is multiplied with, the result is known (RFC 7748 section 6.1).
    ['a key of small order', new Uint8Array(32).fill(1, 0, 1)],
  ])('when somebody sends %s', async (_name, point) => {
    const key = Buffer.from(point).toString('base64url');
    const { initiator } = await shake(startInitiator(base), startResponder(base), (message) =>
      message.type === 'key' ? { ...message, key } : message,
    );
    expect(codeOf(initiator)).toBe('protocol-violation');
    const { responder } = await shake(startInitiator(base), startResponder(base), (message) =>
      message.type === 'reveal' ? { ...message, encapsulated: key } : message,
    );
    expect(codeOf(responder)).toBe('protocol-violation');
  });
});

describe('a handshake message out of its turn', () => {
  const TYPES = ['commit', 'key', 'reveal', 'finish', 'confirm'] as const;

  /** A handshake that waits for the message `expected`, and all five messages of a good handshake. */
  async function waitingFor(expected: (typeof TYPES)[number]) {
    const context = contextWith();
    const [initiator, responder] = [startInitiator(context), startResponder(context)];
    const messages = new Map<string, HandshakeMessage>();
    let waiting: SealingHandshake | undefined;
    // The rest of the run goes on with a twin, so that every message exists.
    await responder.start();
    let { send } = await initiator.start();
    let [to, other] = [responder, initiator];
    for (const type of TYPES) {
      const [message] = send;
      if (message === undefined) throw new Error('expected a message');
      messages.set(type, message);
      if (type === expected) {
        waiting = to;
        break;
      }
      ({ send } = await to.receive(message));
      [to, other] = [other, to];
    }
    const good = await shake(startInitiator(context), startResponder(context));
    for (const message of good.said) if (!messages.has(message.type)) messages.set(message.type, message);
    if (waiting === undefined) throw new Error('expected a handshake');
    return { waiting, messages };
  }

  const cases = TYPES.flatMap((expected) =>
    TYPES.filter((type) => type !== expected).map((type) => [type, expected] as const),
  );
  test.each(cases)(
    '(%s where %s is due) ends the link: replayed, reflected, early or late alike',
    async (type, due) => {
      const { waiting, messages } = await waitingFor(due);
      const message = messages.get(type);
      if (message === undefined) throw new Error('expected a message');
      await expect(waiting.receive(message)).rejects.toMatchObject({
        code: 'protocol-violation',
        message: `a handshake message came out of order: ${type}`,
      });
    },
  );

  test.each(TYPES)('(%s once more after the end) ends the link', async (type) => {
    const context = contextWith();
    const [initiator, responder] = [startInitiator(context), startResponder(context)];
    const { said } = await shake(initiator, responder);
    const message = said.find((one) => one.type === type);
    if (message === undefined) throw new Error('expected a message');
    for (const side of [initiator, responder])
      await expect(side.receive(message)).rejects.toMatchObject({ code: 'protocol-violation' });
  });

  test('deserves no answer', () => {
    expect(refusalFor(new SnapError('protocol-violation', 'out of order'))).toBeUndefined();
    expect(refusalFor(new SnapError('internal', 'anything', { cause: new Error('mismatch') }))).toBeUndefined();
  });
});

describe('a sealed frame', () => {
  const frames = async () => {
    const { one, two } = await sealedPair();
    return { one, two, messages: [0, 1, 2].map((byte) => one.seal(Uint8Array.of(byte, byte, byte))) };
  };
  const nth = (messages: Uint8Array[], at: number): Uint8Array => {
    const message = messages[at];
    if (message === undefined) throw new Error('no such message');
    return message;
  };

  test('carries a counter that starts at 0 and grows by 1 in each direction', async () => {
    const { one, two, messages } = await frames();
    expect(messages.map((message) => frameOf(message).counter)).toEqual([0, 1, 2]);
    expect(frameOf(two.seal(Uint8Array.of(9))).counter).toBe(0);
    expect(frameOf(one.seal(Uint8Array.of(9))).counter).toBe(3);
  });

  test('is refused when it was replayed, dropped or reordered, by name', async () => {
    const { two, messages } = await frames();
    expect(two.open(frameOf(nth(messages, 0))).ok).toBe(true);
    const problem = /replayed, lost or out of order/;
    expect(two.open(frameOf(nth(messages, 0)))).toEqual({ ok: false, problem: expect.stringMatching(problem) });
    expect(two.open(frameOf(nth(messages, 2)))).toEqual({ ok: false, problem: expect.stringMatching(problem) });
    // And still only the right one is taken.
    expect(two.open(frameOf(nth(messages, 1))).ok).toBe(true);
  });

  test('is refused when it was sent back to its sender', async () => {
    const { one, messages } = await frames();
    expect(one.open(frameOf(nth(messages, 0)))).toEqual({ ok: false, problem: expect.stringMatching(/reflected/) });
  });

  test('is refused when any byte of it was altered', async () => {
    const { two, messages } = await frames();
    const message = nth(messages, 0);
    for (let at = 0; at < message.length; at += 1) {
      const read = readOuter(message.map((byte, index) => (index === at ? byte ^ 0x80 : byte)));
      if (read.ok && read.frame.type === 'sealed') expect(two.open(read.frame).ok).toBe(false);
    }
    expect(two.open(frameOf(message)).ok).toBe(true);
  });

  test('is refused when its end is missing', async () => {
    const { two, messages } = await frames();
    const message = nth(messages, 0);
    for (let length = 0; length < message.length; length += 1) {
      const read = readOuter(message.subarray(0, length));
      if (read.ok) expect(read.frame.type === 'sealed' && two.open(read.frame).ok).toBe(false);
    }
  });

  test('under another counter than its own is refused', async () => {
    const { two, messages } = await frames();
    const forged = Uint8Array.from(nth(messages, 1));
    forged[8] = 0;
    expect(two.open(frameOf(forged))).toEqual({ ok: false, problem: expect.stringMatching(/altered/) });
  });
});
