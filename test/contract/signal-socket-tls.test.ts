import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll } from 'vitest';
import { pinnedSignalSocket } from '../../src/peer/node/signal-socket.ts';
import { readCertificate } from '../../src/signal/certificate.ts';
import { makeSelfSigned } from '../../src/signal/self-signed.ts';
import { signalSocketContract } from './signal-socket.ts';
import { serveSockets } from './socket-server.ts';

let server: Server;
let fingerprint: string;
beforeAll(async () => {
  const tls = await makeSelfSigned(['localhost'], Date.now());
  ({ fingerprint } = readCertificate(tls));
  server = createServer(tls);
  serveSockets(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => server.close());

signalSocketContract('ws with a pinned certificate', () => ({
  openSocket: pinnedSignalSocket(fingerprint),
  server: `wss://127.0.0.1:${(server.address() as AddressInfo).port}`,
}));
