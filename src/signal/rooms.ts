import type { ClientMessage, DaemonMessage, LeaveReason } from '../protocol/signaling.ts';
import type { Arrival, Effect, Notice } from './effects.ts';
import { inRoom, listOf, nextNumber, othersOf, relay, toOthers, type Room, type Seat } from './room.ts';
import type { SeatClaim } from './tokens.ts';

/**
 * All rooms of a daemon as a state machine: a message in, effects out. It holds no socket, timer or clock; connections
 * and payloads are opaque to it, `now` is milliseconds that only grow.
 */
export class Rooms<Connection, Payload> {
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, Room<Connection>>();
  readonly #seated = new Map<Connection, Seat<Connection>>();
  /** Seats of peers that are away. Each is held equally long, so the order of insertion is the order of expiry. */
  readonly #held = new Set<Seat<Connection>>();
  /** No session is over before. */
  #nextSessionEnd = Infinity;

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  receive(
    connection: Connection,
    message: ClientMessage,
    payload: Payload,
    arrival: Arrival,
  ): Effect<Connection, Payload>[] {
    const seat = this.#seated.get(connection);
    switch (message.type) {
      case 'signal':
        return seat === undefined ? joinFirst(connection) : relay(connection, seat, message.to, payload);
      case 'ping':
        return [{ kind: 'send', to: connection, message: { type: 'pong' } }];
      case 'join':
        return seat === undefined ? this.#join(connection, message, arrival) : [alreadyJoined(connection, seat)];
      case 'list':
        return seat === undefined
          ? this.#list(connection, message.room, arrival.now)
          : [alreadyJoined(connection, seat)];
      case 'leave':
        return seat === undefined
          ? joinFirst(connection)
          : [{ kind: 'close', connection, reason: 'left' }, ...this.#free(seat, 'left')];
    }
  }

  /** The connection is gone without a `leave`: its seat is kept for a while. */
  lost(connection: Connection, now: number): Notice<Connection>[] {
    const seat = this.#seated.get(connection);
    if (seat === undefined) return [];
    this.#seated.delete(connection);
    seat.connection = undefined;
    seat.heldUntil = now + this.#options.seatHoldMs;
    this.#held.add(seat);
    const effects: Notice<Connection>[] = [
      ...toOthers(seat, { type: 'peer-away', peer: seat.peer }),
      { kind: 'note', event: { type: 'peer-away', ...inRoom(seat) } },
    ];
    const [oldest] = this.#held;
    if (this.#held.size > this.#options.heldSeats && oldest !== undefined) effects.push(...this.#free(oldest, 'lost'));
    return effects;
  }

  /** Frees the seats that were held for too long, and those whose sessions are over. */
  expire(now: number): Notice<Connection>[] {
    const effects: Notice<Connection>[] = [];
    for (const seat of this.#held) {
      if (seat.heldUntil > now) break;
      effects.push(...this.#free(seat, 'lost'));
    }
    if (this.#nextSessionEnd <= now) effects.push(...this.#endSessions(now));
    return effects;
  }

  /** When `expire` has something to do next. */
  nextExpiry(): number | undefined {
    const [oldest] = this.#held;
    const next = Math.min(oldest?.heldUntil ?? Infinity, this.#nextSessionEnd);
    return next === Infinity ? undefined : next;
  }

  isSeated(connection: Connection): boolean {
    return this.#seated.has(connection);
  }

  /** The room and peer id of a connection that has joined. */
  seatOf(connection: Connection): { readonly room: string; readonly peer: string } | undefined {
    const seat = this.#seated.get(connection);
    return seat === undefined ? undefined : { room: seat.room.name, peer: seat.peer };
  }

  /** `peers` counts seats, also those held for peers that are away. */
  count(): { readonly rooms: number; readonly peers: number } {
    return { rooms: this.#rooms.size, peers: this.#seated.size + this.#held.size };
  }

  /** The answer is the end of the connection, so that asking costs whoever asks more than it costs us. */
  #list(connection: Connection, room: string, now: number): Notice<Connection>[] {
    const peers = listOf(this.#rooms.get(room), now);
    return [
      { kind: 'send', to: connection, message: { type: 'peers', room, capacity: this.#options.capacity, peers } },
      { kind: 'close', connection, reason: 'left' },
    ];
  }

  #join(connection: Connection, join: Join, arrival: Arrival): Notice<Connection>[] {
    const claim = join.seat;
    if (claim !== undefined && this.#options.peerOf(claim.token) !== claim.peer)
      return refuse(connection, 'wrong-token', join.room);
    const room = this.#rooms.get(join.room);
    const own = claim === undefined ? undefined : room?.seats.get(claim.peer);
    if (claim !== undefined && this.#sessionLeft(claim.token) <= 0)
      // Its owner comes anew right away, and must not find its own old seat in the way.
      return [...(own === undefined ? [] : this.#endSession(own)), ...refuse(connection, 'session-expired', join.room)];
    if (claim !== undefined && own !== undefined) return this.#takeOver(connection, own, claim.token, arrival);
    if (room !== undefined && room.seats.size >= this.#options.capacity)
      return refuse(connection, 'room-full', join.room);
    const into = room ?? this.#openRoom(join.room);
    return this.#admit(connection, join, into, claim ?? this.#options.makeSeatClaim(), arrival);
  }

  #openRoom(name: string): Room<Connection> {
    const room: Room<Connection> = { name, seats: new Map() };
    this.#rooms.set(name, room);
    return room;
  }

  #admit(
    connection: Connection,
    join: Join,
    room: Room<Connection>,
    { peer, token }: SeatClaim,
    { now: joinedAt, transport }: Arrival,
  ): Notice<Connection>[] {
    const number = nextNumber(room);
    const { name, kind } = join;
    const endsAt = joinedAt + this.#sessionLeft(token);
    this.#nextSessionEnd = Math.min(this.#nextSessionEnd, endsAt);
    const presence = { joinedAt, endsAt, transport, connection, heldUntil: 0 };
    const seat: Seat<Connection> = { room, peer, name, kind, number, ...presence };
    room.seats.set(peer, seat);
    this.#seated.set(connection, seat);
    return [
      this.#welcome(connection, seat, token),
      ...toOthers(seat, { type: 'peer-joined', peer, name, kind, number }),
      { kind: 'note', event: { type: 'peer-joined', ...inRoom(seat), name, kind } },
    ];
  }

  /** The same peer with a newer connection; the name it came with first stays, as that is what the others know. */
  #takeOver(
    connection: Connection,
    seat: Seat<Connection>,
    token: string,
    { transport }: Arrival,
  ): Notice<Connection>[] {
    const older = seat.connection;
    seat.connection = connection;
    seat.transport = transport;
    this.#seated.set(connection, seat);
    const welcome = this.#welcome(connection, seat, token);
    if (older === undefined) {
      this.#held.delete(seat);
      return [
        welcome,
        ...toOthers(seat, { type: 'peer-back', peer: seat.peer }),
        { kind: 'note', event: { type: 'peer-back', ...inRoom(seat) } },
      ];
    }
    this.#seated.delete(older);
    return [
      { kind: 'close', connection: older, reason: 'superseded' },
      { kind: 'note', event: { type: 'cut', reason: 'superseded', room: seat.room.name, peer: seat.peer } },
      welcome,
    ];
  }

  #welcome(to: Connection, seat: Seat<Connection>, token: string): Notice<Connection> {
    const { capacity, greeting } = this.#options;
    const { number, peer, room } = seat;
    return {
      kind: 'send',
      to,
      message: {
        type: 'welcome',
        ...greeting(seat.peer),
        room: room.name,
        peer,
        token,
        number,
        capacity,
        peers: othersOf(seat),
      },
    };
  }

  #sessionLeft(token: string): number {
    return this.#options.sessionLeftMs?.(token) ?? Infinity;
  }

  /** Looks at every seat, as sessions end in no order: a token may be old when its seat is taken. */
  #endSessions(now: number): Notice<Connection>[] {
    const effects: Notice<Connection>[] = [];
    this.#nextSessionEnd = Infinity;
    for (const { seats } of this.#rooms.values())
      for (const seat of seats.values()) {
        if (seat.endsAt <= now) effects.push(...this.#endSession(seat));
        else this.#nextSessionEnd = Math.min(this.#nextSessionEnd, seat.endsAt);
      }
    return effects;
  }

  #endSession(seat: Seat<Connection>): Notice<Connection>[] {
    const { connection } = seat;
    const effects = this.#free(seat, 'expired');
    if (connection !== undefined) effects.push({ kind: 'close', connection, reason: 'session-expired' });
    return effects;
  }

  #free(seat: Seat<Connection>, reason: LeaveReason): Notice<Connection>[] {
    const { room, peer, connection } = seat;
    this.#held.delete(seat);
    if (connection !== undefined) this.#seated.delete(connection);
    room.seats.delete(peer);
    if (room.seats.size === 0) this.#rooms.delete(room.name);
    return [
      ...toOthers(seat, { type: 'peer-left', peer, reason }),
      { kind: 'note', event: { type: 'peer-left', ...inRoom(seat), reason } },
    ];
  }
}

export interface RoomsOptions {
  /** Seats in a room. */
  readonly capacity: number;
  /** How long the seat of a lost peer is kept for it. */
  readonly seatHoldMs: number;
  /** Seats kept for lost peers in all rooms together; beyond it the one lost first is freed. */
  readonly heldSeats: number;
  readonly makeSeatClaim: () => SeatClaim;
  /** The only peer id that a token can claim. */
  readonly peerOf: (token: string) => string;
  /** How much longer a token is good; 0 or less when it is not. Without it all are for ever. */
  readonly sessionLeftMs?: (token: string) => number;
  /** What a welcome says of the daemon. */
  readonly greeting: (peer: string) => Pick<Welcome, 'version' | 'iceServers' | 'limits'>;
}

type Join = Extract<ClientMessage, { type: 'join' }>;
type Welcome = Extract<DaemonMessage, { type: 'welcome' }>;

function joinFirst<Connection>(connection: Connection): Notice<Connection>[] {
  return [
    { kind: 'note', event: { type: 'refused', reason: 'join-first' } },
    { kind: 'close', connection, reason: 'join-first' },
  ];
}

function refuse<Connection>(
  connection: Connection,
  reason: 'wrong-token' | 'session-expired' | 'room-full',
  room: string,
): Notice<Connection>[] {
  return [
    { kind: 'note', event: { type: 'refused', reason, room } },
    { kind: 'close', connection, reason },
  ];
}

function alreadyJoined<Connection>(to: Connection, seat: Seat<Connection>): Notice<Connection> {
  const message = `this connection has joined ${seat.room.name}; open another one for another room`;
  return { kind: 'send', to, message: { type: 'error', code: 'already-joined', message } };
}
