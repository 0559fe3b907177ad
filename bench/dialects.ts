import { alternate } from './alternate.ts';
import { pathOf, startBare, startDialect } from './child.ts';
import { figure, type Benchmark, type Figure } from './figure.ts';
import { relayLoad } from './load.ts';
import { kilobytesPerSeat, NODE_FLAGS } from './seats.ts';

/** Systems that are held against the same bare server, measured in the same rounds. */
interface Family {
  /** What they and the bare one speak over. */
  readonly transport: string;
  readonly systems: readonly string[];
  readonly bare: {
    /** Relays; `dialect` is how its clients speak to it. */
    readonly relay: string;
    readonly dialect: string;
    /** Keeps idle clients. */
    readonly idle: string;
    readonly idleDialect: string;
  };
  readonly load: 'relay-load.mjs' | 'stream-load.mjs';
  readonly seats: 'seats.mjs' | 'stream-seats.mjs';
}

const FAMILIES: readonly Family[] = [
  {
    transport: 'WebSockets',
    systems: ['forward', 'login', 'web-connections'],
    bare: { relay: 'relay.mjs', dialect: 'json', idle: 'echo.mjs', idleDialect: 'snap-share' },
    load: 'relay-load.mjs',
    seats: 'seats.mjs',
  },
  {
    transport: 'event streams',
    systems: ['web-connections'],
    bare: { relay: 'stream.mjs', dialect: 'numbers', idle: 'stream.mjs', idleDialect: 'bare' },
    load: 'stream-load.mjs',
    seats: 'stream-seats.mjs',
  },
  {
    transport: 'Socket.IO',
    systems: ['snap-photo', 'users-list'],
    bare: { relay: 'socket-io.mjs', dialect: 'users-list', idle: 'socket-io.mjs', idleDialect: 'users-list' },
    load: 'relay-load.mjs',
    seats: 'seats.mjs',
  },
];

/** Some systems have one room for all: as many as it takes, after those that bring what a server needs only once. */
const SEATS: Readonly<Record<string, { readonly first: number; readonly seats: number }>> = {
  forward: { first: 4, seats: 60 },
  'users-list': { first: 20, seats: 80 },
};
const USUAL_SEATS = { first: 300, seats: 700 };

/** Relayed messages of 2 kB, and what idle clients cost, for each of the other systems. */
export const dialects: Benchmark = {
  name: 'dialects',
  async run({ quick }) {
    const figures: Figure[] = [];
    for (const family of FAMILIES) figures.push(...(await rates(family, quick)), ...(await memories(family, quick)));
    return figures;
  },
};

async function rates({ transport, systems, bare, load }: Family, quick: boolean): Promise<Figure[]> {
  const messages = quick ? 10_000 : 50_000;
  const rateOf = async (dialect: string, starting: ReturnType<typeof startBare>): Promise<number> =>
    (await relayLoad(load, dialect, messages, starting)).messagesPerCpuSecond;
  const variants: Record<string, () => Promise<number>> = { bare: () => rateOf(bare.dialect, startBare(bare.relay)) };
  for (const name of systems) variants[name] = () => rateOf(name, startDialect(name));
  const samples = await alternate(`dialects: messages over ${transport}`, quick ? 3 : 7, variants);
  return systems.map((name) =>
    figure(
      `messages of ${name}, ${transport}`,
      '1/s',
      { ours: samples[name] ?? [], bare: samples['bare'] ?? [] },
      { atLeast: 0.7 },
    ),
  );
}

async function memories({ transport, systems, bare, seats: script }: Family, quick: boolean): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const name of systems) {
    const { first, seats } = SEATS[name] ?? USUAL_SEATS;
    const clients = (dialect: string): string[] => [pathOf(`clients/${script}`), dialect];
    const kilobytes = await alternate(`dialects: memory of ${name}`, quick ? 2 : 5, {
      ours: () => kilobytesPerSeat(seats, startDialect(name, NODE_FLAGS), clients(name), { first }),
      bare: () => kilobytesPerSeat(seats, startBare(bare.idle, NODE_FLAGS), clients(bare.idleDialect), { first }),
    });
    figures.push(figure(`memory per idle client of ${name}, ${transport}`, 'kB', kilobytes, { atMost: 2 }));
  }
  return figures;
}
