import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll } from 'vitest';
import { nodeEventStreams } from '../../src/peer/node/event-streams.ts';
import { pinnedSignalSocket } from '../../src/peer/node/signal-socket.ts';
import { readCertificate } from '../../src/signal/certificate.ts';
import { makeSelfSigned } from '../../src/signal/self-signed.ts';
import { signalSocketContract } from './signal-socket.ts';
import { serveSockets } from './socket-server.ts';
import { serveStreams } from './stream-server.ts';

let server: Server;
let fingerprint: string;
beforeAll(async () => {
  const tls = await makeSelfSigned(['localhost'], Date.now());
  ({ fingerprint } = readCertificate(tls));
  server = createServer(tls);
  serveSockets(server);
  serveStreams(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => server.close());

const address = (): string => `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

signalSocketContract('a WebSocket with a pinned certificate', () => ({
  openSocket: pinnedSignalSocket(fingerprint),
  server: address(),
}));
signalSocketContract('a stream of events with a pinned certificate', () => ({
  openSocket: nodeEventStreams(fingerprint),
  server: address(),
}));
