import { expect } from 'vitest';
import {
  asClient,
  connect,
  ignored,
  overSocketIo,
  packet,
  refused,
  SAYINGS_OF_ALL,
  TOO_LONG,
  type Variant,
} from './socket-io.ts';
import type { Told } from '../compat/socket-io-client.ts';
import { exchange, hear, type Letter, type System } from './system.ts';

const GREETINGS = ['created', 'joined', 'secondjoined'];
const PLACES = ['1st', '2nd', '3rd'] as const;

/** Its messages name no ids: they go from one place of a room to another one. */
function letter(from: string, to: string, text: string): readonly [event: string, ...args: unknown[]] {
  if (to === '3rd') return ['messagetothird', text, true];
  return from === '3rd' ? ['messagetosecond', text, to === '2nd'] : ['message', text];
}

/** What has come to a place. */
function read(place: string, [event, text]: Told): Letter | undefined {
  if (typeof text !== 'string') return undefined;
  if (event === 'message') return { from: place === '1st' ? '2nd' : '1st', text };
  if (event === 'messagetothird') return { from: '2nd', text };
  return event === 'messagetosecond' ? { from: '3rd', text } : undefined;
}

const NO_TARGETS = { because: 'a message goes to a place in the room of its sender: it names nobody' };

export function snapPhoto(variant: Variant): System {
  const { version, transport } = variant;
  return {
    name: `snap-photo, version ${version} by ${transport}`,
    rooms: 'snap-photo',
    ...(transport === 'polling' && { company: snapPhoto({ version, transport: 'websocket' }) }),
    async enter(place, room, _name, others) {
      const wire = await connect(place, variant);
      wire.say('create or join', room);
      const [greeting] = await wire.next(() => true);
      const id = PLACES[GREETINGS.indexOf(greeting)] ?? greeting;
      const client = asClient(wire, {
        id,
        letter: (to, text) => letter(id, to.id, text),
        read: (told) => read(id, told),
      });
      // Of each two the one with the lower place is told to start.
      for (const other of others) {
        const isFirstTwo = id !== '3rd' && other.id !== '3rd';
        expect(await (other.id < id ? other : client).next()).toEqual(isFirstTwo ? ['ready', room] : ['thirduser']);
      }
      return client;
    },
    farewell: [['exit']],
    freed: [],
    sayings: {
      ...SAYINGS_OF_ALL,
      null: [
        ...SAYINGS_OF_ALL.null,
        ...ignored(packet('create or join', null), packet('message', null), packet('messagetosecond', 'x', null)),
      ],
      'an array': [...SAYINGS_OF_ALL['an array'], ...ignored(packet('create or join', ['attic']), packet('exit', []))],
      // Nor are the addresses of the machine a stranger's business.
      'an unknown type': [...SAYINGS_OF_ALL['an unknown type'], ...ignored(packet('ipaddress'))],
      'a missing field': ignored(
        ...['create or join', 'message', 'messagetothird', 'messagetosecond'].map((event) => packet(event)),
      ),
      'a field of another kind': ignored(
        packet('create or join', 7),
        packet('create or join', { toString: 1 }),
        packet('create or join', 'x'.repeat(257)),
        packet('messagetosecond', 'x', 'true'),
        packet('exit', 7),
      ),
      'a target called constructor or __proto__': NO_TARGETS,
      'an unknown target': ignored(packet('exit', 'nowhere')),
      // That is what the 1st is for this event.
      'itself as the target': ignored(packet('messagetosecond', 'x', false)),
      'a target in another room or system': NO_TARGETS,
      'a forged sender': { because: 'a message names no sender' },
      'a line feed in a type': ignored(packet('mess\nage', 'x')),
      'a message of 64 KiB and one byte': refused(TOO_LONG),
    },
    deeds: {
      async 'anything before it has joined'({ self, other, third }, place) {
        const wire = await connect(place, variant);
        for (const event of ['message', 'messagetothird', 'messagetosecond', 'exit']) wire.say(event, 'x', true);
        // Its own room tells that all that was handled.
        wire.say('create or join', `${wire.id} alone`);
        expect(await wire.next(() => true)).toEqual(['created', `${wire.id} alone`, wire.id]);
        await wire[Symbol.asyncDispose]();
        await exchange([self, other, third]);
      },
      async 'a name that is taken'({ room, self, other, third }, place) {
        const fourth = await connect(place, variant);
        fourth.say('create or join', room);
        expect(await fourth.next(() => true)).toEqual(['full', room]);
        fourth.say('message', 'x');
        fourth.say('messagetothird', 'x', true);
        fourth.say('messagetosecond', 'x', true);
        fourth.say('create or join', room);
        expect(await fourth.next(() => true)).toEqual(['full', room]);
        await fourth[Symbol.asyncDispose]();
        await exchange([self, other, third]);
      },
      async 'a second login on one connection'({ room, self, other, third }) {
        // It leaves the room before.
        await self.say(packet('create or join', `${room} the second`));
        expect(await self.next()).toEqual(['created', `${room} the second`, expect.any(String)]);
        await hear([other, third], [['exit']]);
        await exchange([other, third]);
      },
      'an id taken again while its old connection lives': { because: 'the ids are those of Socket.IO' },
    },
    ...overSocketIo(variant),
  };
}
