import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll } from 'vitest';
import { openNodeSignalSocket } from '../../src/peer/node/signal-socket.ts';
import { signalSocketContract } from './signal-socket.ts';
import { serveSockets } from './socket-server.ts';

const server = createServer();
serveSockets(server);
beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'));
afterAll(() => server.close());

signalSocketContract('ws', () => ({
  openSocket: openNodeSignalSocket,
  server: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
}));
