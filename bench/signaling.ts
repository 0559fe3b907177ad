import { alternate } from './alternate.ts';
import { Child, pathOf, startBare, startDaemon } from './child.ts';
import { figure, type Benchmark } from './figure.ts';

interface Load {
  /** Of the server, µs. */
  readonly cpuPerMessage: number;
  readonly messagesPerSecond: number;
}

/** Relayed session descriptions of 2 kB: what they cost a server that is as busy as it can be. */
export const signaling: Benchmark = {
  name: 'signaling',
  async run({ quick }) {
    const messages = quick ? 30_000 : 150_000;
    const { ours, bare, peerServer } = await alternate('signaling', quick ? 3 : 7, {
      ours: () => load('snap-share', messages, startDaemon()),
      bare: () => load('json', messages, startBare('relay.mjs')),
      peerServer: () => load('peerjs', messages, startBare('peer-server.mjs')),
    });
    const cpu = { ours: ours.map((load) => load.cpuPerMessage), bare: bare.map((load) => load.cpuPerMessage) };
    const rate = {
      ours: ours.map((load) => load.messagesPerSecond),
      bare: peerServer.map((load) => load.messagesPerSecond),
    };
    return [
      figure('server CPU per signal, to a JSON relay', 'µs', cpu, { atMost: 0.6 }),
      figure('signals relayed, to PeerServer', '1/s', rate, { atLeast: 1.5 }),
    ];
  },
};

async function load(dialect: string, messages: number, starting: ReturnType<typeof startBare>): Promise<Load> {
  await using server = await starting;
  const counts = [String(messages / 5), String(messages)];
  await using clients = new Child([pathOf('clients/relay-load.mjs'), dialect, server.url, ...counts]);
  await clients.event('warm');
  const cpuBefore = server.cpuMs();
  clients.tell('go');
  const { ms } = await clients.event('relayed');
  const cpuMs = server.cpuMs() - cpuBefore;
  return { cpuPerMessage: (cpuMs * 1_000) / messages, messagesPerSecond: (messages * 1_000) / Number(ms) };
}
