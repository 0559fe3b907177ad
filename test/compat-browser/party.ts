import type { ClientPage } from './client-page.ts';

export const TRANSPORTS = ['WebSocket', 'event stream'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** An id of the system `web-connections`, in some page. Calls are those of clients/web-connections/client.js. */
export class Party {
  readonly id: string;
  readonly transport: Transport;
  readonly #page: ClientPage;

  constructor(page: ClientPage, transport: Transport, id: string) {
    this.#page = page;
    this.transport = transport;
    this.id = id;
  }

  do<Result = void>(what: string, ...args: readonly unknown[]): Promise<Result> {
    return this.#page.call<Result>(what, this.id, ...args);
  }
}

/** Three ids that are connected to the server; what is about a link is about one of the first two. */
export type Parties = readonly [Party, Party, Party];

/** A promise to the clients of the system, as it is in the list of its own page. */
export interface Check {
  readonly name: string;
  readonly run: (...parties: Parties) => Promise<void>;
}

/** Both ends of a link, not connected yet. */
export async function link(one: Party, other: Party): Promise<void> {
  await one.do('link', other.id);
  await other.do('link', one.id);
}

/** What both have said to one another before has come, and what came of it, once this resolves. */
export async function exchangeNotes(one: Party, other: Party): Promise<void> {
  for (const [from, to] of [
    [other, one],
    [one, other],
  ] as const) {
    await to.do('receive', 'exchanged', 'note');
    await from.do('send', to.id, 'note');
    await to.do('heard', 'exchanged', 1);
  }
}
