import { expect } from 'vitest';
import { parseDaemonMessage, type DaemonMessage, type PeersMessage } from '../../../src/protocol/signaling.ts';
import { openSse } from '../sse-client.ts';
import { open, upgradeRequest } from '../ws-client.ts';
import {
  exchange,
  getRequest,
  hear,
  nested,
  type Client,
  type Outcome,
  type Place,
  type Saying,
  type System,
} from './system.ts';

const BAD: Outcome = {
  hears: [{ type: 'error', code: 'bad-message', message: expect.stringMatching(/^.{5,300}$/su) as unknown }],
};
const UNKNOWN_PEER: Outcome = { hears: [expect.objectContaining({ type: 'error', code: 'unknown-peer' })] };
const NOBODY = 'AAAAAAAAAAAAAAAA';

const goodJoin = { type: 'join', room: 'garden', name: 'shed', kind: 'camera' };
const join = (fields: object): string => JSON.stringify({ ...goodJoin, ...fields });
const signal = (to: unknown, fields: object = {}): string => `${JSON.stringify({ type: 'signal', to, ...fields })}\nx`;
const bad = (...texts: string[]): Saying[] => texts.map((text) => [text, BAD]);

const sayings: System['sayings'] = {
  'malformed JSON': bad('', '\n', '{', '{"type":"jo', `${join({})}${join({})}`, `\ufeff{"type":"ping"}`),
  null: bad('null', join({ seat: null })),
  'an array': bad('[]', `[${join({})}]`),
  'another value that is no object': bad('true', '1e999', '"join"'),
  'an unknown type': bad(
    '{"type":"promote"}',
    '{"type":"pong"}',
    '{"type":"__proto__"}',
    '{"type":"constructor"}',
    '{"constructor":{"prototype":{"type":"leave"}}}',
  ),
  'a missing field': bad(
    '{}',
    '{"room":"garden"}',
    '{"type":"signal"}',
    '{"type":"list"}',
    join({ seat: { peer: NOBODY } }),
    `{"__proto__":${join({})}}`,
  ),
  'a field of another kind': bad(
    '{"type":["join"]}',
    join({ room: { toString: 'garden' } }),
    join({ room: '../etc' }),
    join({ room: '' }),
    join({ room: 'r'.repeat(65) }),
    join({ name: 7 }),
    join({ name: 'n'.repeat(60_000) }),
    join({ kind: 'toaster' }),
    signal({}),
    '{"type":"list","room":"our garden"}',
    '{"type":"list","room":["garden"]}',
    '{"type":"list","room":"garden"}\nmore',
    '{"type":"ping"}\nmore',
  ),
  'deep nesting': bad(
    nested('[', ']', 10_000),
    nested('{"type":', '}', 7_000, '1'),
    '['.repeat(60_000),
    `{"type":"join","name":"n","kind":"camera","room":${nested('[', ']', 10_000)}}`,
  ),
  'a target called constructor or __proto__': bad(signal('constructor'), signal('__proto__')),
  'an unknown target': [[signal(NOBODY), UNKNOWN_PEER]],
  'itself as the target': [[({ self }) => [signal(self.id)], UNKNOWN_PEER]],
  'a target in another room or system': [
    [({ elsewhere }) => elsewhere.map((id) => signal(id)), UNKNOWN_PEER],
    [({ strangers }) => strangers.map((id) => signal(id)), BAD],
  ],
  'a forged sender': [
    [
      ({ other, third }) => [signal(other.id, { from: third.id })],
      { otherHears: ({ self }) => [{ from: self.id, text: 'x' }] },
    ],
  ],
  'a line feed in a type': bad(`{"type":"sig\\nnal","to":"${NOBODY}"}`, `{"type":"sig\nnal","to":"${NOBODY}"}`),
  'a message of 64 KiB and one byte': [
    [' '.repeat(65_537), { ends: expect.objectContaining({ code: 1009 }) as unknown }],
  ],
};

/** Every text of the table, as the first thing that a client says. */
const FIRST_WORDS = Object.values(sayings)
  .flatMap((said) => ('because' in said ? [] : said))
  .flatMap(([text, outcome]) => (typeof text === 'string' && outcome === BAD ? [text] : []));

/** A client whose seat this token proves to be its own. */
type Seated = Client & { readonly token: string };

/** The same protocol over another transport; clients without a seat have the id ''. */
function over(
  connect: (place: Place) => Promise<Client>,
): Pick<System, 'enter' | 'farewell' | 'freed' | 'deeds' | 'silence'> {
  const joined = async (client: Client, room: string, name: string, seat?: object): Promise<unknown> => {
    await client.say(
      JSON.stringify({ type: 'join', room, name, kind: 'terminal', ...(seat === undefined ? {} : { seat }) }),
    );
    return client.next();
  };
  /** What came of it is known: this client is of no use any more. */
  const ends = async (client: Client, how: object): Promise<void> => {
    expect(await client.end()).toEqual(how);
    await client[Symbol.asyncDispose]();
  };
  return {
    farewell: [expect.objectContaining({ type: 'peer-away' })],
    freed: [expect.objectContaining({ type: 'peer-left', reason: 'lost' })],
    async enter(place, room, name, others): Promise<Seated> {
      const client = await connect(place);
      const { peer: id, token } = (await joined(client, room, name)) as { peer: string; token: string };
      for (const other of others) expect(await other.next()).toMatchObject({ type: 'peer-joined', peer: id, name });
      return Object.assign(client, { id, token });
    },
    deeds: {
      async 'anything before it has joined'({ self }, place) {
        for (const text of FIRST_WORDS) {
          const client = await connect(place);
          await client.say(text);
          expect([await client.next()]).toEqual(BAD.hears);
          await ends(client, { code: 4400, reason: 'bad-message' });
        }
        for (const text of [signal(self.id), '{"type":"leave"}']) {
          const client = await connect(place);
          await client.say(text);
          await ends(client, { code: 4401, reason: 'join-first' });
        }
      },
      // Names are no keys here: what can be taken is a seat.
      async 'a name that is taken'({ room, self, other, third }, place) {
        const thief = await connect(place);
        const seat = { peer: self.id, token: NOBODY.repeat(2) };
        await thief.say(JSON.stringify({ ...goodJoin, room, seat }));
        await ends(thief, { code: 4403, reason: 'wrong-token' });
        await exchange([self, other, third]);
      },
      async 'a second login on one connection'({ self, other, third }) {
        expect(await joined(self, 'another', 'attic')).toMatchObject({ type: 'error', code: 'already-joined' });
        await exchange([self, other, third]);
      },
      async 'an id taken again while its old connection lives'({ room, self, other, third }, place) {
        const { id, token } = self as Seated;
        const newer = Object.assign(await connect(place), { id });
        expect(await joined(newer, room, 'attic', { peer: id, token })).toMatchObject({ type: 'welcome', peer: id });
        await ends(self, { code: 4409, reason: 'superseded' });
        await exchange([newer, other, third]);
        await newer[Symbol.asyncDispose]();
        await hear([other, third], [{ type: 'peer-away', peer: id }]);
      },
    },
    async silence(place) {
      await ends(await connect(place), { code: 4408, reason: 'join-timeout' });
    },
  };
}

/** What a message of the daemon is to this suite. */
function heard({
  message,
  payload,
}: {
  readonly message: DaemonMessage | PeersMessage;
  readonly payload: string;
}): unknown {
  return message.type === 'signal' ? { from: message.from, text: payload } : message;
}

const webSockets = over(async (place) => {
  const wire = await open(place);
  return {
    id: '',
    async say(text) {
      wire.ws.send(text);
      return undefined;
    },
    async send(to, text) {
      wire.signal(to.id, text);
    },
    next: async () => heard(await wire.next()),
    async end() {
      const how = await wire.closed;
      expect(wire.unread).toEqual([]);
      return how;
    },
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  };
});

export const nativeWebSocket: System = {
  name: 'snap-share over WebSockets',
  rooms: 'snap-share',
  sayings,
  ...webSockets,
  knock: { request: () => upgradeRequest('/ws', 'snap-share.v1'), status: 101 },
};

const eventStreams = over(async (place) => {
  const wire = await openSse(place);
  return {
    id: '',
    say: (text) => wire.post([text]),
    send: (to, text) => wire.signal(to.id, text),
    async next() {
      const { event, data } = await wire.stream.next();
      const parsed = typeof data === 'string' ? parseDaemonMessage(data) : undefined;
      return parsed?.ok === true ? heard(parsed) : { event, data };
    },
    async end() {
      const { event, data } = await wire.stream.next();
      expect(event).toBe('close');
      await wire.stream.ended();
      return data;
    },
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  };
});

export const nativeEventStream: System = {
  name: 'snap-share over event streams',
  rooms: 'snap-share',
  // Whatever the messages are worth, their request was in order.
  answer: { status: 204, body: '' },
  sayings,
  ...eventStreams,
  // The rooms are the same: who has a stream is in them with who has a WebSocket.
  company: nativeWebSocket,
  knock: { request: () => getRequest('/events?protocol=snap-share.v1'), status: 200 },
};
