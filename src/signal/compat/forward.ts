import { randomUUID } from 'node:crypto';
import type { Dialect, DialectContext } from './dialect.ts';
import { ForeignRooms } from './foreign-rooms.ts';
import { jsonDialect, type JsonLine, type JsonObject } from './json-lines.ts';

/** Everybody is in one room. */
const ROOM = 'forward';
/** The newcomer offers to everyone: a mesh beyond this feeds nobody. */
const CAPACITY = 64;

/** Two spellings of the same messages are in use, the document's and another one. */
type Spelling = 'document' | 'other';

interface Client {
  readonly id: string;
  readonly line: JsonLine;
  /** Known once it has sent a candidate. */
  spelling: Spelling | undefined;
}

/** What goes from one peer to another. */
type Relayed =
  | { readonly type: 'offer'; readonly offer: unknown }
  | { readonly type: 'answer'; readonly answer: unknown }
  | { readonly type: 'candidate'; readonly candidate: unknown };

/**
 * The dialect `forward`: WebSocket at `/`, clients say `action`, the server says `type`. The newcomer is told who is there
 * and offers to each; ids are made here, and so is the sender of everything.
 */
export function openForward(context: DialectContext): Dialect {
  const rooms = new ForeignRooms<Client, Relayed>(
    CAPACITY,
    {
      tell({ line }, message) {
        // Nobody is told of arrivals and departures: the newcomer starts, and a closed channel says the rest.
        if (message.type !== 'welcome') return;
        const peerIds = message.peers.map(({ peer }) => peer);
        line.say({ type: 'connected-peers', peerIds });
        line.say({ type: 'peers', peerIds });
      },
      relay(client, fromPeerId, relayed) {
        for (const message of spell(client.spelling, relayed)) client.line.say({ ...message, fromPeerId });
      },
      close: ({ line }, reason) => line.close(reason),
    },
    context.onEvent,
  );
  return jsonDialect<Client>(
    {
      takesSocket: (path) => path === '/',
      open(line) {
        const client: Client = { id: randomUUID(), line, spelling: undefined };
        rooms.join(client, ROOM, client.id);
        return client;
      },
      receive(client, message) {
        const { toPeerId } = message;
        const relayed = read(client, message);
        if (relayed === 'unknown')
          complain(client, 'expected the action forward-offer, forward-answer or forward-ice-candidate');
        else if (typeof toPeerId !== 'string') complain(client, 'expected the id of a peer as toPeerId');
        else if (relayed !== 'nothing' && !rooms.relay(client, toPeerId, relayed))
          complain(client, 'this peer is not connected');
      },
      receiveOther: (client) => complain(client, 'expected a JSON object'),
      gone: (client) => rooms.leave(client),
    },
    context,
  );
}

function complain({ line }: Client, message: string): void {
  line.say({ type: 'error', message });
}

function read(client: Client, message: JsonObject): Relayed | 'nothing' | 'unknown' {
  switch (message['action']) {
    case 'forward-offer':
      return { type: 'offer', offer: message['offer'] };
    case 'forward-answer':
      return { type: 'answer', answer: message['answer'] };
    case 'forward-icecandidate':
      client.spelling = 'document';
      return candidate(message['candidate']);
    case 'forward-ice-candidate':
      client.spelling = 'other';
      return candidate(message['iceCandidate']);
    default:
      return 'unknown';
  }
}

/** The last one is `null`: it says that there are no more, which no client waits for. */
function candidate(value: unknown): Relayed | 'nothing' {
  return value === null || value === undefined ? 'nothing' : { type: 'candidate', candidate: value };
}

/** Who has not shown its spelling yet gets both: each client ignores the type that it does not know. */
function spell(spelling: Spelling | undefined, relayed: Relayed): JsonObject[] {
  if (relayed.type !== 'candidate') return [relayed];
  const inDocument = { type: 'icecandidate', candidate: relayed.candidate };
  const inOther = { type: 'ice-candidate', iceCandidate: relayed.candidate };
  switch (spelling) {
    case 'document':
      return [inDocument];
    case 'other':
      return [inOther];
    case undefined:
      return [inDocument, inOther];
  }
}
