import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { classes, Message, methods, parseMessage } from 'werift';
import { expect, onTestFinished, test } from 'vitest';
import { connectWerift } from '../../../src/peer/werift/connection.ts';
import { openLink, RtcEnd } from '../../contract/rtc-end.ts';

/** A server on this machine: answers every binding request with the same outside address, or with nothing. */
async function stunServer(outside: [string, number] | undefined): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (data, { address, port }) => {
    const request = parseMessage(data);
    if (request === undefined || outside === undefined) return;
    const response = new Message(methods.BINDING, classes.RESPONSE, request.transactionId);
    socket.send(response.setAttribute('XOR-MAPPED-ADDRESS', outside).addFingerprint().bytes, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return `stun:127.0.0.1:${socket.address().port}`;
}

test('what a STUN server says follows the description as a candidate', async () => {
  const urls = [await stunServer(['198.51.100.7', 4_242])];
  const end = new RtcEnd(connectWerift, { iceServers: [{ urls }] });
  onTestFinished(() => end.close());
  const offer = await end.connection.offer();
  expect(offer).toMatch(/^a=candidate.* typ host/m);
  expect(offer).not.toMatch(/198\.51\.100\.7|end-of-candidates/);
  await end.until(() => end.candidates.length > 0);
  const [added] = end.candidates;
  expect(added?.candidate).toMatch(/^candidate:\w+ 1 udp \d+ 198\.51\.100\.7 4242 typ srflx raddr /);
  expect(added).toMatchObject({ mid: '0', line: 0 });
});

// The limit is the promise: werift by itself asks for five seconds before it starts to connect.
test('servers that do not answer hold nobody up', { timeout: 4_000 }, async () => {
  const urls = [await stunServer(undefined)];
  const turn = { urls: [urls[0]?.replace('stun:', 'turn:') ?? ''], username: 'user', credential: 'word' };
  const [caller, callee] = await openLink(connectWerift, { iceServers: [{ urls }, turn] });
  await Promise.all([caller.close(), callee.close()]);
});
