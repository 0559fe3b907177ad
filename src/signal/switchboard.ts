import type { IncomingMessage } from 'node:http';
import type { CloseReason } from '../protocol/closes.ts';
import { toSnapError } from '../protocol/errors.ts';
import { formatMessage, type DaemonMessage, type Transport } from '../protocol/signaling.ts';
import { readClientFrame, relayFrame, type Text } from './client-frame.ts';
import type { DaemonLimits } from './daemon-limits.ts';
import type { Effect, Notice } from './effects.ts';
import type { DaemonEvent } from './events.ts';
import { Rooms, type RoomsOptions } from './rooms.ts';
import type { UpgradeRefusal } from './upgrade.ts';

/** The port to a transport: one client's two-way stream of text frames. */
export interface Line {
  readonly transport: Transport;
  /** Dropped when the line is closing. */
  send(frame: Text): void;
  /** Ends the stream; the transport calls nothing for this line afterwards but `gone`. */
  close(reason: CloseReason): void;
  /** Bytes sent that the client has not taken yet. */
  readonly queuedBytes: number;
}

/** Whoever understands what comes over lines: the switchboard for our own protocol, a dialect for a foreign one. */
export interface LineHandler {
  /** Why a client gets no line at present, beside what its transport knows. */
  refuse?(request: IncomingMessage): UpgradeRefusal | undefined;
  /** A client is there. `request` is what it asked with. */
  open(line: Line, request: IncomingMessage): void;
  /** A text frame came. Never throws. */
  receive(line: Line, data: Text): void;
  /** The transport has found a reason to end the line: it is to be closed for it. */
  cut(line: Line, reason: CloseReason): void;
  /** The client's stream is over. */
  gone(line: Line): void;
}

/**
 * Connects lines of any transport to the rooms: frames in, frames out, and the rules of a line's life (join in time, few
 * bad messages, read what is sent). A line is waiting until it has joined, then seated, then gone.
 */
export class Switchboard implements LineHandler {
  readonly #rooms: Rooms<Line, Text>;
  readonly #limits: DaemonLimits;
  readonly #now: () => number;
  readonly #onEvent: (event: DaemonEvent) => void;
  /** Lines that have not joined yet, with their deadline; the order of insertion is the order of deadlines. */
  readonly #waiting = new Map<Line, number>();
  /** Bad messages of seated lines; few have any. */
  readonly #faults = new Map<Line, number>();
  #relayed = 0;

  constructor(options: {
    rooms: RoomsOptions;
    limits: DaemonLimits;
    now: () => number;
    onEvent: (event: DaemonEvent) => void;
  }) {
    this.#rooms = new Rooms(options.rooms);
    this.#limits = options.limits;
    this.#now = options.now;
    this.#onEvent = options.onEvent;
  }

  open(line: Line): void {
    this.#waiting.set(line, this.#now() + this.#limits.joinMs);
  }

  /** A text frame came. One that cannot be handled costs its sender the line and nobody else anything. */
  receive(line: Line, data: Text): void {
    try {
      if (!this.#isOpen(line)) return;
      const frame = readClientFrame(data);
      if (!frame.ok) {
        this.#fault(line, frame.problem);
        return;
      }
      const arrival = { now: this.#now(), transport: line.transport };
      this.#run(this.#rooms.receive(line, frame.message, frame.payload, arrival));
    } catch (error) {
      this.#onEvent({ type: 'failed', error: toSnapError(error) });
      this.cut(line, 'internal-error');
    }
  }

  /** Ends a line for a reason that the transport has found. Its seat is held as if the connection was lost. */
  cut(line: Line, reason: CloseReason): void {
    this.#run(this.#cut(line, reason));
  }

  /** The client's stream is over. */
  gone(line: Line): void {
    this.#forget(line);
    this.#run(this.#rooms.lost(line, this.#now()));
  }

  /** Enforces the deadlines that have passed. */
  sweep(): void {
    const now = this.#now();
    for (const [line, joinBy] of this.#waiting) {
      if (joinBy > now) break;
      this.cut(line, 'join-timeout');
    }
    if ((this.#rooms.nextExpiry() ?? Infinity) <= now) this.#run(this.#rooms.expire(now));
  }

  stats(): { readonly rooms: number; readonly peers: number; readonly relayed: number } {
    return { ...this.#rooms.count(), relayed: this.#relayed };
  }

  #isOpen(line: Line): boolean {
    return this.#rooms.isSeated(line) || this.#waiting.has(line);
  }

  #forget(line: Line): void {
    this.#waiting.delete(line);
    this.#faults.delete(line);
  }

  #fault(line: Line, problem: string): void {
    const message: DaemonMessage = { type: 'error', code: 'bad-message', message: problem };
    const faults = (this.#faults.get(line) ?? 0) + 1;
    this.#faults.set(line, faults);
    const effects = this.#send(line, formatMessage(message));
    if (this.#waiting.has(line) || faults > this.#limits.badMessages) effects.push(...this.#cut(line, 'bad-message'));
    this.#run(effects);
  }

  #cut(line: Line, reason: CloseReason): Notice<Line>[] {
    const seat = this.#rooms.seatOf(line);
    if (seat !== undefined) this.#onEvent({ type: 'cut', reason, ...seat });
    else if (this.#waiting.has(line)) this.#onEvent({ type: 'refused', reason });
    this.#forget(line);
    line.close(reason);
    return this.#rooms.lost(line, this.#now());
  }

  /** Sending may cut a slow line, which has effects of its own; they come after the others, so all see one order. */
  #run(effects: Effect<Line, Text>[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'relay':
          this.#relayed += 1;
          effects.push(...this.#send(effect.to, relayFrame(effect.from, effect.payload)));
          break;
        case 'send':
          if (effect.message.type === 'welcome') this.#waiting.delete(effect.to);
          effects.push(...this.#send(effect.to, formatMessage(effect.message)));
          break;
        case 'close':
          this.#forget(effect.connection);
          effect.connection.close(effect.reason);
          break;
        case 'note':
          this.#onEvent(effect.event);
          break;
      }
    }
  }

  #send(line: Line, frame: Text): Notice<Line>[] {
    line.send(frame);
    return line.queuedBytes > this.#limits.queuedBytes ? this.#cut(line, 'slow-consumer') : [];
  }
}
