import { serve, type Daemon } from '../../../src/index.ts';
import { loadDialect, type DialectName } from '../../../src/signal/compat/names.ts';
import type { DaemonLimits } from '../../../src/signal/daemon-limits.ts';
import type { DaemonEvent } from '../../../src/signal/events.ts';
import { forward } from './forward.ts';
import { loginSystem } from './login.ts';
import { nativeEventStream, nativeWebSocket } from './native.ts';
import { snapPhoto } from './snap-photo.ts';
import { VARIANTS } from './socket-io.ts';
import { exchange, type Client, type Party, type Place, type System } from './system.ts';
import { usersList } from './users-list.ts';
import { webConnections, webConnectionsStreams } from './web-connections.ts';

/** What is served at the same port, where clients are told apart by path. */
interface Home {
  readonly dialect?: DialectName;
  /** Undefined for the daemon's own. */
  readonly port?: 0;
  readonly systems: readonly System[];
}

const HOMES: readonly Home[] = [
  { systems: [nativeWebSocket, nativeEventStream] },
  { dialect: 'forward', systems: [forward] },
  { dialect: 'login', port: 0, systems: [loginSystem] },
  { dialect: 'web-connections', systems: [webConnections, webConnectionsStreams] },
  { dialect: 'snap-photo', port: 0, systems: VARIANTS.map(snapPhoto) },
  { dialect: 'users-list', port: 0, systems: VARIANTS.map(usersList) },
];

export const SYSTEMS = HOMES.flatMap(({ systems }) => systems);

/** A daemon that speaks everything it can, with two well-behaved clients of each system in a room of theirs. */
export class World implements AsyncDisposable {
  readonly daemon: Daemon;
  /** What went wrong in the daemon itself. */
  readonly failures: readonly DaemonEvent[];
  readonly #places: ReadonlyMap<System, Place>;
  readonly #bystanders = new Map<System, readonly [Client, Client]>();
  #parties = 0;

  private constructor(daemon: Daemon, places: ReadonlyMap<System, Place>, failures: readonly DaemonEvent[]) {
    this.daemon = daemon;
    this.#places = places;
    this.failures = failures;
  }

  static async open(
    limits: Partial<DaemonLimits> = {},
    onEvent: (event: DaemonEvent) => void = () => {},
  ): Promise<World> {
    const failures: DaemonEvent[] = [];
    const served = HOMES.flatMap(({ dialect, ...home }) => (dialect === undefined ? [] : [{ dialect, ...home }]));
    const dialects = await Promise.all(
      served.map(async ({ dialect, port }) => ({
        open: await loadDialect(dialect),
        ...(port === undefined ? {} : { port }),
      })),
    );
    const daemon = await serve({
      port: 0,
      dialects,
      limits,
      onEvent(event) {
        if (event.type === 'failed') failures.push(event);
        onEvent(event);
      },
    });
    const places = new Map<System, Place>();
    for (const { dialect, systems } of HOMES) {
      const at = served.findIndex((one) => one.dialect === dialect);
      for (const system of systems) places.set(system, { url: daemon.dialectUrls[at] ?? daemon.url });
    }
    const world = new World(daemon, places, failures);
    const seen = new Set<string>();
    for (const [system, place] of places) {
      // One kind of client over Socket.IO stands for all.
      if (seen.has(system.rooms) && system !== nativeEventStream) continue;
      seen.add(system.rooms);
      const nth = world.#bystanders.size;
      const room = `bystanders-${nth}`;
      const first = await system.enter(place, room, `kitchen-${nth}`, []);
      world.#bystanders.set(system, [first, await system.enter(place, room, `garden-${nth}`, [first])]);
    }
    return world;
  }

  placeOf(system: System): Place {
    const place = this.#places.get(system);
    if (place === undefined) throw new Error(`nobody serves ${system.name}`);
    return place;
  }

  /** Every bystander hears what is meant for it, and nothing else has come. */
  async exchange(): Promise<void> {
    await Promise.all([...this.#bystanders.values()].map((pair) => exchange(pair)));
  }

  /** Three clients in a room of their own, the bad one by a way of its own if it has one. */
  async gather(system: System, way: Place = this.placeOf(system)): Promise<Gathered> {
    this.#parties += 1;
    const room = `room-${this.#parties}`;
    const name = (who: string): string => `${who}-${this.#parties}`;
    const place = this.placeOf(system);
    const company = system.company ?? system;
    const self = await system.enter(way, room, name('shed'), []);
    const other = await company.enter(place, room, name('attic'), [self]);
    const third = await company.enter(place, room, name('cellar'), [self, other]);
    const idsOf = (isMeant: (one: System) => boolean): string[] =>
      [...this.#bystanders].flatMap(([one, pair]) => (isMeant(one) ? pair.map(({ id }) => id) : []));
    return {
      room,
      name: name('shed'),
      self,
      other,
      third,
      elsewhere: idsOf(({ rooms }) => rooms === system.rooms),
      strangers: idsOf(({ rooms }) => rooms !== system.rooms),
      async [Symbol.asyncDispose]() {
        for (const client of [self, other, third]) await client[Symbol.asyncDispose]();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pair of this.#bystanders.values()) for (const client of pair) await client[Symbol.asyncDispose]();
    await this.daemon.close();
  }
}

type Gathered = Party & AsyncDisposable;
