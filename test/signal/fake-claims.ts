import type { Arrival } from '../../src/signal/effects.ts';
import type { RoomsOptions } from '../../src/signal/rooms.ts';

/** Options for Rooms without randomness: the token `t7` belongs to the peer `p7`, and is good for ever. */
export function roomsOptions(options: Partial<RoomsOptions> = {}): RoomsOptions {
  let made = 0;
  return {
    capacity: 3,
    seatHoldMs: 30_000,
    heldSeats: 1_000,
    makeSeatClaim: () => {
      made += 1;
      return { peer: `p${made}`, token: `t${made}` };
    },
    peerOf: (token) => token.replace('t', 'p'),
    greeting: () => ({
      version: '1.2.3',
      iceServers: [],
      limits: { messageBytes: 65_536, pingMs: 20_000, silentMs: 45_000 },
    }),
    ...options,
  };
}

/** How every message comes where it does not matter. */
export const ARRIVAL: Arrival = { now: 0, transport: 'ws' };
