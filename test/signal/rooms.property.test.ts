import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClientMessage } from '../../src/protocol/signaling.ts';
import type { Effect } from '../../src/signal/effects.ts';
import { Rooms } from '../../src/signal/rooms.ts';
import { ARRIVAL, roomsOptions } from './fake-claims.ts';

/** What a client knows from the messages it got, and nothing else. */
interface Client {
  readonly room: string;
  readonly peer: string;
  readonly token: string;
  readonly number: number;
  /** The others by id: away or not. */
  readonly others: Map<string, { number: number; away: boolean }>;
}

const ROOM_NAMES = ['garden', '__proto__', 'constructor'];
const HOLD_MS = 100;
const SESSION_MS = 250;

const slot = fc.nat(7);
const event = fc.oneof(
  fc.record({ do: fc.constant('join' as const), slot, room: fc.constantFrom(...ROOM_NAMES) }),
  fc.record({
    do: fc.constant('resume' as const),
    slot,
    room: fc.constantFrom(...ROOM_NAMES),
    claim: fc.nat(),
    otherToken: fc.option(fc.nat(), { freq: 1 }),
  }),
  fc.record({ do: fc.constant('signal' as const), slot, to: fc.nat(), payload: fc.string() }),
  fc.record({ do: fc.constant('ping' as const), slot }),
  fc.record({ do: fc.constant('list' as const), slot, room: fc.constantFrom(...ROOM_NAMES) }),
  fc.record({ do: fc.constant('leave' as const), slot }),
  fc.record({ do: fc.constant('lost' as const), slot }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.nat(HOLD_MS) }),
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

/** Plays events into rooms as clients behind sockets would, and checks every effect against what may follow. */
class World {
  readonly capacity: number;
  readonly #rooms: Rooms<number, string>;
  readonly #hasSessions: boolean;
  /** When each token was made; the others are as old as the world. */
  readonly #madeAt = new Map<string, number>();
  /** The connection of each client slot; one that was closed or lost is replaced by a new one. */
  readonly #connections = Array.from({ length: 8 }, (_, index) => index);
  #nextConnection = 8;
  #now = 0;
  readonly #clients = new Map<number, Client>();
  /** Every claim a daemon has ever given out, and some it has not. */
  readonly #claims = Array.from({ length: 3 }, (_, index) => ({ peer: `p${900 + index}`, token: `t${900 + index}` }));

  constructor(capacity: number, hasSessions: boolean) {
    this.capacity = capacity;
    this.#hasSessions = hasSessions;
    const options = roomsOptions({ capacity, seatHoldMs: HOLD_MS });
    this.#rooms = new Rooms({
      ...options,
      makeSeatClaim: () => {
        const claim = options.makeSeatClaim();
        this.#madeAt.set(claim.token, this.#now);
        return claim;
      },
      ...(hasSessions ? { sessionLeftMs: (token: string) => this.#sessionEnd(token) - this.#now } : {}),
    });
  }

  play(event: Event): void {
    if (event.do === 'wait') {
      this.#now += event.ms;
      this.#apply(this.#rooms.expire(this.#now), undefined);
      expect(this.#rooms.nextExpiry() ?? Infinity).toBeGreaterThan(this.#now);
      if (this.#hasSessions)
        for (const { token } of this.#clients.values()) expect(this.#sessionEnd(token)).toBeGreaterThan(this.#now);
      return;
    }
    const connection = this.#connections[event.slot] ?? 0;
    const room = this.#clients.get(connection)?.room;
    switch (event.do) {
      case 'join':
        this.#apply(this.#receiveJoin(connection, event.room), room ?? event.room);
        break;
      case 'resume': {
        const claim = this.#claims[event.claim % this.#claims.length];
        const other = event.otherToken === null ? claim : this.#claims[event.otherToken % this.#claims.length];
        if (claim === undefined || other === undefined) throw new Error('there is always a claim');
        const effects = this.#receiveJoin(connection, event.room, { peer: claim.peer, token: other.token });
        if (room === undefined && claim !== other)
          expect(effects.filter((effect) => effect.kind !== 'note')).toEqual([
            { kind: 'close', connection, reason: 'wrong-token' },
          ]);
        this.#apply(effects, room ?? event.room);
        break;
      }
      case 'signal': {
        const claim = this.#claims[event.to % this.#claims.length];
        const effects = this.#receive(connection, { type: 'signal', to: claim?.peer ?? '' }, event.payload);
        this.#checkSignal(connection, claim?.peer ?? '', event.payload, effects);
        this.#apply(effects, room);
        break;
      }
      case 'ping':
        this.#apply(this.#receive(connection, { type: 'ping' }), room);
        break;
      case 'leave':
        this.#apply(this.#receive(connection, { type: 'leave' }), room);
        break;
      case 'list': {
        const effects = this.#receive(connection, { type: 'list', room: event.room });
        if (room === undefined) this.#checkList(event.room, effects);
        // Whoever asks is no part of any room.
        this.#apply(effects, room);
        break;
      }
      case 'lost': {
        const effects = this.#rooms.lost(connection, this.#now);
        this.#gone(connection);
        this.#apply(effects, room);
        break;
      }
    }
  }

  /** What must be true between any two events. */
  check(): void {
    for (const room of ROOM_NAMES) {
      const inside = [...this.#clients].filter(([, client]) => client.room === room);
      expect(inside.length).toBeLessThanOrEqual(this.capacity);
      expect(new Set(inside.map(([, client]) => client.peer)).size).toBe(inside.length);
      expect(new Set(inside.map(([, client]) => client.number)).size).toBe(inside.length);
      for (const [connection, client] of inside) {
        expect(this.#rooms.seatOf(connection)).toEqual({ room, peer: client.peer });
        // Seats that are held count as well.
        expect(client.others.size + 1).toBeLessThanOrEqual(this.capacity);
        // Each knows exactly who else is connected, with the right number.
        const present = [...client.others].filter(([, other]) => !other.away);
        const others = inside.filter(([other]) => other !== connection);
        expect(new Map(present.map(([peer, other]) => [peer, other.number]))).toEqual(
          new Map(others.map(([, other]) => [other.peer, other.number])),
        );
      }
    }
  }

  /** Everybody goes, and nothing may be left behind. */
  end(): void {
    for (const slot of this.#connections.keys()) this.play({ do: 'lost', slot });
    this.play({ do: 'wait', ms: Math.max(HOLD_MS, SESSION_MS) });
    expect(this.#rooms.count()).toEqual({ rooms: 0, peers: 0 });
    expect(this.#rooms.nextExpiry()).toBeUndefined();
  }

  #sessionEnd(token: string): number {
    return (this.#madeAt.get(token) ?? 0) + SESSION_MS;
  }

  #receiveJoin(connection: number, room: string, seat?: { peer: string; token: string }): Effect<number, string>[] {
    const join = { type: 'join', room, name: 'n', kind: 'terminal' } as const;
    return this.#receive(connection, seat === undefined ? join : { ...join, seat });
  }

  #receive(connection: number, message: ClientMessage, payload = ''): Effect<number, string>[] {
    return this.#rooms.receive(connection, message, payload, { ...ARRIVAL, now: this.#now });
  }

  /** A stranger sees whom a member sees, and the member. */
  #checkList(room: string, effects: Effect<number, string>[]): void {
    const [answer, end] = effects;
    expect(end).toMatchObject({ kind: 'close', reason: 'left' });
    if (answer?.kind !== 'send' || answer.message.type !== 'peers') throw new Error('expected a list');
    const { peers } = answer.message;
    expect(peers.length).toBeLessThanOrEqual(this.capacity);
    for (const { ageMs } of peers) expect(ageMs).toBeGreaterThanOrEqual(0);
    const seen = new Map(peers.map(({ peer, number, away }) => [peer, { number, away: away === true }]));
    const member = [...this.#clients.values()].find((client) => client.room === room);
    if (member === undefined) for (const { away } of peers) expect(away).toBe(true);
    else expect(seen).toEqual(new Map([...member.others, [member.peer, { number: member.number, away: false }]]));
  }

  #checkSignal(connection: number, to: string, payload: string, effects: Effect<number, string>[]): void {
    const sender = this.#clients.get(connection);
    if (sender === undefined) return;
    const target = [...this.#clients].find(([, client]) => client.room === sender.room && client.peer === to);
    if (target === undefined || target[0] === connection)
      expect(effects).toMatchObject([{ kind: 'send', to: connection, message: { code: 'unknown-peer', peer: to } }]);
    else expect(effects).toEqual([{ kind: 'relay', to: target[0], from: sender.peer, payload }]);
  }

  #apply(effects: Effect<number, string>[], room: string | undefined): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'close':
          // Nothing is ever closed for what happens in another room; that time passes happens in all of them.
          if (room !== undefined || effect.reason !== 'session-expired')
            expect([undefined, room]).toContain(this.#clients.get(effect.connection)?.room);
          this.#gone(effect.connection);
          break;
        case 'relay':
          expect(this.#clients.get(effect.to)?.room).toBe(room);
          break;
        case 'send':
          this.#take(effect.to, effect.message, room);
          break;
        case 'note':
          break;
      }
    }
  }

  #take(to: number, message: Extract<Effect<number, string>, { kind: 'send' }>['message'], room?: string): void {
    const client = this.#clients.get(to);
    // A message of a room reaches members of that room only.
    if (client !== undefined && room !== undefined) expect(client.room).toBe(room);
    switch (message.type) {
      case 'welcome': {
        expect(client).toBeUndefined();
        const { peer, token, number } = message;
        const others = new Map(message.peers.map((p) => [p.peer, { number: p.number, away: p.away === true }]));
        if (!this.#claims.some((claim) => claim.token === token)) this.#claims.push({ peer, token });
        this.#clients.set(to, { room: message.room, peer, token, number, others });
        break;
      }
      case 'peer-joined':
        expect(client?.others.has(message.peer)).toBe(false);
        // Numbers follow the order of joining.
        for (const other of client?.others.values() ?? []) expect(message.number).toBeGreaterThan(other.number);
        client?.others.set(message.peer, { number: message.number, away: false });
        break;
      case 'peer-away':
      case 'peer-back': {
        const other = client?.others.get(message.peer);
        expect(other?.away).toBe(message.type === 'peer-back');
        if (other !== undefined) other.away = message.type === 'peer-away';
        break;
      }
      case 'peer-left':
        expect(client?.others.delete(message.peer)).toBe(true);
        break;
      case 'pong':
      case 'error':
      case 'peers':
        break;
    }
  }

  #gone(connection: number): void {
    this.#clients.delete(connection);
    const slot = this.#connections.indexOf(connection);
    if (slot >= 0) {
      this.#connections[slot] = this.#nextConnection;
      this.#nextConnection += 1;
    }
  }
}

test('in any order of events no room is overfull, nothing crosses rooms, and all know who is there', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      fc.array(event, { maxLength: 120, size: 'max' }),
      (capacity, hasSessions, events) => {
        const world = new World(capacity, hasSessions);
        for (const each of events) {
          world.play(each);
          world.check();
        }
        world.end();
      },
    ),
    { numRuns: 300 },
  );
});
