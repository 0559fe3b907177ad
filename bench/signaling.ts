import { alternate } from './alternate.ts';
import { startBare, startDaemon } from './child.ts';
import { figure, type Benchmark } from './figure.ts';
import { relayLoad } from './load.ts';

/** Relayed session descriptions of 2 kB: what they cost a server that is as busy as it can be. */
export const signaling: Benchmark = {
  name: 'signaling',
  async run({ quick }) {
    const messages = quick ? 30_000 : 150_000;
    const { ours, bare, peerServer } = await alternate('signaling', quick ? 3 : 7, {
      ours: () => relayLoad('relay-load.mjs', 'snap-share', messages, startDaemon()),
      bare: () => relayLoad('relay-load.mjs', 'json', messages, startBare('relay.mjs')),
      peerServer: () => relayLoad('relay-load.mjs', 'peerjs', messages, startBare('peer-server.mjs')),
    });
    const cpu = {
      ours: ours.map((load) => 1e6 / load.messagesPerCpuSecond),
      bare: bare.map((load) => 1e6 / load.messagesPerCpuSecond),
    };
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
