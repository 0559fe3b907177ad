import { closeReasonOf, CLOSES } from '../protocol/closes.ts';
import type { SnapError } from '../protocol/errors.ts';
import { LIMITS } from '../protocol/limits.ts';
import {
  formatMessage,
  oneLine,
  parseDaemonMessage,
  type ClientMessage,
  type DaemonMessage,
  type PeerKind,
} from '../protocol/signaling.ts';
import type { Clock } from './clock.ts';
import { closeError, strangeWords } from './daemon-error.ts';
import type { OpenSignalSocket, SignalSocket, SignalSocketClose, Transport } from './signal-socket.ts';

export type Welcome = Extract<DaemonMessage, { type: 'welcome' }>;

export interface SignalingOptions {
  /** The daemon's base address, as people write it: `http://127.0.0.1:8787/`. */
  readonly server: string;
  readonly room: string;
  readonly name: string;
  readonly kind: PeerKind;
  /** A key or token for a private daemon. */
  readonly access?: string;
  readonly openSocket: OpenSignalSocket;
  readonly clock: Clock;
}

export interface SignalingEvents {
  /** Admitted: the first time, or again with our old seat. */
  onWelcome(welcome: Welcome, transport: Transport): void;
  onMessage(message: Exclude<DaemonMessage, { type: 'welcome' | 'pong' }>, payload: string): void;
  /** The daemon is out of reach; the client goes on trying. Once until the next welcome. */
  onLost(error: SnapError): void;
  /** The daemon does not want us, or there is no daemon: it makes no sense to go on. */
  onRefused(error: SnapError): void;
}

/** Until the first welcome a daemon that cannot be reached is tried for this long, ms: it may be starting this moment. */
export const FIRST_CONTACT_MS = 3_000;
/** How long one connection may take until `welcome`, ms. */
const WELCOME_MS = 10_000;
/** How long a connection that was doubted may take to prove itself alive, ms. */
const PROBE_MS = 3_000;
/** Pauses between attempts, ms; the last repeats. Each is drawn from [0.5, 1.5) of it, so that a thousand clients of a
 * restarted daemon do not come back in the same instant. */
const RETRY_MS = [250, 500, 1_000, 2_000, 4_000, 8_000];

/**
 * Keeps a seat in one room: connects, joins, proves the connection alive, and after any loss comes back with the token of
 * its seat, or when its session is over as another peer. The daemon may be restarted meanwhile; links to other peers do not notice.
 */
export class SignalingClient {
  readonly #options: SignalingOptions;
  readonly #events: SignalingEvents;
  #socket: SignalSocket | undefined;
  /** Ends the present connection from this side. */
  #giveUp: (problem: string) => void = () => {};
  #seat: { peer: string; token: string } | undefined;
  /** Has the daemon let us in before? */
  #wasIn = false;
  #admitted = false;
  /** Why the daemon is about to refuse us, in its words. */
  #denial: string | undefined;
  /** What the daemon said about keeping a connection alive. */
  #keepAlive: Pick<Welcome['limits'], 'pingMs' | 'silentMs'> = LIMITS;
  #failures = 0;
  #startedAt = 0;
  #lastAlive = 0;
  #cancelTimer: () => void = () => {};
  #ended = false;

  constructor(options: SignalingOptions, events: SignalingEvents) {
    this.#options = options;
    this.#events = events;
  }

  /** @throws SnapError `usage` when the server is no address */
  start(): void {
    this.#startedAt = this.#options.clock.now();
    this.#connect();
  }

  get connected(): boolean {
    return this.#admitted;
  }

  /** False when the message could not be sent: there is no connection right now. */
  send(message: ClientMessage, payload?: string): boolean {
    if (!this.#admitted || this.#socket === undefined) return false;
    this.#socket.send(formatMessage(message, payload));
    return true;
  }

  /**
   * The network is back, or this device has slept: connects now instead of after the pause, and gives a connection that
   * looks open little time to prove it.
   */
  hurry(): void {
    if (this.#ended) return;
    this.#failures = 0;
    this.#cancelTimer();
    if (this.#socket === undefined) {
      this.#connect();
      return;
    }
    const { clock } = this.#options;
    const doubtedAt = clock.now();
    this.send({ type: 'ping' });
    this.#cancelTimer = clock.after(PROBE_MS, () => {
      if (this.#lastAlive < doubtedAt) this.#giveUp('the network changed');
      else this.#watch();
    });
  }

  /** Gives the seat up. */
  leave(): void {
    if (this.#ended) return;
    this.send({ type: 'leave' });
    this.#end();
  }

  #connect(): void {
    const { clock, openSocket, server } = this.#options;
    // A socket that was given up may still say something, at the latest that it is closed now.
    const isOurs = (): boolean => socket === this.#socket;
    const socket = openSocket(server, {
      onOpen: () => {
        if (isOurs()) socket.send(formatMessage(this.#joinMessage()));
      },
      onMessage: (text) => {
        if (!isOurs()) return;
        this.#lastAlive = clock.now();
        this.#receive(text, socket.transport);
      },
      onAlive: () => {
        if (isOurs()) this.#lastAlive = clock.now();
      },
      onClose: (close) => {
        if (isOurs()) this.#closed(close);
      },
    });
    this.#socket = socket;
    this.#giveUp = (problem) => {
      socket.close();
      this.#closed({ code: 1006, reason: '', problem });
    };
    this.#cancelTimer();
    this.#cancelTimer = clock.after(WELCOME_MS, () => this.#giveUp(`no welcome within ${WELCOME_MS / 1000} s`));
  }

  #joinMessage(): ClientMessage {
    const { room, name, kind, access } = this.#options;
    return { type: 'join', room, name, kind, ...(this.#seat && { seat: this.#seat }), ...(access && { access }) };
  }

  #receive(text: string, transport: Transport): void {
    const parsed = parseDaemonMessage(text);
    if (!parsed.ok) {
      this.#refuse(strangeWords(this.#options.server, parsed.problem));
      return;
    }
    const { message, payload } = parsed;
    switch (message.type) {
      case 'welcome':
        this.#seat = { peer: message.peer, token: message.token };
        this.#admitted = true;
        this.#wasIn = true;
        this.#failures = 0;
        this.#keepAlive = message.limits;
        this.#watch();
        this.#events.onWelcome(message, transport);
        return;
      case 'pong':
        return;
      case 'peer-joined':
      case 'peer-away':
      case 'peer-back':
      case 'peer-left':
      case 'signal':
      case 'error':
        if (message.type === 'error' && message.code === 'access-denied') this.#denial = oneLine(message.message);
        this.#events.onMessage(message, payload);
        return;
    }
  }

  /** Pings a connection that is silent, and gives up one that stays so. */
  #watch(): void {
    const { clock } = this.#options;
    const { pingMs, silentMs } = this.#keepAlive;
    this.#cancelTimer();
    const every = Math.max(1_000, Math.min(pingMs, LIMITS.pingMs));
    this.#cancelTimer = clock.after(every, () => {
      if (clock.now() - this.#lastAlive > Math.max(silentMs, 2 * every)) {
        this.#giveUp('the daemon went silent');
        return;
      }
      this.send({ type: 'ping' });
      this.#watch();
    });
  }

  #closed(close: SignalSocketClose): void {
    const wasAdmitted = this.#admitted;
    this.#socket = undefined;
    this.#admitted = false;
    this.#cancelTimer();
    const reason = closeReasonOf(close.code, close.reason);
    const known = this.#wasIn;
    if (reason === 'session-expired' && this.#seat !== undefined) {
      // The daemon is there, and wants us without it.
      this.#seat = undefined;
      this.#failures = 0;
    }
    const error = closeError(close, reason, this.#options, this.#denial);
    const mayReturn = reason === undefined ? close.refusal === undefined || error.retryable : CLOSES[reason].retry;
    const refused = reason !== undefined || close.refusal !== undefined;
    if (!mayReturn || (refused && !known)) {
      this.#refuse(error);
      return;
    }
    if (!known && this.#options.clock.now() - this.#startedAt >= FIRST_CONTACT_MS) {
      this.#refuse(error);
      return;
    }
    const pause = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? 0;
    this.#failures += 1;
    const jittered = pause * (0.5 + this.#options.clock.random());
    this.#cancelTimer = this.#options.clock.after(Math.max(jittered, error.retryAfterMs ?? 0), () => this.#connect());
    if (wasAdmitted) this.#events.onLost(error);
  }

  #refuse(error: SnapError): void {
    this.#end();
    this.#events.onRefused(error);
  }

  #end(): void {
    this.#ended = true;
    this.#admitted = false;
    this.#cancelTimer();
    this.#socket?.close();
    this.#socket = undefined;
  }
}
