import { CLOSES, type CloseReason } from '../../src/protocol/closes.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import { formatMessage, parseClientMessage, type DaemonMessage, type Transport } from '../../src/protocol/signaling.ts';
import type { Clock } from '../../src/peer/clock.ts';
import { socketUrl } from '../../src/peer/daemon-url.ts';
import type { OpenSignalSocket, SignalSocketClose, SignalSocketEvents } from '../../src/peer/signal-socket.ts';
import type { Effect } from '../../src/signal/effects.ts';
import { Rooms } from '../../src/signal/rooms.ts';
import { makeSeatClaim, peerOf, sessionLeftMs } from '../../src/signal/tokens.ts';

/** One way, ms. */
const LATENCY_MS = 3;

/** The real rooms behind sockets without a network. It can be killed, started again and made to say anything. */
export class FakeDaemon {
  /** Every text that crossed a socket, in either direction. */
  readonly texts: string[] = [];
  readonly sockets: FakeSocket[] = [];
  /** Listens for connections. */
  isUp = true;
  /** What a client's message becomes on its way in; undefined: it is lost. */
  onClientText: (text: string, socket: FakeSocket) => string | undefined = (text) => text;
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #sessionTtlMs: number | undefined;
  #rooms: Rooms<FakeSocket, string>;
  #cancelExpiry = (): void => {};

  constructor(clock: Clock, capacity = 3, sessionTtlMs?: number) {
    this.#clock = clock;
    this.#capacity = capacity;
    this.#sessionTtlMs = sessionTtlMs;
    this.#rooms = this.#open();
  }

  /** The signal socket port of one peer. */
  socketsOf(owner: string): OpenSignalSocket {
    return (server, events) => {
      // As every transport: what is no address is refused at once.
      socketUrl(server);
      const socket = new FakeSocket(this, this.#clock, owner, events);
      this.sockets.push(socket);
      return socket;
    };
  }

  /** The live socket of a peer. */
  socketOf(owner: string): FakeSocket {
    const found = this.sockets.findLast((one) => one.owner === owner && one.isOpen);
    if (found === undefined) throw new Error(`${owner} has no socket`);
    return found;
  }

  /** kill -9. */
  kill(): void {
    this.isUp = false;
    this.#rooms = this.#open();
    for (const socket of this.sockets) socket.lose();
  }

  start(): void {
    this.isUp = true;
  }

  /** The network between the daemon and a peer is gone. */
  drop(owner: string): void {
    this.socketOf(owner).lose();
  }

  receive(socket: FakeSocket, text: string): void {
    this.texts.push(text);
    const arrived = this.onClientText(text, socket);
    if (arrived === undefined) return;
    const parsed = parseClientMessage(arrived);
    if (!parsed.ok) throw new Error(`a client sent what no client may send: ${parsed.problem}`);
    const arrival = { now: this.#clock.now(), transport: socket.transport };
    this.#run(this.#rooms.receive(socket, parsed.message, parsed.payload, arrival));
    if (parsed.message.type === 'join') this.#expireLater();
  }

  gone(socket: FakeSocket): void {
    this.#run(this.#rooms.lost(socket, this.#clock.now()));
    this.#expireLater();
  }

  #expireLater(): void {
    this.#cancelExpiry();
    const next = this.#rooms.nextExpiry();
    if (next === undefined) return;
    this.#cancelExpiry = this.#clock.after(next - this.#clock.now(), () => {
      this.#run(this.#rooms.expire(this.#clock.now()));
      this.#expireLater();
    });
  }

  #open(): Rooms<FakeSocket, string> {
    const clock = this.#clock;
    const ttl = this.#sessionTtlMs;
    return new Rooms({
      capacity: this.#capacity,
      seatHoldMs: LIMITS.seatHoldMs,
      heldSeats: 100,
      makeSeatClaim: () => makeSeatClaim(clock.now()),
      peerOf,
      ...(ttl === undefined ? {} : { sessionLeftMs: (token: string) => sessionLeftMs(token, ttl, clock.now()) }),
      greeting: () => ({
        version: '0.0.0',
        iceServers: [],
        limits: { messageBytes: LIMITS.messageBytes, pingMs: LIMITS.pingMs, silentMs: LIMITS.silentMs },
      }),
    });
  }

  #run(effects: Effect<FakeSocket, string>[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'send':
          effect.to.tell(formatMessage(effect.message));
          break;
        case 'relay':
          effect.to.tell(formatMessage({ type: 'signal', from: effect.from } satisfies DaemonMessage, effect.payload));
          break;
        case 'close':
          effect.connection.end(effect.reason);
          break;
        case 'note':
          break;
      }
    }
  }
}

export class FakeSocket {
  readonly transport: Transport = 'ws';
  readonly owner: string;
  isOpen = false;
  /** Nothing gets through any more, and nobody is told. */
  isCut = false;
  /** The client asked for the end. */
  closedByClient = false;
  #neverOpens = false;
  #closed = false;
  readonly #daemon: FakeDaemon;
  readonly #clock: Clock;
  readonly #events: SignalSocketEvents;

  constructor(daemon: FakeDaemon, clock: Clock, owner: string, events: SignalSocketEvents) {
    this.#daemon = daemon;
    this.#clock = clock;
    this.owner = owner;
    this.#events = events;
    this.#later(() => {
      if (!daemon.isUp) {
        this.close({ code: 1006, reason: '', problem: 'connect ECONNREFUSED' });
        return;
      }
      if (this.#neverOpens || this.#closed) return;
      this.isOpen = true;
      this.#events.onOpen();
    });
  }

  send(text: string): void {
    if (!this.isOpen) return;
    this.#later(() => {
      if (this.isOpen) this.#daemon.receive(this, text);
    });
  }

  /** By the client without an argument; by the daemon or the network with one. */
  close(close?: SignalSocketClose): void {
    if (close === undefined) this.closedByClient = true;
    // A connection that is refused never opens.
    if (close?.refusal !== undefined) this.#neverOpens = true;
    // As in ws: the close event comes also to the side that asked for it, after a while.
    this.#later(() => {
      if (this.#closed) return;
      this.#closed = true;
      const wasOpen = this.isOpen;
      this.isOpen = false;
      this.#events.onClose(close ?? { code: 1000, reason: 'left' });
      if (wasOpen) this.#daemon.gone(this);
    });
  }

  /** The daemon says something. */
  tell(text: string): void {
    this.#daemon.texts.push(text);
    this.#later(() => {
      if (this.isOpen) this.#events.onMessage(text);
    });
  }

  alive(): void {
    this.#events.onAlive();
  }

  end(reason: CloseReason): void {
    this.close({ code: CLOSES[reason].code, reason });
  }

  /** The connection is gone; both sides notice. */
  lose(): void {
    if (this.isOpen) this.close({ code: 1006, reason: '' });
  }

  #later(happens: () => void): void {
    if (this.isCut) return;
    this.#clock.after(LATENCY_MS, () => {
      if (!this.isCut) happens();
    });
  }
}
