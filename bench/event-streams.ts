import { alternate } from './alternate.ts';
import { Child, pathOf, startBare, startDaemon } from './child.ts';
import { figure, type Benchmark } from './figure.ts';
import { kilobytesPerSeat, NODE_FLAGS } from './seats.ts';

/** What event streams cost the daemon, against the smallest server of such: messages of 2 kB, and clients that are idle. */
export const eventStreams: Benchmark = {
  name: 'event-streams',
  async run({ quick }) {
    const messages = quick ? 10_000 : 50_000;
    const rate = await alternate('event-streams: messages', quick ? 3 : 7, {
      ours: () => messagesPerSecond('snap-share', messages, startDaemon()),
      bare: () => messagesPerSecond('bare', messages, startBare('stream.mjs')),
    });
    const seats = quick ? 1_500 : 4_500;
    const clients = (name: string): string[] => [pathOf('clients/stream-seats.mjs'), name];
    const kilobytes = await alternate('event-streams: memory', quick ? 2 : 5, {
      ours: () => kilobytesPerSeat(seats, startDaemon(NODE_FLAGS), clients('snap-share')),
      bare: () => kilobytesPerSeat(seats, startBare('stream.mjs', NODE_FLAGS), clients('bare')),
    });
    return [
      figure('signals relayed over event streams', '1/s', rate, { atLeast: 0.7 }),
      figure('memory per idle event stream', 'kB', kilobytes, { atMost: 2 }),
    ];
  },
};

/** Of the server's processor: what it could do alone on a machine, whatever else this one does. */
async function messagesPerSecond(
  dialect: string,
  messages: number,
  starting: ReturnType<typeof startBare>,
): Promise<number> {
  await using server = await starting;
  const counts = [String(messages / 5), String(messages)];
  await using clients = new Child([pathOf('clients/stream-load.mjs'), dialect, server.url, ...counts]);
  await clients.event('warm');
  const cpuBefore = server.cpuMs();
  clients.tell('go');
  await clients.event('relayed');
  return (messages * 1_000) / (server.cpuMs() - cpuBefore);
}
