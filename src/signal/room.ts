import type { ListedPeer, PeerInfo, PeerKind, Transport } from '../protocol/signaling.ts';
import type { Effect, Notice, Notification } from './effects.ts';

export interface Room<Connection> {
  readonly name: string;
  /** By peer id, in join order. */
  readonly seats: Map<string, Seat<Connection>>;
}

export interface Seat<Connection> {
  readonly room: Room<Connection>;
  readonly peer: string;
  readonly name: string;
  readonly kind: PeerKind;
  readonly number: number;
  readonly joinedAt: number;
  /** What its latest connection goes over. */
  transport: Transport;
  /** Undefined while its peer is away. */
  connection: Connection | undefined;
  /** When its session is over. */
  readonly endsAt: number;
  /** Until when the seat is kept for a peer that is away. */
  heldUntil: number;
}

/** The number of the next peer: join order, with no gap closed by somebody who came later. */
export function nextNumber<Connection>(room: Room<Connection>): number {
  let number = 1;
  for (const seat of room.seats.values()) number = Math.max(number, seat.number + 1);
  return number;
}

/** Passes a signal on, within the room only. */
export function relay<Connection, Payload>(
  connection: Connection,
  seat: Seat<Connection>,
  to: string,
  payload: Payload,
): Effect<Connection, Payload>[] {
  const target = seat.room.seats.get(to);
  if (target !== undefined && target !== seat && target.connection !== undefined)
    return [{ kind: 'relay', to: target.connection, from: seat.peer, payload }];
  const problem = target === seat ? 'a peer cannot signal itself' : `no peer ${to} is connected to this room`;
  return [
    { kind: 'send', to: connection, message: { type: 'error', code: 'unknown-peer', message: problem, peer: to } },
  ];
}

export function toOthers<Connection>(seat: Seat<Connection>, message: Notification): Notice<Connection>[] {
  const effects: Notice<Connection>[] = [];
  for (const other of seat.room.seats.values())
    if (other !== seat && other.connection !== undefined) effects.push({ kind: 'send', to: other.connection, message });
  return effects;
}

/** Whom a peer finds in its room. */
export function othersOf<Connection>(seat: Seat<Connection>): PeerInfo[] {
  const peers: PeerInfo[] = [];
  for (const other of seat.room.seats.values()) if (other !== seat) peers.push(infoOf(other));
  return peers;
}

/** Who is in a room, for somebody who is not. */
export function listOf<Connection>(room: Room<Connection> | undefined, now: number): ListedPeer[] {
  return [...(room?.seats.values() ?? [])].map((seat) => ({
    ...infoOf(seat),
    ageMs: Math.round(now - seat.joinedAt),
    transport: seat.transport,
  }));
}

function infoOf<Connection>({ peer, name, kind, number, connection }: Seat<Connection>): PeerInfo {
  return { peer, name, kind, number, ...(connection === undefined ? { away: true } : {}) };
}

/** What a log says about where something happened. */
export function inRoom<Connection>(seat: Seat<Connection>): { room: string; peer: string; number: number } {
  return { room: seat.room.name, peer: seat.peer, number: seat.number };
}
