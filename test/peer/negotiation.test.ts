import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/protocol/limits.ts';
import { fingerprintIn, Negotiation } from '../../src/peer/negotiation.ts';
import type { RtcCandidate, RtcConnection } from '../../src/peer/rtc.ts';
import { settle } from './fake-clock.ts';

/** A connection that notes what is asked of it, and takes as long as the test wants. */
class NotedConnection implements RtcConnection {
  readonly asked: string[] = [];
  readonly bufferedBytes = 0;
  readonly maxMessageBytes = 65_536;
  rollbackError: Error | undefined;
  #offers = 0;
  #held: (() => void)[] | undefined;

  /** From now on nothing is answered until `release`. */
  hold(): void {
    this.#held = [];
  }

  async release(): Promise<void> {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const go of held) go();
    await settle();
  }

  async offer(): Promise<string> {
    this.#offers += 1;
    await this.#asked('offer');
    return `own offer ${this.#offers}`;
  }

  async answer(sdp: string): Promise<string> {
    await this.#asked(`answer ${sdp}`);
    return `answer to ${sdp}`;
  }

  async acceptAnswer(sdp: string): Promise<void> {
    await this.#asked(`accept ${sdp}`);
  }

  async rollback(): Promise<void> {
    await this.#asked('rollback');
    if (this.rollbackError !== undefined) throw this.rollbackError;
  }

  addCandidate({ candidate }: RtcCandidate): void {
    this.asked.push(`candidate ${candidate}`);
  }

  send(): void {}

  route(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #asked(what: string): Promise<void> {
    this.asked.push(what);
    if (this.#held !== undefined) await new Promise<void>((resolve) => this.#held?.push(resolve));
  }
}

function negotiate(polite: boolean) {
  const connection = new NotedConnection();
  const told: string[] = [];
  const negotiation = new Negotiation(connection, polite, {
    onDescription: ({ kind, sdp }) => told.push(`${kind}: ${sdp}`),
    onAgreed: (local, remote) => told.push(`agreed on ${local} and ${remote}`),
    onFailed: (cause) => told.push(`failed: ${String(cause)}`),
  });
  return { connection, told, negotiation };
}

const candidate = (name: string): RtcCandidate => ({ candidate: name });

describe('signals', () => {
  test('are applied one after the other, however long each takes', async () => {
    const { connection, negotiation } = negotiate(true);
    connection.hold();
    negotiation.receive({ kind: 'offer', sdp: 'a' });
    negotiation.addCandidate(candidate('1'));
    negotiation.receive({ kind: 'offer', sdp: 'b' });
    negotiation.addCandidate(candidate('2'));
    await settle();
    expect(connection.asked).toEqual(['answer a']);
    await connection.release();
    expect(connection.asked).toEqual(['answer a', 'candidate 1', 'answer b', 'candidate 2']);
  });

  test('keep candidates that come before the description, and apply them once after it', async () => {
    const { connection, negotiation, told } = negotiate(false);
    negotiation.offer();
    negotiation.addCandidate(candidate('1'));
    negotiation.addCandidate(candidate('2'));
    await settle();
    expect(connection.asked).toEqual(['offer']);
    negotiation.receive({ kind: 'answer', sdp: 'a' });
    negotiation.addCandidate(candidate('3'));
    await settle();
    expect(connection.asked).toEqual(['offer', 'accept a', 'candidate 1', 'candidate 2', 'candidate 3']);
    expect(told).toEqual(['offer: own offer 1', 'agreed on own offer 1 and a']);
  });

  test('cannot fill the memory with candidates for a description that never comes', async () => {
    const { connection, negotiation } = negotiate(true);
    for (let name = 0; name < 1_000; name += 1) negotiation.addCandidate(candidate(String(name)));
    negotiation.receive({ kind: 'offer', sdp: 'a' });
    await settle();
    expect(connection.asked).toHaveLength(1 + LIMITS.earlySignals);
  });

  test('that cannot be applied are told once, and what follows goes on', async () => {
    const { connection, negotiation, told } = negotiate(true);
    connection.answer = () => Promise.reject(new Error('no such thing'));
    negotiation.receive({ kind: 'offer', sdp: 'a' });
    await settle();
    expect(told).toEqual(['failed: Error: no such thing']);
  });

  test('do nothing after the end, also those that were waiting', async () => {
    const { connection, negotiation, told } = negotiate(true);
    connection.hold();
    negotiation.receive({ kind: 'offer', sdp: 'a' });
    negotiation.receive({ kind: 'offer', sdp: 'b' });
    await settle();
    negotiation.end();
    await connection.release();
    negotiation.receive({ kind: 'offer', sdp: 'c' });
    negotiation.offer();
    await settle();
    expect(connection.asked).toEqual(['answer a']);
    expect(told).toEqual([]);
  });
});

describe('offers that cross', () => {
  test('are settled by the polite side, which takes its own back and answers', async () => {
    const { connection, negotiation, told } = negotiate(true);
    negotiation.offer();
    negotiation.receive({ kind: 'offer', sdp: 'theirs' });
    await settle();
    expect(connection.asked).toEqual(['offer', 'rollback', 'answer theirs']);
    expect(told).toEqual(['offer: own offer 1', 'answer: answer to theirs', 'agreed on answer to theirs and theirs']);
  });

  test('are settled by the impolite side, which ignores the other one with its candidates', async () => {
    const { connection, negotiation, told } = negotiate(false);
    negotiation.offer();
    negotiation.receive({ kind: 'offer', sdp: 'theirs' });
    negotiation.addCandidate(candidate('of the ignored offer'));
    negotiation.receive({ kind: 'answer', sdp: 'answer' });
    negotiation.addCandidate(candidate('of the answer'));
    await settle();
    expect(connection.asked).toEqual(['offer', 'accept answer', 'candidate of the answer']);
    expect(told).toEqual(['offer: own offer 1', 'agreed on own offer 1 and answer']);
  });

  test('are seen as crossing also while our own is still being made', async () => {
    const { connection, negotiation } = negotiate(false);
    connection.hold();
    negotiation.offer();
    negotiation.receive({ kind: 'offer', sdp: 'theirs' });
    await settle();
    await connection.release();
    expect(connection.asked).toEqual(['offer']);
  });

  test('end in a named failure where the stack cannot take an offer back', async () => {
    const { connection, negotiation, told } = negotiate(true);
    connection.rollbackError = new Error('no rollback here');
    negotiation.offer();
    negotiation.receive({ kind: 'offer', sdp: 'theirs' });
    await settle();
    expect(told).toEqual(['offer: own offer 1', 'failed: Error: no rollback here']);
  });
});

test('an answer to an offer that was taken back is ignored', async () => {
  const { connection, negotiation, told } = negotiate(true);
  negotiation.offer();
  negotiation.receive({ kind: 'offer', sdp: 'theirs' });
  negotiation.receive({ kind: 'answer', sdp: 'late' });
  await settle();
  expect(connection.asked).toEqual(['offer', 'rollback', 'answer theirs']);
  expect(told).toHaveLength(3);
});

test('an answer that nobody asked for is ignored', async () => {
  const { connection, negotiation, told } = negotiate(true);
  negotiation.receive({ kind: 'answer', sdp: 'out of the blue' });
  await settle();
  expect([connection.asked, told]).toEqual([[], []]);
});

test('after an answer either side may offer again', async () => {
  const { connection, negotiation } = negotiate(false);
  negotiation.offer();
  negotiation.receive({ kind: 'answer', sdp: 'a' });
  negotiation.receive({ kind: 'offer', sdp: 'b' });
  await settle();
  negotiation.offer();
  await settle();
  expect(connection.asked).toEqual(['offer', 'accept a', 'answer b', 'offer']);
});

describe('the fingerprint of a description', () => {
  const one = Array.from({ length: 32 }, () => 'ab').join(':');
  const two = Array.from({ length: 32 }, () => 'cd').join(':');

  test('is read in any case, from the session or a section', () => {
    expect(fingerprintIn(`v=0\r\na=fingerprint:sha-256 ${one}\r\nm=application\r\n`)).toBe(one.toUpperCase());
    expect(fingerprintIn(`v=0\nm=application\na=fingerprint:SHA-256 ${one.toUpperCase()}`)).toBe(one.toUpperCase());
    expect(fingerprintIn(`a=fingerprint:sha-256 ${one}\r\na=fingerprint:sha-256 ${one}\r\n`)).toBe(one.toUpperCase());
  });

  test('is none when there are several: a certificate of any of them would be taken', () => {
    expect(fingerprintIn(`a=fingerprint:sha-256 ${one}\r\na=fingerprint:sha-256 ${two}\r\n`)).toBeUndefined();
    expect(fingerprintIn(`a=fingerprint:sha-256 ${one}\r\na=fingerprint:sha-512 ${two}\r\n`)).toBeUndefined();
  });

  test('is none when it is of another kind or shape', () => {
    expect(fingerprintIn('v=0\r\n')).toBeUndefined();
    expect(fingerprintIn(`a=fingerprint:sha-1 ${one}\r\n`)).toBeUndefined();
    expect(fingerprintIn(`a=fingerprint:sha-256 ${one}:ab\r\n`)).toBeUndefined();
    expect(fingerprintIn(`a=fingerprint:sha-256 ${one.slice(3)}\r\n`)).toBeUndefined();
  });
});
