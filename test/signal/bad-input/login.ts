import { expect } from 'vitest';
import { JsonClient, type Json } from '../compat/json-client.ts';
import { asClient, NO_DEADLINE } from './json-system.ts';
import { upgradeRequest } from '../ws-client.ts';
import { exchange, nested, type Outcome, type Saying, type System } from './system.ts';

const complains = (message: string): Outcome => ({ hears: [{ type: 'error', message }] });
const malformed = (text: string): Saying => [text, complains(`Malformed command: ${text.slice(0, 200)}`)];
const unknown = (to: string): Outcome => complains(`Unknown user: ${to}`);

const offer = (fields: Json): string => JSON.stringify({ type: 'offer', offer: 'x', ...fields });
const login = (name: unknown): string => JSON.stringify({ type: 'login', login: name });
const REFUSED: Outcome = { hears: [{ type: 'login', success: false }] };

async function connect(url: string, id = ''): Promise<ReturnType<typeof asClient>> {
  return asClient(await JsonClient.open(url), id, {
    write: (to, text) => offer({ to, offer: text }),
    read: ({ type, offer, from }) => type === 'offer' && { from, text: offer },
  });
}

export const loginSystem: System = {
  name: 'login',
  rooms: 'login',
  async enter({ url }, _room, name) {
    const client = await connect(url, name);
    await client.say(login(name));
    expect(await client.next()).toEqual({ type: 'login', success: true });
    return client;
  },
  farewell: [],
  freed: [],
  sayings: {
    'malformed JSON': ['', '{', '{"type":"off', '{}{}', `\ufeff${offer({})}`].map(malformed),
    null: [malformed('null'), ['{"type":null}', complains('Unknown command: object')], [login(null), REFUSED]],
    'an array': [malformed('[]'), malformed(`[${login('attic')}]`), [login(['attic']), REFUSED]],
    'another value that is no object': ['true', '7', '"login"'].map(malformed),
    'an unknown type': ['promote', 'toString', '__proto__', 'error'].map((type) => [
      JSON.stringify({ type }),
      complains(`Unknown command: ${type}`),
    ]),
    'a missing field': [
      ['{}', complains('Unknown command: undefined')],
      [`{"__proto__":${login('attic')}}`, complains('Unknown command: undefined')],
      ['{"type":"login"}', REFUSED],
      [offer({}), unknown('undefined')],
      // Nobody is logged out by saying no name, and there are no more candidates: nobody waits to hear that.
      ['{"type":"logout"}', {}],
      [({ other }) => [JSON.stringify({ type: 'ice-candidate', to: other.id })], {}],
    ],
    'a field of another kind': [
      ['{"type":["login"]}', complains('Unknown command: object')],
      [offer({ to: 7 }), unknown('number')],
      [offer({ to: {} }), unknown('object')],
      ...[7, {}, '', 'x'.repeat(257)].map((name): Saying => [login(name), REFUSED]),
    ],
    'deep nesting': [
      malformed(nested('[', ']', 10_000)),
      malformed('['.repeat(60_000)),
      malformed(nested('{"type":', '}', 6_000, '1')),
      malformed(`{"type":"offer","to":"x","offer":${nested('[', ']', 30_000)}}`),
    ],
    'a target called constructor or __proto__': [
      [offer({ to: 'constructor' }), unknown('constructor')],
      [offer({ to: '__proto__' }), unknown('__proto__')],
    ],
    'an unknown target': [[offer({ to: 'nobody' }), unknown('nobody')]],
    'itself as the target': [
      [
        ({ self }) => [offer({ to: self.id })],
        { hears: [{ type: 'error', message: expect.stringMatching(/^Not to be reached from here: ./) as unknown }] },
      ],
    ],
    'a target in another room or system': [
      [
        ({ strangers }) => strangers.map((to) => offer({ to })),
        { hears: [{ type: 'error', message: expect.stringMatching(/^Unknown user: ./) as unknown }] },
      ],
    ],
    'a forged sender': [
      [
        ({ other, third }) => [offer({ to: other.id, from: third.id })],
        { otherHears: ({ self }) => [{ from: self.id, text: 'x' }] },
      ],
      // Nor is anybody logged out by another one.
      [({ other }) => [JSON.stringify({ type: 'logout', login: other.id })], {}],
    ],
    'a line feed in a type': [[JSON.stringify({ type: 'off\ner' }), complains('Unknown command: off\ner')]],
    'a message of 64 KiB and one byte': [[' '.repeat(65_537), { ends: 1009 }]],
  },
  deeds: {
    async 'anything before it has joined'({ other, third }, { url }) {
      await using client = await connect(url);
      for (const [text, message] of [
        [offer({ to: other.id }), 'Not logged in'],
        [JSON.stringify({ type: 'ice-candidate', iceCandidate: 1, to: other.id }), 'Not logged in'],
        ['{', 'Malformed command: {'],
        ['{"type":"promote"}', 'Unknown command: promote'],
      ] as const) {
        await client.say(text);
        expect(await client.next()).toEqual({ type: 'error', message });
      }
      await exchange([other, third]);
    },
    async 'a name that is taken'({ self, other, third }, { url }) {
      await using late = await connect(url);
      await late.say(login(self.id));
      expect(await late.next()).toEqual({ type: 'login', success: false });
      await exchange([self, other, third]);
    },
    async 'a second login on one connection'({ self, other, third }, { url }) {
      const renamed = { ...self, id: `${self.id} the second` };
      await self.say(login(renamed.id));
      expect(await self.next()).toEqual({ type: 'login', success: true });
      await exchange([renamed, other, third]);
      // The first one is free.
      await using newer = await connect(url, self.id);
      await newer.say(login(self.id));
      expect(await newer.next()).toEqual({ type: 'login', success: true });
      await exchange([newer, renamed, other]);
    },
    'an id taken again while its old connection lives': {
      because: 'a login stays taken, as the case of a taken name shows',
    },
  },
  silence: NO_DEADLINE,
  knock: { request: () => upgradeRequest('/'), status: 101 },
};
