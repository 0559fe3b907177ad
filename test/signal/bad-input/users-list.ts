import { NO_NAMES } from './json-system.ts';
import {
  asClient,
  connect,
  ignored,
  overSocketIo,
  packet,
  refused,
  SAYINGS_OF_ALL,
  SILENCE,
  TOO_LONG,
  type Variant,
} from './socket-io.ts';
import type { Told } from '../compat/socket-io-client.ts';
import type { Letter, Party, System } from './system.ts';

type Fields = Readonly<Record<string, unknown>>;

const offer = (fields: Fields): string => packet('message', { type: 'letter', text: 'x', ...fields });

/** Lists come whenever anybody of this system comes or goes. */
function read([event, message]: Told): Letter | false | undefined {
  if (event === 'usersList') return false;
  const { type, contact, text } = message as Fields;
  return type === 'letter' ? ({ from: contact, text } as Letter) : undefined;
}

export function usersList(variant: Variant): System {
  const { version, transport } = variant;
  return {
    name: `users-list, version ${version} by ${transport}`,
    rooms: 'users-list',
    ...(transport === 'polling' && { company: usersList({ version, transport: 'websocket' }) }),
    async enter(place) {
      const wire = await connect(place, variant);
      const { id } = wire;
      const letter = (to: { readonly id: string }, text: string): [string, Fields] => [
        'message',
        { type: 'letter', id: to.id, text },
      ];
      return asClient(wire, { id, letter, read });
    },
    farewell: [],
    freed: [],
    sayings: {
      ...SAYINGS_OF_ALL,
      null: [...SAYINGS_OF_ALL.null, ...ignored(packet('message', null), offer({ id: null }))],
      'an array': [
        ...SAYINGS_OF_ALL['an array'],
        ...ignored(packet('message', [])),
        [({ other }) => [offer({ id: [other.id] })], SILENCE],
      ],
      'another value that is no object': [
        ...SAYINGS_OF_ALL['another value that is no object'],
        ...ignored(packet('message', 7), packet('message', 'text')),
      ],
      'an unknown type': [
        ...SAYINGS_OF_ALL['an unknown type'],
        // The types of messages are the business of the clients; those of events are not.
        [({ other }) => [packet('constructor', { id: other.id }), packet('create or join', other.id)], SILENCE],
      ],
      'a missing field': ignored(packet('message'), packet('message', {}), offer({})),
      'a field of another kind': ignored(offer({ id: 7 }), offer({ id: {} }), offer({ id: true })),
      'a target called constructor or __proto__': ignored(offer({ id: 'constructor' }), offer({ id: '__proto__' })),
      // The last one is the name of the room that all are in.
      'an unknown target': ignored(offer({ id: 'nobody' }), offer({ id: '' }), offer({ id: 'users-list' })),
      'itself as the target': [
        [({ self }) => [offer({ id: self.id }), offer({ id: self.id, type: 'answer' })], SILENCE],
      ],
      'a target in another room or system': [[({ strangers }) => strangers.map((id) => offer({ id })), SILENCE]],
      'a forged sender': [
        [
          ({ other, third }: Party) => [offer({ id: other.id, contact: third.id })],
          { otherHears: ({ self }) => [{ from: self.id, text: 'x' }] },
        ],
      ],
      'a line feed in a type': [
        ...ignored(packet('mess\nage', {})),
        [
          ({ self, other }) => [packet('message', { type: 'let\nter', id: other.id, contact: self.id })],
          { otherHears: ({ self, other }) => [['message', { type: 'let\nter', id: other.id, contact: self.id }]] },
        ],
      ],
      'a message of 64 KiB and one byte': refused(TOO_LONG),
    },
    deeds: {
      'anything before it has joined': { because: 'who has connected has joined' },
      'a name that is taken': NO_NAMES,
      'a second login on one connection': NO_NAMES,
      'an id taken again while its old connection lives': { because: 'the ids are those of Socket.IO' },
    },
    ...overSocketIo(variant),
  };
}
