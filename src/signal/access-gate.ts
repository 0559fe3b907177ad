import type { IncomingMessage } from 'node:http';
import type { CloseReason } from '../protocol/closes.ts';
import { toSnapError } from '../protocol/errors.ts';
import { formatMessage, type ClientMessage } from '../protocol/signaling.ts';
import type { AccessKeys, AccessProblem } from './access.ts';
import type { AddressOf } from './client-address.ts';
import { readClientFrame, type Text } from './client-frame.ts';
import type { DaemonLimits } from './daemon-limits.ts';
import type { DaemonEvent } from './events.ts';
import { FailedJoins } from './failed-joins.ts';
import type { Line, LineHandler } from './switchboard.ts';
import type { UpgradeRefusal } from './upgrade.ts';

/** Messages that a client may send while its join is being looked at; it has no reason to send more than a `ping`. */
const HELD_MAX = 16;

/** A message that names a room. */
type Asking = Extract<ClientMessage, { readonly room: string }>;

/**
 * Stands before the rooms of a private daemon: what names a room goes on once it has shown a key or a token, and what the
 * same client says meanwhile waits behind it. Who fails too often is not looked at for a while.
 */
export class AccessGate implements LineHandler {
  readonly #inner: LineHandler;
  readonly #keys: AccessKeys;
  readonly #failed: FailedJoins;
  readonly #options: GateOptions;
  readonly #addresses = new WeakMap<Line, string>();
  /** Lines that have shown what is good: others at the same address do not hold them off. */
  readonly #admitted = new WeakSet<Line>();
  /** What waits behind a message that is being looked at. */
  readonly #held = new Map<Line, Text[]>();
  /** The last check of each address that has one: they go one after the other, so that many at once are no way around the limit. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(inner: LineHandler, keys: AccessKeys, options: GateOptions) {
    this.#inner = inner;
    this.#keys = keys;
    this.#options = options;
    this.#failed = new FailedJoins(options.limits, options.now);
  }

  refuse(request: IncomingMessage): UpgradeRefusal | undefined {
    const waitMs = this.#failed.waitMs(this.#options.addressOf(request));
    if (waitMs === 0) return undefined;
    const retryAfterS = Math.ceil(waitMs / 1_000);
    const line = `too many joins from this address have failed: try again in ${retryAfterS} s`;
    return { status: 429, code: 'too-many-attempts', line, retryAfterS };
  }

  open(line: Line, request: IncomingMessage): void {
    this.#addresses.set(line, this.#options.addressOf(request));
    this.#inner.open(line, request);
  }

  receive(line: Line, data: Text): void {
    const held = this.#held.get(line);
    if (held === undefined) this.#receive(line, data);
    else if (held.length < HELD_MAX) held.push(data);
    else this.cut(line, 'bad-message');
  }

  cut(line: Line, reason: CloseReason): void {
    this.#held.delete(line);
    this.#inner.cut(line, reason);
  }

  gone(line: Line): void {
    this.#held.delete(line);
    this.#inner.gone(line);
  }

  #receive(line: Line, data: Text): void {
    const frame = readClientFrame(data);
    if (!frame.ok || !('room' in frame.message)) {
      this.#inner.receive(line, data);
      return;
    }
    const { message } = frame;
    this.#held.set(line, []);
    const address = this.#addresses.get(line) ?? '';
    const turn = (this.#turns.get(address) ?? Promise.resolve()).then(() => this.#check(line, data, message, address));
    this.#turns.set(address, turn);
    void turn.then(() => {
      if (this.#turns.get(address) === turn) this.#turns.delete(address);
    });
  }

  /** Never rejects. */
  async #check(line: Line, data: Text, { room, access }: Asking, address: string): Promise<void> {
    try {
      if (!this.#held.has(line)) return;
      if (!this.#admitted.has(line) && this.#failed.waitMs(address) > 0) {
        this.cut(line, 'too-many-attempts');
        return;
      }
      const problem = await this.#keys.check(access, room, this.#options.date());
      // Showing nothing is no guess: a page finds out like this that it has to ask for a key.
      if (problem !== undefined && problem !== 'missing') this.#failed.add(address);
      const held = this.#held.get(line);
      this.#held.delete(line);
      if (held === undefined) return;
      if (problem !== undefined) {
        this.#deny(line, room, problem);
        return;
      }
      this.#admitted.add(line);
      this.#inner.receive(line, data);
      for (const next of held) this.receive(line, next);
    } catch (error) {
      this.#options.onEvent({ type: 'failed', error: toSnapError(error) });
      this.cut(line, 'internal-error');
    }
  }

  #deny(line: Line, room: string, problem: AccessProblem): void {
    line.send(formatMessage({ type: 'error', code: 'access-denied', message: MESSAGES[problem] }));
    this.#inner.gone(line);
    line.close('access-denied');
    this.#options.onEvent({ type: 'refused', reason: 'access-denied', room, problem });
  }
}

export interface GateOptions {
  readonly limits: DaemonLimits;
  /** Milliseconds that only grow. */
  readonly now: () => number;
  /** The time of the day, ms: tokens expire by it. */
  readonly date: () => number;
  readonly addressOf: AddressOf;
  readonly onEvent: (event: DaemonEvent) => void;
}

const MESSAGES: Readonly<Record<AccessProblem, string>> = {
  missing: 'expected a key or a token, got none',
  wrong: 'expected one of its keys or a token signed with one, got neither',
  expired: 'expected a token that is still good, got one that has expired',
  'other-room': 'expected a token for this room, got one for another',
};
