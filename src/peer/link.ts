import { SnapError, toSnapError } from '../protocol/errors.ts';
import { encodeControl, type InnerFrame } from '../protocol/frames.ts';
import type { ControlMessage } from '../protocol/control.ts';
import { LIMITS } from '../protocol/limits.ts';
import { compareAttempts, type AttemptId, type PeerSignal } from '../protocol/signals.ts';
import { Attempt, type AttemptPorts } from './attempt.ts';
import { Liveness } from './liveness.ts';
import type { Route } from './rtc.ts';

export interface LinkEvents {
  onSignal(signal: PeerSignal): void;
  onConnected(details: {
    route: Route | undefined;
    verified: boolean;
    words: readonly string[] | undefined;
    ms: number;
  }): void;
  onFrame(frame: InnerFrame): void;
  onDrain(): void;
  /** The connection died or was given up; the link goes on trying. */
  onLost(error: SnapError): void;
  /** No attempt succeeded for `UNREACHABLE_MS`; said once until one does. The link goes on trying. */
  onUnreachable(error: SnapError): void;
  /** The other peer said goodbye. */
  onBye(): void;
  /** Over for good: the other peer broke the protocol or is not who it should be. */
  onRefused(error: SnapError): void;
}

/** After this long without a connection somebody should be told, ms. */
export const UNREACHABLE_MS = 30_000;
/** Pauses before our own next attempt, ms; the last one repeats. Each is drawn from [0.5, 1.5) of its value. */
const RETRY_MS = [250, 500, 1_000, 2_000, 4_000, 8_000];
/** How long the side that did not start the last attempt leaves it to the other one, ms. */
const PATIENCE_MS = 12_000;
/** How long a goodbye may take to be answered before the connection is closed, ms. */
const FAREWELL_MS = 600;

type AttemptSignal = Exclude<PeerSignal, { type: 'stale' }>;

/**
 * The link to one remote peer: a series of attempts that outlives any of them. Either side may start one at any time;
 * the attempt with the higher id counts, so that both agree without asking. Its own heartbeats decide whether the other
 * side is there, whatever the WebRTC stack believes.
 */
export class Link {
  readonly #ports: AttemptPorts;
  readonly #events: LinkEvents;
  readonly #liveness: Liveness;
  #attempt: Attempt | undefined;
  #latest: AttemptId | undefined;
  /** Candidates that overtook the offer of a newer attempt. */
  #early: AttemptSignal[] = [];
  #failures = 0;
  #startedAt: number;
  #toldUnreachable = false;
  /** May signals be exchanged now? Without the daemon nothing new can be tried. */
  #reachable = true;
  #cancelRetry: () => void = () => {};
  /** Over for good: nothing is tried, handled or reported any more. */
  #ended = false;
  #closing: Promise<void> | undefined;
  /** The other side has answered our goodbye, or is gone. */
  #onParted: () => void = () => {};

  /** `offer`: start at once, as the newcomer does; otherwise wait for the other side to. */
  constructor(ports: AttemptPorts, offer: boolean, events: LinkEvents) {
    this.#ports = ports;
    this.#events = events;
    this.#startedAt = ports.clock.now();
    this.#liveness = new Liveness(ports.clock, {
      onIdle: () => this.#trySend({ type: 'heartbeat' }),
      onSilent: (ms) =>
        this.#drop(new SnapError('link-lost', `nothing was heard from the other peer for ${Math.round(ms / 1_000)} s`)),
    });
    this.#retryIn(offer ? 0 : PATIENCE_MS);
  }

  get connected(): boolean {
    return !this.#ended && (this.#attempt?.open ?? false);
  }

  get bufferedBytes(): number {
    return this.#attempt?.bufferedBytes ?? 0;
  }

  get maxMessageBytes(): number {
    return this.#attempt?.maxMessageBytes ?? 0;
  }

  /** Signals cannot be exchanged for now (we or the other peer lost the daemon), or can again. */
  setReachable(reachable: boolean): void {
    if (this.#reachable === reachable || this.#ended) return;
    this.#reachable = reachable;
    if (!reachable || this.connected) return;
    // What was under way has lost signals: begin anew, one side first.
    this.#failures = 0;
    this.#retryIn(this.#yields ? PATIENCE_MS / 4 : 0);
  }

  /** The network has changed, or this device was asleep: an open connection has to prove itself, a pause is over. */
  hurry(): void {
    if (this.connected) this.#liveness.doubt();
    else if (this.#attempt === undefined) this.#retryIn(0);
    this.#failures = 0;
  }

  receiveSignal(signal: PeerSignal): void {
    if (this.#ended) return;
    const { by } = signal.attempt;
    // Nobody else has a say in what happens between us two.
    if (by !== this.#ports.self && by !== this.#ports.remote) return;
    const order = this.#latest === undefined ? 1 : compareAttempts(signal.attempt, this.#latest);
    if (signal.type === 'stale') {
      // The other side has come further than we have, before we met (again): start above it.
      if (order > 0) this.#start(signal.attempt.n + 1);
    } else if (order === 0) {
      this.#attempt?.receiveSignal(signal);
    } else if (by === this.#ports.remote) {
      if (signal.type === 'candidate' && order > 0) this.#keepEarly(signal);
      else if (signal.type === 'description' && signal.kind === 'offer') this.#receiveOffer(signal, order);
    }
  }

  /** @throws SnapError `link-lost` when it is not connected */
  send(message: ControlMessage): void {
    this.sendFrame(encodeControl(message));
  }

  /** @throws SnapError `link-lost` when it is not connected */
  sendFrame(frame: Uint8Array): void {
    if (this.#attempt === undefined || this.#ended) throw new SnapError('link-lost', 'the link is not connected');
    this.#attempt.send(frame);
    this.#liveness.said();
  }

  /** Ends the link for good because of what the other peer did. */
  refuse(error: SnapError): void {
    if (this.#ended) return;
    this.#end();
    void this.#attempt?.close();
    this.#events.onRefused(error);
  }

  /** Says goodbye where that is possible and closes. Never rejects, ends within `FAREWELL_MS` and a little. */
  close(): Promise<void> {
    this.#closing ??= this.#sayBye() ? this.#part(FAREWELL_MS) : this.#close();
    return this.#closing;
  }

  /** Of two peers, the one that waits a little when both lost each other. */
  get #yields(): boolean {
    return this.#ports.self < this.#ports.remote;
  }

  #keepEarly(signal: AttemptSignal): void {
    const [kept] = this.#early;
    const order = kept === undefined ? 0 : compareAttempts(signal.attempt, kept.attempt);
    if (order < 0) return;
    if (order > 0) this.#early = [];
    if (this.#early.length < LIMITS.earlySignals) this.#early.push(signal);
  }

  #receiveOffer(offer: AttemptSignal, order: number): void {
    if (order < 0) {
      if (this.#latest !== undefined) this.#events.onSignal({ type: 'stale', attempt: this.#latest });
      return;
    }
    const early = this.#early.splice(0).filter(({ attempt }) => compareAttempts(attempt, offer.attempt) === 0);
    this.#replace(offer.attempt);
    for (const signal of [offer, ...early]) this.#attempt?.receiveSignal(signal);
  }

  #retryIn(ms: number): void {
    this.#cancelRetry();
    if (this.#ended) return;
    this.#cancelRetry = this.#ports.clock.after(ms, () => {
      if (this.#reachable) this.#start((this.#latest?.n ?? 0) + 1);
    });
  }

  #start(n: number): void {
    this.#replace({ n, by: this.#ports.self });
  }

  #replace(id: AttemptId): void {
    const old = this.#attempt;
    this.#attempt = undefined;
    this.#cancelRetry();
    this.#latest = id;
    const wasOpen = old?.open ?? false;
    void old?.close();
    if (wasOpen) this.#lose(new SnapError('link-lost', 'the other peer started a new connection'));
    // Whoever heard of that may have closed the link.
    if (this.#ended) return;
    let opened = false;
    try {
      const attempt: Attempt = new Attempt(id, this.#ports, {
        onSignal: (signal) => this.#events.onSignal(signal),
        onOpen: ({ verified, words }, route) => {
          opened = true;
          this.#connect();
          const ms = this.#ports.clock.now() - this.#startedAt;
          this.#events.onConnected({ route, verified, words, ms });
        },
        onFrame: (frame) => this.#receive(frame),
        onDrain: () => this.#events.onDrain(),
        onEnded: (error) => this.#attemptEnded(attempt, error, opened),
      });
      this.#attempt = attempt;
    } catch (error) {
      // No WebRTC stack, or one that cannot work with what the daemon wants of it: the next attempt would fare no better.
      this.refuse(toSnapError(error));
    }
  }

  #connect(): void {
    // The one that `setReachable` planned while this attempt was under way.
    this.#cancelRetry();
    this.#failures = 0;
    this.#toldUnreachable = false;
    this.#liveness.start();
  }

  #receive(frame: InnerFrame): void {
    const isBye = frame.type === 'control' && frame.message.type === 'bye';
    if (this.#ended) {
      // The answer to our goodbye, or their own; anything else came too late.
      if (isBye) this.#onParted();
      return;
    }
    this.#liveness.heard();
    if (isBye) {
      // Whoever said goodbye first closes first: closing here at once would drop the answer.
      this.#closing ??= this.#sayBye() ? this.#part(FAREWELL_MS / 2) : this.#close();
      this.#events.onBye();
    } else if (frame.type === 'chunk' || frame.message.type !== 'heartbeat') {
      this.#events.onFrame(frame);
    }
  }

  /** Says goodbye and ends; true when it could be said. */
  #sayBye(): boolean {
    const said = this.connected && this.#trySend({ type: 'bye' });
    this.#end();
    return said;
  }

  /** Waits until the other side has closed or answered, at most `ms`, and closes. */
  async #part(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#ports.clock.after(ms, resolve);
      this.#onParted = () => {
        cancel();
        resolve();
      };
    });
    await this.#close();
  }

  async #close(): Promise<void> {
    await this.#attempt?.close();
  }

  /** False when it could not be sent; the attempt reports its end by itself. */
  #trySend(message: ControlMessage): boolean {
    try {
      this.send(message);
      return true;
    } catch {
      return false;
    }
  }

  /** Gives up an open connection and begins anew. */
  #drop(error: SnapError): void {
    void this.#attempt?.close();
    this.#attempt = undefined;
    this.#lose(error);
    this.#retryIn(this.#yields ? PATIENCE_MS / 4 : 0);
  }

  #lose(error: SnapError): void {
    this.#liveness.stop();
    this.#startedAt = this.#ports.clock.now();
    this.#events.onLost(error);
  }

  #attemptEnded(attempt: Attempt, error: SnapError, opened: boolean): void {
    if (this.#ended) {
      this.#onParted();
      void attempt.close();
      return;
    }
    if (attempt !== this.#attempt) return;
    if (error.code === 'verification-mismatch' || error.code === 'protocol-violation') {
      this.refuse(error);
      return;
    }
    if (opened) {
      this.#drop(error);
      return;
    }
    this.#attempt = undefined;
    void attempt.close();
    this.#failures += 1;
    if (!this.#toldUnreachable && this.#ports.clock.now() - this.#startedAt >= UNREACHABLE_MS) {
      this.#toldUnreachable = true;
      this.#events.onUnreachable(error);
    }
    const ours = attempt.id.by === this.#ports.self;
    const pause = RETRY_MS[Math.min(this.#failures, RETRY_MS.length) - 1] ?? 0;
    this.#retryIn(ours ? pause * (0.5 + this.#ports.clock.random()) : PATIENCE_MS);
  }

  #end(): void {
    this.#ended = true;
    this.#early = [];
    this.#cancelRetry();
    this.#liveness.stop();
  }
}
