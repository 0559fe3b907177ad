import type { CloseReason } from '../../protocol/closes.ts';
import type { DaemonEvent } from '../events.ts';
import type { Arrival, Notification } from '../effects.ts';
import { Rooms } from '../rooms.ts';

/** What the rooms have to say to the client of a dialect, in the daemon's own terms. */
export interface ForeignEvents<Client, Payload> {
  /** Welcomed, or somebody came or left. */
  tell(client: Client, message: Extract<Notification, { type: 'welcome' | 'peer-joined' | 'peer-left' }>): void;
  relay(client: Client, from: string, payload: Payload): void;
  /** The client has no seat: the room was full, or its id was taken by a newer client. */
  close(client: Client, reason: CloseReason): void;
}

/** Nobody asks who is in these rooms since when. */
const UNLISTED: Arrival = { now: 0, transport: 'ws' };

/**
 * The daemon's rooms, for clients that choose their own ids or whose ids a dialect makes, and that know no resuming: who is
 * gone is gone at once.
 */
export class ForeignRooms<Client, Payload> {
  readonly #rooms: Rooms<Client, Payload>;
  readonly #events: ForeignEvents<Client, Payload>;
  readonly #onEvent: (event: DaemonEvent) => void;

  constructor(capacity: number, events: ForeignEvents<Client, Payload>, onEvent: (event: DaemonEvent) => void) {
    this.#events = events;
    this.#onEvent = onEvent;
    this.#rooms = new Rooms({
      capacity,
      seatHoldMs: 0,
      heldSeats: 0,
      // Every seat is claimed by its id: nobody here has a token to come back with.
      makeSeatClaim: () => ({ peer: '', token: '' }),
      peerOf: (token) => token,
      greeting: () => ({ version: '', iceServers: [], limits: { messageBytes: 0, pingMs: 0, silentMs: 0 } }),
    });
  }

  /** Takes the seat of this id, also from whoever has it. */
  join(client: Client, room: string, id: string, name = id): void {
    const seat = { peer: id, token: id };
    this.#run(client, { type: 'join', room, name, kind: 'browser', seat });
  }

  /** False when nobody of this id is in the room of the client, or it is the client itself. */
  relay(client: Client, to: string, payload: Payload): boolean {
    const effects = this.#rooms.receive(client, { type: 'signal', to }, payload, UNLISTED);
    for (const effect of effects)
      if (effect.kind === 'relay') this.#events.relay(effect.to, effect.from, effect.payload);
    return effects.some(({ kind }) => kind === 'relay');
  }

  leave(client: Client): void {
    if (this.#rooms.isSeated(client)) this.#run(client, { type: 'leave' });
  }

  /** Undefined for a client without a seat. */
  seatOf(client: Client): { readonly room: string; readonly peer: string } | undefined {
    return this.#rooms.seatOf(client);
  }

  #run(client: Client, message: Parameters<Rooms<Client, Payload>['receive']>[1]): void {
    // Neither joining nor leaving has a payload.
    for (const effect of this.#rooms.receive(client, message, undefined as Payload, UNLISTED)) {
      switch (effect.kind) {
        case 'send':
          this.#tell(effect.to, effect.message);
          break;
        case 'close':
          // Who leaves knows so, and its connection may go on without a seat.
          if (effect.reason !== 'left') this.#events.close(effect.connection, effect.reason);
          break;
        case 'note':
          this.#onEvent(effect.event);
          break;
        case 'relay':
          break;
      }
    }
  }

  #tell(client: Client, message: Notification): void {
    switch (message.type) {
      case 'welcome':
      case 'peer-joined':
      case 'peer-left':
        this.#events.tell(client, message);
        return;
      // Seats are not held here, and what is asked of the rooms is always in order.
      case 'peer-away':
      case 'peer-back':
      case 'pong':
      case 'error':
      case 'peers':
        return;
    }
  }
}
