import { once } from 'node:events';
import { createServer as createPlainServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { joinRoom } from '../../../src/index.ts';
import { parseFingerprint } from '../../../src/peer/node/fingerprint.ts';
import { openNodeSignalSocket, pinnedSignalSocket } from '../../../src/peer/node/signal-socket.ts';
import type { OpenSignalSocket, SignalSocketClose } from '../../../src/peer/signal-socket.ts';
import { readCertificate } from '../../../src/signal/certificate.ts';
import { makeSelfSigned } from '../../../src/signal/self-signed.ts';
import { serve } from '../../../src/signal/serve.ts';

const OTHER = 'AB:'.repeat(31) + 'AB';
let tls: { cert: string; key: string };
let fingerprint: string;
/** Speaks TLS, hears whatever comes, and answers with an end. */
let server: Server;
let heard: Buffer[] = [];
let url: string;

beforeAll(async () => {
  // Not for the address it is reached at: a fingerprint stands for itself.
  tls = await makeSelfSigned(['shed.local'], Date.now());
  ({ fingerprint } = readCertificate(tls));
  server = createServer(tls, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      heard.push(chunk);
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.close());

/** How a socket that is never opened ends, and what the other side has heard of it until its own end. */
async function ending(open: OpenSignalSocket, to: string): Promise<{ close: SignalSocketClose; heard: string }> {
  heard = [];
  const gone = once(server, 'connection').then(([socket]) => once(socket as NodeJS.EventEmitter, 'close'));
  const close = await new Promise<SignalSocketClose>((onClose, reject) => {
    const onOpen = (): void => reject(new Error('opened'));
    open(to, { onOpen, onMessage: onOpen, onAlive: () => {}, onClose });
  });
  if (to === url) await gone;
  return { close, heard: Buffer.concat(heard).toString() };
}

test('the daemon with the right fingerprint gets the request', async () => {
  const { close, heard } = await ending(pinnedSignalSocket(fingerprint), url);
  expect(heard).toMatch(/^GET \/ws HTTP\/1\.1\r\n/);
  expect(close.problem).toBe('it answered with HTTP status 404');
});

test('a daemon with another fingerprint gets not one byte, and is told apart from one that is away', async () => {
  const { close, heard } = await ending(pinnedSignalSocket(OTHER), url);
  expect(heard).toBe('');
  expect(close).toMatchObject({ code: 1006, refusal: 'certificate-refused' });
  expect(close.problem).toContain(OTHER);
  expect(close.problem).toContain(fingerprint);
});

test('without a fingerprint a certificate that nobody vouches for gets not one byte, and the error says what to do', async () => {
  const { close, heard } = await ending(openNodeSignalSocket, url);
  expect(heard).toBe('');
  expect(close).toMatchObject({ code: 1006, refusal: 'certificate-refused' });
  expect(close.problem).toMatch(/^[^\n]*--tls-fingerprint[^\n]*$/);
});

test('an https address of a daemon without TLS is said to be one, in one line', async () => {
  const plain = createPlainServer();
  await once(plain.listen(0, '127.0.0.1'), 'listening');
  const { port } = plain.address() as AddressInfo;
  for (const open of [openNodeSignalSocket, pinnedSignalSocket(fingerprint)]) {
    const { close } = await ending(open, `https://127.0.0.1:${port}/`);
    expect(close.refusal).toBe('not-a-daemon');
    expect(close.problem).toMatch(/^[^\n]*http:\/\/[^\n]*$/);
  }
  plain.close();
});

test('an http address of a daemon with TLS is said to be one', async () => {
  await using daemon = await serve({ port: 0, version: '1', tls });
  const { close } = await ending(openNodeSignalSocket, `http://127.0.0.1:${daemon.port}/`);
  expect(close.refusal).toBe('not-a-daemon');
  expect(close.problem).toContain('https://');
});

describe('a program that joins a room with tlsFingerprint', () => {
  const join = (server: string, tlsFingerprint?: string) =>
    joinRoom({
      server,
      room: 'garden',
      name: 'shed',
      kind: 'terminal',
      sink: { store: () => Promise.resolve({ stored: false }) },
      onEvent: () => {},
      ...(tlsFingerprint === undefined ? {} : { tlsFingerprint }),
    });

  test('is admitted by the daemon that has it', async () => {
    await using daemon = await serve({ port: 0, version: '1', tls });
    await using room = await join(daemon.url, daemon.fingerprint);
    expect(room.you).toMatch(/^.{16}$/);
  });

  test.each([
    ['another fingerprint', (daemon: string) => join(daemon, OTHER), 'certificate-refused'],
    ['none', (daemon: string) => join(daemon), 'certificate-refused'],
    ['a text that is none', (daemon: string) => join(daemon, 'AB:CD'), 'usage'],
    ['an address without TLS', (daemon: string) => join(daemon.replace('https', 'http'), OTHER), 'usage'],
  ])('is told at once what is wrong with %s', async (_what, attempt, code) => {
    await using daemon = await serve({ port: 0, version: '1', tls });
    await expect(attempt(daemon.url)).rejects.toMatchObject({ code, retryable: false });
    expect(daemon.stats().peers).toBe(0);
  });
});

test('a fingerprint may be written in any usual way, and nothing else is one', () => {
  const plain = OTHER.replaceAll(':', '');
  for (const text of [OTHER, plain, plain.toLowerCase(), OTHER.toLowerCase(), ` ${OTHER}\n`])
    expect(parseFingerprint(text)).toBe(OTHER);
  for (const text of [
    '',
    ':',
    'AB',
    plain.slice(1),
    `${plain}A`,
    `${plain}AB`,
    plain.replace('A', 'G'),
    `sha256:${plain}`,
  ])
    expect(parseFingerprint(text)).toBeUndefined();
});
