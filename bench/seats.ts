import { setTimeout as sleep } from 'node:timers/promises';
import { Child, type startBare } from './child.ts';

/**
 * For both servers. They collect their garbage when they are asked to, without knowing of it. And V8's nursery stays
 * small: it grows at some moment by more than all seats together take, so that the ratio would tell when that was.
 */
export const NODE_FLAGS = [
  '--max-semi-space-size=1',
  '--expose-gc',
  '--import',
  'data:text/javascript,process.on("SIGUSR2",()=>gc())',
];
/** Clients before the first reading, unless a server takes fewer: they bring what a server needs only once. */
const FIRST = 1_500;
/** Two readings this close to each other are one. */
const SETTLED_BYTES = 262_144;
const SETTLE_MS = 300;
const READINGS_MAX = 20;

/** What each of so many idle clients costs a server. `clients` are the script that opens them and its first arguments. */
export async function kilobytesPerSeat(
  seats: number,
  starting: ReturnType<typeof startBare>,
  clients: readonly string[],
  { path = '', first = FIRST }: { readonly path?: string; readonly first?: number } = {},
): Promise<number> {
  await using server = await starting;
  await using seated = new Child([...clients, new URL(path, server.url).href]);
  const residentWith = async (more: number): Promise<number> => {
    seated.tell(String(more));
    await seated.event('seated');
    return settledBytes(server);
  };
  const before = await residentWith(first);
  return ((await residentWith(seats)) - before) / seats / 1_000;
}

async function settledBytes(server: Child): Promise<number> {
  let bytes = server.residentBytes();
  for (let reading = 0; reading < READINGS_MAX; reading += 1) {
    const before = bytes;
    server.signal('SIGUSR2');
    await sleep(SETTLE_MS);
    bytes = server.residentBytes();
    if (Math.abs(bytes - before) < SETTLED_BYTES) return bytes;
  }
  throw new Error(`the memory of a server did not settle within ${READINGS_MAX} readings`);
}
