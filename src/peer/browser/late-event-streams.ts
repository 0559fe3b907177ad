import { loadPart } from '../load-part.ts';
import type { OpenSignalSocket, SignalSocket } from '../signal-socket.ts';

/** Events and POST in a page, which few networks make necessary: loaded when a WebSocket has failed and not before. */
export const openLateEventStream: OpenSignalSocket = (server, events) => {
  let socket: SignalSocket | undefined;
  let isClosed = false;
  loadPart(() => import('./event-streams.ts')).then(
    ({ openBrowserEventStream }) => {
      if (!isClosed) socket = openBrowserEventStream(server, events);
    },
    (cause: unknown) => {
      const problem = 'a part of the page could not be loaded';
      if (!isClosed) events.onClose({ code: 1006, reason: '', problem, cause });
    },
  );
  return {
    transport: 'sse',
    send: (text) => socket?.send(text),
    close() {
      if (isClosed) return;
      isClosed = true;
      if (socket === undefined) queueMicrotask(() => events.onClose({ code: 1006, reason: '' }));
      else socket.close();
    },
  };
};
