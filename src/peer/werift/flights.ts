import { DtlsClient } from 'werift';
import { inside, requireParts, unknownWerift } from './parts.ts';
import type { DtlsPart } from './parts.ts';

/** A flight of DTLS handshake messages (RFC 6347 section 4.2.4), as werift repeats it. */
interface Flight {
  readonly dtls: DtlsPart['dtls'];
  /** Undefined for the last flight, which is sent once. */
  readonly nextFlight: number | undefined;
  send(packets: Buffer[]): Promise<unknown>;
  transmit(packets: Buffer[]): Promise<void>;
}

const REPEATS_MAX = 10;

/** What sleeps on behalf of a handshake, so that its end can wake it. Without an entry the handshake is over. */
const sleepers = new WeakMap<object, Set<() => void>>();

/**
 * Makes handshakes endable. werift sleeps between repeats, up to five seconds at a time and half a minute in all, in
 * timers nobody can reach: a connection closed in mid-handshake would keep the process alive for that long.
 */
export function mendFlights(): void {
  const prototype = flightPrototype();
  prototype.transmit = async function (this: Flight, packets: Buffer[]): Promise<void> {
    for (let repeat = 0; repeat <= REPEATS_MAX; repeat++) {
      if (!sleepers.has(this.dtls)) return;
      this.send(packets).catch(() => undefined);
      if (this.nextFlight === undefined) return;
      await sleep(this.dtls, 500 * (repeat + 1));
      if (this.dtls.flight >= this.nextFlight) return;
    }
    throw new Error(`the other side did not answer flight ${this.dtls.flight} of the DTLS handshake`);
  };
}

/** To be called for every DTLS session before its handshake starts. */
export function startFlights(session: DtlsPart): void {
  sleepers.set(session.dtls, new Set());
  session.waitForReady = async (condition) => {
    for (let turn = 0; turn < 10; turn++) {
      if (condition()) return;
      await sleep(session.dtls, 100 * turn);
    }
    throw new Error('a message of the DTLS handshake is missing');
  };
}

/** Ends whatever the handshake still waits for. */
export function endFlights(session: DtlsPart): void {
  const waking = sleepers.get(session.dtls) ?? new Set();
  sleepers.delete(session.dtls);
  for (const wake of waking) wake();
}

function sleep(handshake: object, ms: number): Promise<void> {
  const waiting = sleepers.get(handshake);
  if (waiting === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      waiting.delete(wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    waiting.add(wake);
  });
}

/** werift does not export the class: a client that is shown an empty ServerHello makes an instance before it objects. */
function flightPrototype(): Flight {
  const nowhere = {
    type: 'none',
    address: { address: '', family: '', port: 0 },
    closed: true,
    onData: () => undefined,
    send: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const client = inside<Prober>(new DtlsClient({ transport: nowhere }));
  requireParts('DTLS session', client, DTLS_PARTS);
  client.onHandleHandshakes([{ msg_type: 2, fragment: Buffer.alloc(0) }]).catch(() => undefined);
  const prototype: unknown = client.flight5 && Object.getPrototypeOf(Object.getPrototypeOf(client.flight5));
  if (prototype === undefined) throw unknownWerift('flights of its DTLS handshake');
  requireParts('DTLS flights', prototype, ['transmit']);
  return inside<Flight>(prototype);
}

interface Prober extends DtlsPart {
  readonly flight5?: object;
  onHandleHandshakes(messages: { msg_type: number; fragment: Buffer }[]): Promise<void>;
}

const DTLS_PARTS: (keyof Prober)[] = [
  'connected',
  'transport',
  'cipher',
  'dtls',
  'bufferFragmentedHandshakes',
  'handleFragmentHandshake',
  'waitForReady',
  'onHandleHandshakes',
];
