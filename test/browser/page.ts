import { expect, test } from 'vitest';
import { SnapError } from '../../src/protocol/errors.ts';
import { loadKeyExchange, ownKeyExchange } from '../../src/peer/browser/key-exchange.ts';
import { nobleKeyExchange } from '../../src/peer/browser/noble-key-exchange.ts';
import { autoSignalSockets } from '../../src/peer/auto-signal-socket.ts';
import type { OpenSignalSocket, Transport } from '../../src/peer/signal-socket.ts';
import type { RoomPorts } from '../../src/peer/room.ts';
import type { ConnectRtc, RtcConfig, RtcConnection } from '../../src/peer/rtc.ts';
import { keyExchangeContract } from '../contract/key-exchange.ts';
import { rtcContract } from '../contract/rtc.ts';
import { signalSocketContract } from '../contract/signal-socket.ts';
import { packMessage, unpackMessage, type FromPage, type ToPage } from './messages.ts';
import { runTest } from './vitest-in-page.ts';

/** As much of a browser's WebSocket as is needed: this file belongs to the program that knows no DOM. */
interface PageSocket {
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  send(data: string | Uint8Array<ArrayBuffer>): void;
}

/** The page's side of the tests: does what the Node side asks for, with the browser's adapters. */
export function serveTests(
  socket: PageSocket,
  server: string,
  ports: RoomPorts,
  { ws, sse }: Readonly<Record<Transport, OpenSignalSocket>>,
): void {
  rtcContract('in this page', () => Promise.resolve(ports.connect));
  const openEither = (): OpenSignalSocket => autoSignalSockets(ws, sse, ports.clock);
  signalSocketContract('a WebSocket', () => ({ openSocket: ws, server }));
  signalSocketContract('a stream of events', () => ({ openSocket: sse, server }));
  signalSocketContract('the better of two sockets', () => ({ openSocket: openEither(), server }));
  signalSocketContract('the one of two sockets that gets through', () => ({
    openSocket: openEither(),
    server: `${server}/streams`,
  }));
  keyExchangeContract('the browser', () => Promise.resolve(ownKeyExchange));
  keyExchangeContract('noble', () => Promise.resolve(nobleKeyExchange));
  test("the browser's own key exchange is used", async () => {
    expect(await loadKeyExchange()).toBe(ownKeyExchange);
  });
  test("noble's key exchange is used", async () => {
    expect(await loadKeyExchange()).toBe(nobleKeyExchange);
  });
  const tell = (message: FromPage): void => socket.send(JSON.stringify(message));
  const connections = new Map<number, RtcConnection>();
  const answer = (id: number, work: Promise<string | void>): void => {
    work.then(
      (value) => tell({ say: 'done', id, ...(value !== undefined && { value }) }),
      (error: unknown) =>
        tell({ say: 'failed', id, ...(error instanceof SnapError && { code: error.code }), text: textOf(error) }),
    );
  };
  const connected = (link: number): RtcConnection => {
    const connection = connections.get(link);
    if (connection === undefined) throw new Error(`no connection ${link}`);
    return connection;
  };
  socket.addEventListener('message', ({ data }) => {
    try {
      if (data instanceof ArrayBuffer) {
        const { link, message } = unpackMessage(new Uint8Array(data));
        connected(link).send(message);
        return;
      }
      const message = JSON.parse(String(data)) as ToPage;
      switch (message.do) {
        case 'test':
          answer(message.id, runTest(message.name));
          return;
        case 'connect':
          connections.set(message.link, connectTold(ports.connect, message.link, message.config, tell, socket));
          return;
        case 'candidate':
          connected(message.link).addCandidate(message.candidate);
          return;
        case 'call':
          answer(message.id, connected(message.link)[message.call](message.sdp));
          return;
      }
    } catch (error) {
      tell({ say: 'fault', text: textOf(error) });
    }
  });
}

/** A connection whose events go to the Node side. */
function connectTold(
  connect: ConnectRtc,
  link: number,
  config: RtcConfig,
  tell: (message: FromPage) => void,
  socket: PageSocket,
): RtcConnection {
  const state = (): { say: 'event'; link: number; bufferedBytes: number; maxMessageBytes: number } => {
    const { bufferedBytes, maxMessageBytes } = connection;
    return { say: 'event', link, bufferedBytes, maxMessageBytes };
  };
  const connection = connect(config, {
    onCandidate: (candidate) => tell({ ...state(), on: 'candidate', candidate }),
    onStage: (stage) => tell({ ...state(), on: 'stage', stage }),
    onNegotiationNeeded: () => tell({ ...state(), on: 'negotiation' }),
    onMessage: (message) => socket.send(packMessage(link, message)),
    onDrain: () => tell({ ...state(), on: 'drain' }),
    onClosed: (error) => tell({ ...state(), on: 'closed', code: error.code, text: textOf(error) }),
  });
  return connection;
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${textOf(error.cause)}`;
  return `${error.name}: ${error.message}\n${error.stack ?? ''}${cause}`;
}
