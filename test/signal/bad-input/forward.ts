import { JsonClient, type Json } from '../compat/json-client.ts';
import { asClient, NO_DEADLINE, NO_NAMES } from './json-system.ts';
import { upgradeRequest } from '../ws-client.ts';
import { nested, type Outcome, type System } from './system.ts';

const error = (message: string): Outcome => ({ hears: [{ type: 'error', message }] });
const NO_OBJECT = error('expected a JSON object');
const NO_ACTION = error('expected the action forward-offer, forward-answer or forward-ice-candidate');
const NO_ID = error('expected the id of a peer as toPeerId');
const NOT_CONNECTED = error('this peer is not connected');

async function peersOf(newcomer: JsonClient): Promise<string[]> {
  await newcomer.hearType('connected-peers');
  return (await newcomer.hearType('peers'))['peerIds'] as string[];
}

const offer = (fields: Json): string => JSON.stringify({ action: 'forward-offer', offer: 'x', ...fields });

export const forward: System = {
  name: 'forward',
  rooms: 'forward',
  async enter({ url }) {
    const wire = await JsonClient.open(url);
    const before = await peersOf(wire);
    // Nobody is told its own id: only those who come later are.
    await using scout = await JsonClient.open(url);
    const id = (await peersOf(scout)).find((peer) => !before.includes(peer)) ?? '';
    return asClient(wire, id, {
      write: (toPeerId, text) => offer({ toPeerId, offer: text }),
      read: ({ type, offer, fromPeerId }) => type === 'offer' && { from: fromPeerId, text: offer },
    });
  },
  farewell: [],
  freed: [],
  sayings: {
    'malformed JSON': ['', '{', '{"action":"forw', '{}{}', `\ufeff${offer({})}`].map((text) => [text, NO_OBJECT]),
    null: [
      ['null', NO_OBJECT],
      ['{"action":null}', NO_ACTION],
      [offer({ toPeerId: null }), NO_ID],
    ],
    'an array': [
      ['[]', NO_OBJECT],
      [`[${offer({})}]`, NO_OBJECT],
      [offer({ toPeerId: ['shed'] }), NO_ID],
    ],
    'another value that is no object': ['true', '7', '"forward-offer"'].map((text) => [text, NO_OBJECT]),
    'an unknown type': ['promote', 'offer', 'toString', '__proto__'].map((action) => [
      JSON.stringify({ action }),
      NO_ACTION,
    ]),
    'a missing field': [
      ['{}', NO_ACTION],
      [offer({}), NO_ID],
      [`{"__proto__":${offer({})}}`, NO_ACTION],
      // There are no more candidates: nobody waits to hear that.
      [({ other }) => [JSON.stringify({ action: 'forward-icecandidate', toPeerId: other.id })], {}],
    ],
    'a field of another kind': [
      ['{"action":["forward-offer"]}', NO_ACTION],
      [offer({ toPeerId: 7 }), NO_ID],
      [offer({ toPeerId: {} }), NO_ID],
    ],
    'deep nesting': [
      [nested('[', ']', 10_000), NO_OBJECT],
      ['['.repeat(60_000), NO_OBJECT],
      [nested('{"action":', '}', 5_000, '1'), NO_OBJECT],
      [`{"action":"forward-offer","toPeerId":"x","offer":${nested('[', ']', 30_000)}}`, NO_OBJECT],
    ],
    'a target called constructor or __proto__': [
      [offer({ toPeerId: 'constructor' }), NOT_CONNECTED],
      [offer({ toPeerId: '__proto__' }), NOT_CONNECTED],
    ],
    'an unknown target': [
      [offer({ toPeerId: 'attic' }), NOT_CONNECTED],
      [offer({ toPeerId: '' }), NOT_CONNECTED],
    ],
    'itself as the target': [[({ self }) => [offer({ toPeerId: self.id })], NOT_CONNECTED]],
    'a target in another room or system': [
      [({ strangers }) => strangers.map((toPeerId) => offer({ toPeerId })), NOT_CONNECTED],
    ],
    'a forged sender': [
      [
        ({ other, third }) => [offer({ toPeerId: other.id, fromPeerId: third.id })],
        { otherHears: ({ self }) => [{ from: self.id, text: 'x' }] },
      ],
    ],
    'a line feed in a type': [[JSON.stringify({ action: 'forward-\noffer' }), NO_ACTION]],
    'a message of 64 KiB and one byte': [[' '.repeat(65_537), { ends: 1009 }]],
  },
  deeds: {
    'anything before it has joined': { because: 'who has connected has joined' },
    'a name that is taken': NO_NAMES,
    'a second login on one connection': NO_NAMES,
    'an id taken again while its old connection lives': NO_NAMES,
  },
  silence: NO_DEADLINE,
  knock: { request: () => upgradeRequest('/'), status: 101 },
};
