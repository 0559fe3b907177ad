import { alternate } from './alternate.ts';
import { pathOf, startBare, startDaemon } from './child.ts';
import { figure, type Benchmark } from './figure.ts';
import { relayLoad } from './load.ts';
import { kilobytesPerSeat, NODE_FLAGS } from './seats.ts';

/** What event streams cost the daemon, against the smallest server of such: messages of 2 kB, and clients that are idle. */
export const eventStreams: Benchmark = {
  name: 'event-streams',
  async run({ quick }) {
    const messages = quick ? 10_000 : 50_000;
    const rateOf = async (dialect: string, starting: ReturnType<typeof startBare>): Promise<number> =>
      (await relayLoad('stream-load.mjs', dialect, messages, starting)).messagesPerCpuSecond;
    const rate = await alternate('event-streams: messages', quick ? 3 : 7, {
      ours: () => rateOf('snap-share', startDaemon()),
      bare: () => rateOf('bare', startBare('stream.mjs')),
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
