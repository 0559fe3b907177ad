import { expect } from 'vitest';
import { EventStreamClient, post } from '../compat/event-stream-client.ts';
import { JsonClient, type Json } from '../compat/json-client.ts';
import { asClient, NO_DEADLINE } from './json-system.ts';
import { upgradeRequest } from '../ws-client.ts';
import {
  exchange,
  getRequest,
  nested,
  type Answer,
  type Client,
  type Outcome,
  type Party,
  type Saying,
  type System,
} from './system.ts';

/** From `self`, unless it says otherwise. */
const message =
  (fields: Json | ((party: Party) => Json)) =>
  (party: Party): readonly string[] => {
    const given = typeof fields === 'function' ? fields(party) : fields;
    return [JSON.stringify({ from: party.self.id, type: 'letter', data: 'x', ...given })];
  };
const toStrangers = ({ self, strangers }: Party): readonly string[] =>
  strangers.map((to) => JSON.stringify({ from: self.id, to, type: 'letter' }));

/** The only error that its clients know. */
const ENDS: Outcome = { ends: 4400 };

const write =
  (from: string) =>
  (to: string, text: string): string =>
    JSON.stringify({ from, to, type: 'letter', data: text });
const read = ({ type, from, data }: Json): Record<'from' | 'text', unknown> | false =>
  type === 'letter' && { from, text: data };

const ends = (...texts: string[]): Saying[] => texts.map((text) => [text, ENDS]);

export const webConnections: System = {
  name: 'web-connections over WebSockets',
  rooms: 'web-connections',
  enter: async ({ url }, _room, name) => asClient(await JsonClient.open(url, name), name, { write: write(name), read }),
  farewell: [],
  freed: [],
  sayings: {
    'malformed JSON': ends('', '{', '{"from":', '{}{}', '\ufeff{}'),
    null: [...ends('null'), [message({ to: null }), ENDS]],
    'an array': [...ends('[]'), [message({ to: ['shed'] }), ENDS]],
    'another value that is no object': ends('true', '7', '"x"'),
    'an unknown type': { because: 'a type is the business of the clients: any is passed on' },
    'a missing field': [...ends('{}', '{"__proto__":{"from":"shed","to":"shed"}}'), [message({}), ENDS]],
    'a field of another kind': [7, {}, true].map((to) => [message({ to }), ENDS]),
    'deep nesting': ends(nested('[', ']', 10_000), '['.repeat(60_000), nested('{"from":', '}', 6_000, '1')),
    'a target called constructor or __proto__': ['constructor', '__proto__'].map((to) => [message({ to }), ENDS]),
    'an unknown target': [[message({ to: 'nobody' }), ENDS]],
    // That it is sent back is a promise of this system.
    'itself as the target': [
      [message(({ self }) => ({ to: self.id, type: 'echo' })), { hears: [expect.objectContaining({ type: 'echo' })] }],
    ],
    'a target in another room or system': [[toStrangers, ENDS]],
    'a forged sender': [[message(({ other, third }) => ({ from: third.id, to: other.id })), ENDS]],
    'a line feed in a type': [
      [
        message(({ other }) => ({ to: other.id, type: 'let\nter' })),
        { otherHears: () => [expect.objectContaining({ type: 'let\nter' }) as unknown] },
      ],
    ],
    'a message of 64 KiB and one byte': [[' '.repeat(65_537), { ends: 1009 }]],
  },
  deeds: {
    'anything before it has joined': { because: 'who has connected has joined, by the path' },
    'a name that is taken': { because: 'a newer client takes an id over, as the case of an id taken again shows' },
    'a second login on one connection': { because: 'a connection has the id of its path' },
    async 'an id taken again while its old connection lives'({ self, other, third }, place) {
      const newer = await webConnections.enter(place, '', self.id, []);
      expect(await self.end()).toBe(4409);
      await self[Symbol.asyncDispose]();
      await exchange([newer, other, third]);
      await newer[Symbol.asyncDispose]();
    },
  },
  silence: NO_DEADLINE,
  knock: { request: (n) => upgradeRequest(`/storm-${n}`), status: 101 },
};

const answers = (status: number, body: string): Outcome => ({ answer: { status, body } });
const NO_OBJECT = answers(400, 'expected a JSON object\n');
const NO_TYPE = answers(400, 'expected a type without control characters\n');
const NOT_FOUND = answers(404, 'Not found');
const FORGED = answers(403, 'expected the id of a stream of this client as from, and the cookie that came with it\n');

const isRefused = (...texts: string[]): Saying[] => texts.map((text) => [text, NO_OBJECT]);

export const webConnectionsStreams: System = {
  name: 'web-connections over event streams',
  rooms: 'web-connections/messages',
  async enter({ url }, _room, name) {
    const wire = await EventStreamClient.open(url, name);
    await wire.next();
    const say = (text: string): Promise<Answer> => post(url, text, { cookie: wire.cookie });
    return {
      id: name,
      say,
      async send(to, text) {
        expect(await say(write(name)(to.id, text))).toMatchObject({ status: 200 });
      },
      async next() {
        let { data = 'null', ...event } = await wire.next();
        // These come all the time.
        while (event.event === 'ping') ({ data = 'null', ...event } = await wire.next());
        const told = JSON.parse(data) as Json | null;
        return (told !== null && read(told)) || { ...event, ...told };
      },
      async end() {
        expect(await wire.next()).toEqual({ retry: '30000' });
        await wire.closed;
        return 'retry';
      },
      [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
    } satisfies Client;
  },
  farewell: [],
  freed: [],
  sayings: {
    'malformed JSON': isRefused('', '{', '{"from":', '{}{}'),
    null: [...isRefused('null'), [message({ to: null }), NOT_FOUND]],
    'an array': [...isRefused('[]'), [message({ to: ['shed'] }), NOT_FOUND]],
    'another value that is no object': isRefused('true', '7', '"x"'),
    'an unknown type': { because: 'a type is the business of the clients: any is passed on' },
    'a missing field': [
      ['{}', NOT_FOUND],
      ['{"__proto__":{"from":"shed","to":"shed"}}', NOT_FOUND],
      [({ other }) => [JSON.stringify({ to: other.id })], FORGED],
      [message({}), NOT_FOUND],
    ],
    'a field of another kind': [
      ...[7, {}, true].map((to): Saying => [message({ to }), NOT_FOUND]),
      ...[7, {}, true].map((type): Saying => [message(({ other }) => ({ to: other.id, type })), NO_TYPE]),
    ],
    'deep nesting': isRefused(nested('[', ']', 10_000), '['.repeat(60_000), nested('{"from":', '}', 6_000, '1')),
    'a target called constructor or __proto__': ['constructor', '__proto__'].map((to) => [message({ to }), NOT_FOUND]),
    'an unknown target': [[message({ to: 'nobody' }), NOT_FOUND]],
    // That it is sent back is a promise of this system.
    'itself as the target': [
      [
        message(({ self }) => ({ to: self.id, type: 'echo' })),
        { answer: { status: 200 }, hears: [expect.objectContaining({ event: 'echo', data: 'x' })] },
      ],
    ],
    'a target in another room or system': [[toStrangers, NOT_FOUND]],
    'a forged sender': [
      [message(({ other, third }) => ({ from: third.id, to: other.id })), FORGED],
      [message(({ other }) => ({ from: 'nobody', to: other.id })), FORGED],
      [
        message(({ other }) => ({ to: other.id, type: 'pong' })),
        answers(403, 'expected a pong from the client that was pinged\n'),
      ],
    ],
    'a line feed in a type': ['a\nid: 9', 'a\rb', 'a\u0000', 'a\u0085b'].map((type) => [
      message(({ other }) => ({ to: other.id, type })),
      NO_TYPE,
    ]),
    'a message of 64 KiB and one byte': [
      [' '.repeat(65_537), answers(413, 'expected a message of at most 65536 bytes\n')],
    ],
  },
  deeds: {
    async 'anything before it has joined'({ self, other, third }, { url }) {
      const body = JSON.stringify({ from: self.id, to: other.id, type: 'letter', data: 'x' });
      expect(await post(url, body)).toMatchObject(FORGED.answer ?? {});
      await exchange([self, other, third]);
    },
    'a name that is taken': { because: 'a newer client takes an id over, as the case of an id taken again shows' },
    'a second login on one connection': { because: 'a stream has the id of its path' },
    async 'an id taken again while its old connection lives'({ self, other, third }, place) {
      const newer = await webConnectionsStreams.enter(place, '', self.id, []);
      expect(await self.end()).toBe('retry');
      // Nor does it post any more.
      expect(await self.say(write(self.id)(other.id, 'x'))).toMatchObject({ status: 403 });
      await exchange([newer, other, third]);
      await newer[Symbol.asyncDispose]();
    },
  },
  silence: NO_DEADLINE,
  /** Its own clients answer pings with it; others are not given up for their silence. */
  async prove(client) {
    const pong = JSON.stringify({ from: client.id, to: client.id, type: 'pong' });
    expect(await client.say(pong)).toEqual({ status: 200, body: '{"id":0}' });
  },
  knock: { request: (n) => getRequest(`/messages/storm-${n}`), status: 200 },
};
