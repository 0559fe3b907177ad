import { alternate } from './alternate.ts';
import { pathOf, startBare, startDaemon } from './child.ts';
import { figure, type Benchmark } from './figure.ts';
import { kilobytesPerSeat, NODE_FLAGS } from './seats.ts';

/** What an idle peer in a room of three costs the daemon, against an idle connection of a bare server. */
export const memory: Benchmark = {
  name: 'memory',
  async run({ quick }) {
    const seats = quick ? 1_500 : 4_500;
    const clients = [pathOf('clients/seats.mjs'), 'snap-share'];
    const kilobytes = await alternate('memory', quick ? 2 : 5, {
      ours: () => kilobytesPerSeat(seats, startDaemon(NODE_FLAGS), clients, { path: 'ws' }),
      bare: () => kilobytesPerSeat(seats, startBare('echo.mjs', NODE_FLAGS), clients),
    });
    return [figure('memory per idle peer', 'kB', kilobytes, { atMost: 1.6 })];
  },
};
