import { alternate } from './alternate.ts';
import { Child, pathOf, startBare, startDaemon } from './child.ts';
import { figure, type Benchmark } from './figure.ts';

/** Clients that connect, join and are welcomed, against clients that connect and get one echo. */
export const joins: Benchmark = {
  name: 'joins',
  async run({ quick }) {
    const seats = quick ? 600 : 3_000;
    const rate = await alternate('joins', quick ? 3 : 7, {
      ours: () => seatsPerSecond(seats, startDaemon(), 'ws'),
      bare: () => seatsPerSecond(seats, startBare('echo.mjs')),
    });
    return [figure('joins, to connects with an echo', '1/s', rate)];
  },
};

async function seatsPerSecond(seats: number, starting: ReturnType<typeof startBare>, path = ''): Promise<number> {
  await using server = await starting;
  await using clients = new Child([pathOf('clients/seats.mjs'), 'snap-share', new URL(path, server.url).href]);
  // Some first, so that neither process is cold.
  clients.tell(String(300));
  await clients.event('seated');
  clients.tell(String(seats));
  const { ms } = await clients.event('seated');
  return (seats * 1_000) / Number(ms);
}
