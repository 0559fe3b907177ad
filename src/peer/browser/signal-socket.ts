import { SUBPROTOCOL } from '../../protocol/endpoint.ts';
import { socketUrl } from '../daemon-url.ts';
import type { OpenSignalSocket, SignalSocketClose } from '../signal-socket.ts';

/** How long a polite end may take, ms. */
const CLOSE_MS = 1_000;

/**
 * The signaling transport of pages: the browser's WebSocket. A page is not told why one could not be opened (WHATWG
 * WebSockets, section 7): nobody there, a refusal of the daemon's and a foreign server all look the same, so there is a
 * `problem` but never a `refusal`.
 */
export const openBrowserSignalSocket: OpenSignalSocket = (server, events) => {
  const url = socketUrl(server);
  let opened = false;
  let over = false;
  const finish = (close: SignalSocketClose): void => {
    if (over) return;
    over = true;
    events.onClose(close);
  };

  let socket: WebSocket;
  try {
    socket = new WebSocket(url, [SUBPROTOCOL]);
  } catch (cause) {
    // A page from https: may not speak to ws:, and a strict policy may forbid the address.
    const problem = cause instanceof Error ? cause.message : 'the browser refused to open a WebSocket';
    queueMicrotask(() => finish({ code: 1006, reason: '', problem, cause }));
    return { transport: 'ws', send: () => {}, close: () => {} };
  }
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('open', () => {
    opened = true;
    if (!over) events.onOpen();
  });
  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (over) return;
    if (typeof data === 'string') events.onMessage(data);
    else events.onAlive();
  });
  socket.addEventListener('close', ({ code, reason }) => {
    finish({ code, reason, ...(opened ? {} : { problem: unopened() }) });
  });
  return {
    transport: 'ws',
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close() {
      socket.close(1000, 'left');
      // The browser may wait much longer for the other side's answer; a page cannot cut a socket.
      const timer = setTimeout(() => finish({ code: 1006, reason: '' }), CLOSE_MS);
      socket.addEventListener('close', () => clearTimeout(timer), { once: true });
    },
  };
};

function unopened(): string {
  return navigator.onLine ? 'the connection could not be opened' : 'this device is offline';
}
