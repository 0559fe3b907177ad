import { pathOf } from '../upgrade.ts';
import type { Dialect, DialectContext } from './dialect.ts';
import { ForeignRooms } from './foreign-rooms.ts';
import { jsonDialect, type JsonLine } from './json-lines.ts';
import { MessageStreams } from './message-streams.ts';

/** Everybody with a WebSocket is in one room; those with a stream are in another. */
const ROOM = 'web-connections';
const CAPACITY = 1_000;
/** One segment of a path, and not one of the daemon's own. */
const SOCKET_PATH = /^\/(?!(?:ws|healthz|readyz|events|r|assets|message|messages)$)([A-Za-z0-9_-]{1,128})$/;

interface Client {
  readonly id: string;
  readonly line: JsonLine;
}

/**
 * The dialect `web-connections`: a WebSocket at `/:id`, or a stream of events at `/messages/:id` and POST to `/message`.
 * Clients choose their ids, a newer one takes an id over, and messages are passed on as they are.
 */
export function openWebConnections(context: DialectContext): Dialect {
  const rooms = new ForeignRooms<Client, string>(
    CAPACITY,
    {
      // Nobody is told who else is there.
      tell: () => {},
      relay: ({ line }, _from, text) => line.sayText(text),
      close: ({ line }, reason) => line.close(reason),
    },
    context.onEvent,
  );
  // Its clients take the end of their connection for the end of their peer: that is the only error they know.
  const end = (client: Client): void => {
    rooms.leave(client);
    client.line.close('bad-message');
  };
  const sockets = jsonDialect<Client>(
    {
      takesSocket: (path) => SOCKET_PATH.test(path),
      open(line, request) {
        const client: Client = { id: SOCKET_PATH.exec(pathOf(request.url))?.[1] ?? '', line };
        rooms.join(client, ROOM, client.id);
        return client;
      },
      receive(client, { from, to }, text) {
        if (from !== client.id) end(client);
        else if (to === client.id) client.line.sayText(text);
        else if (typeof to !== 'string' || !rooms.relay(client, to, text)) end(client);
      },
      receiveOther: end,
      gone: (client) => rooms.leave(client),
    },
    context,
  );
  const streams = new MessageStreams(`${ROOM}/messages`, CAPACITY, context);
  return {
    takesSocket: (path) => sockets.takesSocket(path),
    upgrade: (request, socket, head) => sockets.upgrade(request, socket, head),
    handle: (request, response) => streams.handle(request, response),
    sweep() {
      sockets.sweep();
      streams.sweep();
    },
    stop(reason) {
      sockets.stop(reason);
      streams.stop();
    },
    terminate() {
      sockets.terminate();
      streams.terminate();
    },
    get connections() {
      return sockets.connections + streams.connections;
    },
  };
}
