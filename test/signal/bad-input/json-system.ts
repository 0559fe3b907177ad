import { expect } from 'vitest';
import type { Json, JsonClient } from '../compat/json-client.ts';
import type { Client, Letter, NotApplicable } from './system.ts';

export const NO_NAMES: NotApplicable = { because: 'the daemon makes the ids' };
export const NO_DEADLINE: NotApplicable = {
  because: 'a client that says nothing may be waiting to be called, and answers pings',
};

/** How a dialect of JSON objects writes a letter to an id, and what of all that comes is one. */
export interface Letters {
  readonly write: (to: string, text: string) => string;
  readonly read: (message: Json) => Readonly<Record<keyof Letter, unknown>> | false;
}

export function asClient(wire: JsonClient, id: string, { write, read }: Letters): Client {
  return {
    id,
    async say(text) {
      wire.sayText(text);
      return undefined;
    },
    async send(to, text) {
      wire.sayText(write(to.id, text));
    },
    async next() {
      const message = await wire.hear(() => true);
      return read(message) || message;
    },
    async end() {
      const code = await wire.closed;
      expect(wire.told).toEqual([]);
      return code;
    },
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  };
}
