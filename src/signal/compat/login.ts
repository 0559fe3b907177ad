import { randomUUID } from 'node:crypto';
import { displayText } from '../../protocol/names.ts';
import type { Dialect, DialectContext } from './dialect.ts';
import { ForeignRooms } from './foreign-rooms.ts';
import { jsonDialect, type JsonLine, type JsonObject } from './json-lines.ts';

/** Everybody is in one room. */
const ROOM = 'login';
const CAPACITY = 1_000;
/** Longer is no name that a person types. */
const LOGIN_LENGTH = 256;
/** As much of a stranger's text as is sent back to it. */
const QUOTED_LENGTH = 200;

interface Client {
  readonly id: string;
  readonly line: JsonLine;
  login: string | undefined;
}

/** From whom, to whom and what: an offer, an answer or a candidate, as its receiver gets it. */
type Relayed = JsonObject & { readonly from: string; readonly to: string };

/**
 * The dialect `login`: WebSocket at `/`, everything by `type`. A client takes a login that nobody else has, and is reached by
 * it; the login of a sender is filled in here.
 */
export function openLogin(context: DialectContext): Dialect {
  /** A map, since a login may be the name of anything, such as `constructor`. */
  const byLogin = new Map<string, Client>();
  const rooms = new ForeignRooms<Client, Relayed>(
    CAPACITY,
    {
      // Nobody is told who else is there.
      tell: () => {},
      relay: ({ line }, _from, relayed) => line.say(relayed),
      close: ({ line }, reason) => line.close(reason),
    },
    context.onEvent,
  );

  const logout = (client: Client): void => {
    if (client.login === undefined) return;
    byLogin.delete(client.login);
    client.login = undefined;
    rooms.leave(client);
  };
  const login = (client: Client, wanted: unknown): void => {
    const isFree = isLogin(wanted) && (byLogin.get(wanted) ?? client) === client;
    if (isFree) {
      logout(client);
      client.login = wanted;
      byLogin.set(wanted, client);
      rooms.join(client, ROOM, client.id, displayText(wanted));
    }
    client.line.say({ type: 'login', success: isFree });
  };
  const relay = (client: Client, to: unknown, body: JsonObject): void => {
    const target = typeof to === 'string' ? byLogin.get(to) : undefined;
    if (client.login === undefined) complain(client, 'Not logged in');
    else if (target === undefined || typeof to !== 'string') complain(client, `Unknown user: ${quote(to)}`);
    else if (!rooms.relay(client, target.id, { ...body, from: client.login, to }))
      complain(client, `Not to be reached from here: ${quote(to)}`);
  };

  return jsonDialect<Client>(
    {
      takesSocket: (path) => path === '/',
      open: (line) => ({ id: randomUUID(), line, login: undefined }),
      receive(client, message) {
        const { type, to } = message;
        switch (type) {
          case 'login':
            login(client, message['login']);
            return;
          case 'logout':
            // Nobody logs out anybody else.
            if (message['login'] === client.login) logout(client);
            return;
          case 'offer':
          case 'answer':
            relay(client, to, { type, [type]: message[type] });
            return;
          case 'ice-candidate': {
            const candidate = message['ice-candidate'] ?? message['iceCandidate'];
            // The last one is `null`: there are no more, which nobody waits for.
            if (candidate === undefined || candidate === null) return;
            relay(client, to, { type, 'ice-candidate': candidate, iceCandidate: candidate });
            return;
          }
          default:
            complain(client, `Unknown command: ${quote(type)}`);
        }
      },
      receiveOther: (client, text) => complain(client, `Malformed command: ${text.slice(0, QUOTED_LENGTH)}`),
      gone: logout,
    },
    context,
  );
}

function isLogin(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LOGIN_LENGTH;
}

function complain({ line }: Client, message: string): void {
  line.say({ type: 'error', message });
}

function quote(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, QUOTED_LENGTH) : typeof value;
}
