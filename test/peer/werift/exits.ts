import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connectWerift } from '../../../src/peer/werift/connection.ts';
import { inside, partsOf } from '../../../src/peer/werift/parts.ts';
import type { DtlsPart, Parts } from '../../../src/peer/werift/parts.ts';
import { negotiate, openLink, roundTrip, RtcEnd } from '../../contract/rtc-end.ts';
import { collectPeers } from './inside.ts';

/*
 * Run as a process of its own: closes connections in the state its argument names, and must then end by itself. It writes
 * the moment of its closing, for whoever waits for its end.
 */

const peers = collectPeers();

const ways: Record<string, () => Promise<RtcEnd[]>> = {
  async open() {
    const [caller, callee] = await openLink(connectWerift);
    await roundTrip(caller, callee);
    return [caller, callee];
  },
  async offered() {
    const end = new RtcEnd(connectWerift);
    await end.connection.offer();
    return [end];
  },
  async 'waiting for servers'() {
    const server = createSocket('udp4').unref().bind(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `127.0.0.1:${server.address().port}`;
    const turn = { urls: [`turn:${url}`], username: 'user', credential: 'word' };
    const end = new RtcEnd(connectWerift, { iceServers: [{ urls: [`stun:${url}`] }, turn] });
    await end.connection.offer();
    // One request to each, from one address of ours at least.
    for (let requests = 0; requests < 2; requests++) await once(server, 'message');
    return [end];
  },
  /** The other side has gone silent, as seen from the side that repeats its first flight. */
  async 'in a handshake'() {
    const [caller, callee] = [new RtcEnd(connectWerift), new RtcEnd(connectWerift)];
    const [theirs, ours] = peers.map(partsOf);
    if (theirs === undefined || ours === undefined) throw new Error('no inside');
    theirs.dtls.start = () => new Promise(() => undefined);
    await negotiate(caller, callee);
    await sentFirstFlight(ours);
    return [caller, callee];
  },
};

async function sentFirstFlight({ dtls }: Parts): Promise<void> {
  while (dtls.dtls === undefined || inside<DtlsPart>(dtls.dtls).dtls.flight < 1)
    await new Promise((resolve) => setImmediate(resolve));
}

const way = ways[process.argv[2] ?? ''];
if (way === undefined) throw new Error(`expected one of ${Object.keys(ways).join(', ')}`);
void way().then(async (ends) => {
  await Promise.all(ends.map((end) => end.close()));
  process.stdout.write('closed\n');
});
