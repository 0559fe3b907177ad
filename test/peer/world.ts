import type { PeerEvent } from '../../src/peer/events.ts';
import { joinRoom, type Room, type RoomOptions } from '../../src/peer/room.ts';
import { pureCrypto } from './crypto.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeDaemon } from './fake-daemon.ts';
import { FakeNetwork } from './fake-rtc.ts';
import { bytesOf, NotedSink } from './photos.ts';

/** Strong enough that it is not stretched. */
export const SECRET = 'Zx9-Tq_w2Lk8Vn5Rb7Yc1M';

export type JoinOptions = Partial<RoomOptions> & { readonly withoutSecret?: true };

/** A daemon, a network and the peers in it, all in one fake time. */
export class World {
  readonly clock = new FakeClock();
  readonly network = new FakeNetwork(this.clock);
  readonly daemon: FakeDaemon;

  constructor(capacity = 3, sessionTtlMs?: number) {
    this.daemon = new FakeDaemon(this.clock, capacity, sessionTtlMs);
  }

  /** Resolves when the daemon has given a seat. */
  async join(name: string, options: JoinOptions = {}): Promise<Member> {
    const member = new Member(this, name);
    let outcome: { room: Room } | { error: unknown } | undefined;
    member.joining(options).then(
      (room) => (outcome = { room }),
      (error: unknown) => (outcome = { error }),
    );
    await this.clock.until(() => outcome !== undefined);
    if (outcome === undefined || 'error' in outcome) throw outcome?.error;
    member.room = outcome.room;
    return member;
  }

  /** Several peers, each connected to all the others. */
  async meet(...names: string[]): Promise<Member[]> {
    const members: Member[] = [];
    for (const name of names) members.push(await this.join(name));
    await this.clock.until(() => members.every((one) => one.connected === names.length - 1));
    return members;
  }
}

/** A peer in the world, with everything that happened to it. */
export class Member {
  readonly name: string;
  readonly events: PeerEvent[] = [];
  readonly sink = new NotedSink();
  readonly timers: ReturnType<FakeClock['share']>;
  onEvent: (event: PeerEvent) => void = () => {};
  #room: Room | undefined;
  readonly #world: World;
  #crashed = false;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
    this.timers = world.clock.share();
  }

  get room(): Room {
    if (this.#room === undefined) throw new Error(`${this.name} has not joined`);
    return this.#room;
  }

  set room(room: Room) {
    this.#room = room;
  }

  /** Open links. */
  get connected(): number {
    return this.room.peers().filter(({ connected }) => connected).length;
  }

  joining({ withoutSecret, ...options }: JoinOptions = {}): Promise<Room> {
    const { network, daemon, clock } = this.#world;
    return joinRoom(
      {
        server: 'http://127.0.0.1:8787/',
        room: 'garden',
        ...(withoutSecret === true ? {} : { secret: SECRET }),
        name: this.name,
        kind: 'terminal',
        sink: this.sink,
        onEvent: (event) => {
          if (this.#crashed) return;
          this.events.push(event);
          this.onEvent(event);
        },
        ...options,
      },
      {
        connect: network.connectAs(this.name),
        openSocket: daemon.socketsOf(this.name),
        crypto: pureCrypto,
        clock: {
          now: () => clock.now(),
          random: () => clock.random(),
          // A process that is gone has no timers.
          after: (ms, callback) => this.timers.after(ms, () => void (this.#crashed || callback())),
        },
      },
    );
  }

  share(seed: number, bytes = 5_000, replaces?: string): string {
    const input = { bytes: bytesOf(bytes, seed), mediaType: 'image/jpeg', width: 4, height: 3 } as const;
    return this.room.share(input, replaces === undefined ? {} : { replaces }).photo;
  }

  of<Type extends PeerEvent['type']>(type: Type): Extract<PeerEvent, { type: Type }>[] {
    return this.events.filter((event): event is Extract<PeerEvent, { type: Type }> => event.type === type);
  }

  count(type: PeerEvent['type']): number {
    return this.of(type).length;
  }

  /** kill -9: its socket is closed by the system, its links are silent. */
  crash(): void {
    this.#crashed = true;
    this.#world.network.crash(this.name);
    this.#world.daemon.drop(this.name);
  }
}
