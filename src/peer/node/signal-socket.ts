import { WebSocket, type ClientOptions, type RawData } from 'ws';
import { LIMITS } from '../../protocol/limits.ts';
import { REFUSAL_HEADER, SUBPROTOCOL, UPGRADE_REFUSALS } from '../../protocol/endpoint.ts';
import { socketUrl } from '../daemon-url.ts';
import { parseRetryAfter } from '../http.ts';
import type { OpenSignalSocket, SignalSocket, SignalSocketClose, SignalSocketEvents } from '../signal-socket.ts';
import { connectionFailure, describe } from './connection-failure.ts';
import { connectPinned, expectTls } from './daemon-certificate.ts';

/** How long a polite end may take, ms. */
const CLOSE_MS = 1_000;

/** The signaling transport of terminals: WebSocket through the `ws` package, with certificates that Node trusts. */
export const openNodeSignalSocket: OpenSignalSocket = (server, events) => openSocket(socketUrl(server), events, {});

/**
 * The same, with the one daemon whose certificate has this SHA-256 (`AB:CD:…`), trusted or not.
 * @throws SnapError `usage` when it is opened to an address without TLS: nothing would prove anything there
 */
export function pinnedSignalSocket(fingerprint: string): OpenSignalSocket {
  return (server, events) => {
    const url = socketUrl(server);
    expectTls(server);
    // No redirects: they lead to somebody else.
    return openSocket(url, events, {
      followRedirects: false,
      createConnection: () => {
        const { hostname, port } = new URL(url);
        return connectPinned(hostname.replace(/^\[|\]$/g, ''), port === '' ? 443 : Number(port), fingerprint);
      },
    });
  };
}

function openSocket(url: string, events: SignalSocketEvents, options: ClientOptions): SignalSocket {
  let wasOpen = false;
  let problem: string | undefined;
  let refusal: SignalSocketClose['refusal'];
  let retryAfterMs: number | undefined;
  let cause: unknown;
  const socket = new WebSocket(url, [SUBPROTOCOL], {
    // The daemon's own messages are a little longer than the 64 KiB it accepts: it adds a header with the sender.
    maxPayload: 4 * LIMITS.messageBytes,
    perMessageDeflate: false,
    handshakeTimeout: 10_000,
    followRedirects: true,
    ...options,
  });
  socket.on('open', () => {
    wasOpen = true;
    events.onOpen();
  });
  socket.on('ping', () => events.onAlive());
  socket.on('pong', () => events.onAlive());
  socket.on('message', (data: RawData, isBinary: boolean) => {
    if (isBinary) events.onAlive();
    else events.onMessage(textOf(data));
  });
  socket.on('unexpected-response', (request, response) => {
    const { statusCode = 0, headers } = response;
    refusal = UPGRADE_REFUSALS.find((code) => code === headers[REFUSAL_HEADER]);
    retryAfterMs = parseRetryAfter(headers['retry-after']);
    // 5xx comes from a proxy in front of a daemon that is away; anything else was meant.
    if (refusal === undefined && statusCode < 500) refusal = 'not-a-daemon';
    problem = `it answered with HTTP status ${statusCode}`;
    // What a server of TLS, ours or another, says to plain HTTP.
    if (statusCode === 400 && url.startsWith('ws:')) problem += ': its address may start with https://';
    response.resume();
    request.destroy();
    socket.terminate();
  });
  socket.on('error', (error: Error & { code?: string }) => {
    cause ??= error;
    if (problem !== undefined) return;
    if (isForeign(error)) {
      refusal = 'not-a-daemon';
      problem = `it answered something that is no WebSocket (${error.message})`;
    } else if (wasOpen) problem = describe(error);
    else ({ problem, refusal } = connectionFailure(error));
  });
  socket.on('close', (code, reason) => {
    events.onClose({
      code,
      reason: reason.toString('utf8'),
      ...(refusal === undefined ? {} : { refusal }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(problem === undefined ? {} : { problem }),
      ...(cause === undefined ? {} : { cause }),
    });
  });
  return {
    transport: 'ws',
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close() {
      if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
      else socket.close(1000, 'left');
      const timer = setTimeout(() => socket.terminate(), CLOSE_MS);
      timer.unref();
      socket.once('close', () => clearTimeout(timer));
    },
  };
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}

/** Something listens there and speaks, but not our protocol. */
function isForeign(error: Error & { code?: string }): boolean {
  if (error.code?.startsWith('HPE_') === true) return true;
  return /^(Server sent|Invalid Sec-WebSocket|Invalid Upgrade|Invalid WebSocket frame|Parse Error)/.test(error.message);
}
