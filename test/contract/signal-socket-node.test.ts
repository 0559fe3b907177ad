import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll } from 'vitest';
import { autoSignalSockets } from '../../src/peer/auto-signal-socket.ts';
import { systemClock } from '../../src/peer/clock.ts';
import { nodeEventStreams } from '../../src/peer/node/event-streams.ts';
import { openNodeSignalSocket } from '../../src/peer/node/signal-socket.ts';
import { signalSocketContract } from './signal-socket.ts';
import { serveSockets } from './socket-server.ts';
import { serveStreams } from './stream-server.ts';

const server = createServer();
serveSockets(server);
serveStreams(server);
beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'));
afterAll(() => server.close());

const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const streams = nodeEventStreams();
const openEither = () => autoSignalSockets(openNodeSignalSocket, streams, systemClock);

signalSocketContract('a WebSocket', () => ({ openSocket: openNodeSignalSocket, server: address() }));
signalSocketContract('a stream of events', () => ({ openSocket: streams, server: address() }));
signalSocketContract('the better of two sockets', () => ({ openSocket: openEither(), server: address() }));
signalSocketContract('the one of two sockets that gets through', () => ({
  openSocket: openEither(),
  server: `${address()}/streams`,
}));
