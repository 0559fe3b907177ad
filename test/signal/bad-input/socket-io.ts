import { once } from 'node:events';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { SocketIoTestClient, type Told, type Version } from '../compat/socket-io-client.ts';
import { upgradeRequest } from '../ws-client.ts';
import {
  getRequest,
  nested,
  type Client,
  type Letter,
  type Outcome,
  type Place,
  type Saying,
  type System,
} from './system.ts';

/** A kind of client: each system over Socket.IO is reached by all. */
export interface Variant {
  readonly version: Version;
  readonly transport: 'websocket' | 'polling';
}

export const VARIANTS: readonly Variant[] = [
  { version: 4, transport: 'websocket' },
  { version: 4, transport: 'polling' },
  { version: 2, transport: 'websocket' },
  { version: 2, transport: 'polling' },
];

export const ENDS: Outcome = { ends: expect.stringMatching(/^transport (close|error)$/) as unknown };
export const SILENCE: Outcome = {};

/** An event as Socket.IO writes it. */
export function packet(event: unknown, ...args: readonly unknown[]): string {
  return `2${JSON.stringify([event, ...args])}`;
}

export function refused(...texts: string[]): Saying[] {
  return texts.map((text) => [text, ENDS]);
}

export function ignored(...texts: string[]): Saying[] {
  return texts.map((text) => [text, SILENCE]);
}

/** What Socket.IO itself makes of what is none of its packets, whatever the system. */
export const SAYINGS_OF_ALL = {
  'malformed JSON': refused('', '2{', '2["message"', '2["message",{', '2["message"]]', '4{"message":"x"}'),
  null: refused('2null', '2[null]'),
  'an array': refused('2[]', '2[["message"]]', '5999999-["message"]'),
  'another value that is no object': [...refused('2true', '2"message"'), ...ignored('27')],
  'an unknown type': [
    ...refused('9["message"]', packet('connect'), packet('disconnect'), packet('connect_error', {})),
    ...ignored(packet('promote', {}), packet('constructor', {}), packet('__proto__', {}), packet(7, {})),
    // Answers to what nobody has asked.
    ...ignored('3["x"]', '30["x"]', '3999999[1]'),
  ],
  'deep nesting': [
    ...refused(`2["message",${'['.repeat(60_000)}`),
    ...ignored(
      `2["message",${nested('[', ']', 30_000)}]`,
      `2["message",${nested('[', ']', 70)}]`,
      `2["message",{"id":${nested('{"id":', '}', 5_000, '1')}}]`,
    ),
  ],
} satisfies Partial<System['sayings']>;

/** The size counts the packet as it is on the wire: two digits before what is said here. */
export const TOO_LONG = packet('message', 'x'.repeat(65_537 - 2 - '["message",""]'.length));

export interface Reader {
  /** By which the client is known to others; what they are told of `wire` says it. */
  readonly id: string;
  readonly letter: (to: Client, text: string) => readonly [event: string, ...args: unknown[]];
  /** A letter, `false` for what need not be asked for, `undefined` for anything else. */
  readonly read: (told: Told) => Letter | false | undefined;
}

export function connect({ url }: Place, { version, transport }: Variant): Promise<SocketIoTestClient> {
  return SocketIoTestClient.open(url, version, { transports: [transport] });
}

export function asClient(wire: SocketIoTestClient, { id, letter, read }: Reader): Client {
  const isAskedFor = (told: Told): boolean => read(told) !== false;
  return {
    id,
    async say(text) {
      wire.socket.io.engine.send(text);
      return undefined;
    },
    async send(to, text) {
      wire.say(...letter(to, text));
    },
    async next() {
      const told = await wire.next(isAskedFor);
      return read(told) ?? told;
    },
    async end() {
      const reason = await wire.closed;
      expect(wire.told.filter(isAskedFor)).toEqual([]);
      return reason;
    },
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  };
}

/** What a system over Socket.IO owes to it alone. */
export function overSocketIo({ version, transport }: Variant): Pick<System, 'silence' | 'knock'> {
  const query = `EIO=${version === 2 ? 3 : 4}&transport=${transport}`;
  const path = `/socket.io/?${query}`;
  return {
    silence:
      version === 2
        ? { because: 'who has a session has connected, and may be waiting to be called' }
        : async ({ url }) => {
            if (transport === 'websocket') {
              const ws = new WebSocket(new URL(path, url.replace(/^http/, 'ws')));
              await once(ws, 'close');
              return;
            }
            const polling = new URL(path, url);
            const { sid } = JSON.parse((await (await fetch(polling)).text()).slice(1)) as { sid: string };
            polling.searchParams.set('sid', sid);
            // The session says that it is over, and is not known any more.
            expect(await (await fetch(polling)).text()).toBe('1');
            expect((await fetch(polling)).status).toBe(400);
          },
    knock:
      transport === 'websocket'
        ? { request: () => upgradeRequest(path), status: 101 }
        : { request: () => getRequest(path), status: 200 },
  };
}
