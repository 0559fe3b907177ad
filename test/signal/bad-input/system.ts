import { expect } from 'vitest';

/** What one client sends to another. */
export interface Letter {
  readonly from: string;
  readonly text: string;
}

/** How a request was answered, where a message is one. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A client of a system that can be made to say anything, strict about order: all that it hears has to be asked for. */
export interface Client extends AsyncDisposable {
  /** By which others send to it, and know it as a sender. */
  readonly id: string;
  /** Says this as one message of its transport, whatever it is. */
  say(text: string): Promise<Answer | undefined>;
  /** Sends a letter as its system's own clients send what they have to say to one other. */
  send(to: Client, text: string): Promise<void>;
  /** A letter, or what else it hears next as it came. */
  next(): Promise<unknown>;
  /** Why its connection has ended, as far as it is told; rejects when it hears something else before. */
  end(): Promise<unknown>;
}

/** What the bad one says is judged by those in its room: `other` and `third`. */
export interface Party {
  readonly room: string;
  /** What `self` came by. */
  readonly name: string;
  readonly self: Client;
  readonly other: Client;
  readonly third: Client;
  /** Ids of clients in another room of the system, if it has several. */
  readonly elsewhere: readonly string[];
  /** Ids of clients of other systems. */
  readonly strangers: readonly string[];
}

/** What comes of something that was said: nothing at all, unless given. */
export interface Outcome {
  /** What its sender hears. */
  readonly hears?: readonly unknown[];
  readonly answer?: Partial<Answer>;
  /** What `other` hears. */
  readonly otherHears?: (party: Party) => readonly unknown[];
  /** Why its sender's connection ends, which goes on unless given. */
  readonly ends?: unknown;
}

export type Saying = readonly [text: string | ((party: Party) => readonly string[]), outcome: Outcome];

/** Something that is more than a message. It leaves `other` and `third` with nothing unheard. */
export type Deed = (party: Party, place: Place) => Promise<void>;

/** Said in the table of cases instead of a case. */
export interface NotApplicable {
  readonly because: string;
}

export const SAYINGS = [
  'malformed JSON',
  'null',
  'an array',
  'another value that is no object',
  'an unknown type',
  'a missing field',
  'a field of another kind',
  'deep nesting',
  'a target called constructor or __proto__',
  'an unknown target',
  'itself as the target',
  'a target in another room or system',
  'a forged sender',
  'a line feed in a type',
  'a message of 64 KiB and one byte',
] as const;

export const DEEDS = [
  'anything before it has joined',
  'a name that is taken',
  'a second login on one connection',
  'an id taken again while its old connection lives',
] as const;

/** Where a system is served. */
export interface Place {
  /** The base address. */
  readonly url: string;
}

/** The wire of one kind of client, as this suite has to know it. */
export interface System {
  readonly name: string;
  /** The same for clients that can meet, whatever they speak over. */
  readonly rooms: string;
  /** What a request with a message is answered with, unless its case has another answer. */
  readonly answer?: Partial<Answer>;
  /** Another client comes, by this name where clients have names. What `others` hear of it they have heard then. */
  enter(place: Place, room: string, name: string, others: readonly Client[]): Promise<Client>;
  /** Whoever keeps the bad one company; of the same system unless given. */
  readonly company?: System;
  /** What the others in a room hear when a connection ends. */
  readonly farewell: readonly unknown[];
  /** What they hear once its place is free, if that is later. */
  readonly freed: readonly unknown[];
  readonly sayings: Readonly<Record<(typeof SAYINGS)[number], readonly Saying[] | NotApplicable>>;
  readonly deeds: Readonly<Record<(typeof DEEDS)[number], Deed | NotApplicable>>;
  /** A client that has connected and says nothing; resolves when it has been cut for that. */
  readonly silence: ((place: Place) => Promise<void>) | NotApplicable;
  /** What a client says before its silence counts as its end. */
  prove?(client: Client): Promise<void>;
  /** The request that the nth of many clients connects with, and the status of the answer that it hopes for. */
  readonly knock: { readonly request: (n: number) => string; readonly status: number };
}

/** Each sends each of the others a letter, and hears what was sent to it and nothing else. */
export async function exchange(clients: readonly Client[], text = 'still here'): Promise<void> {
  for (const from of clients)
    for (const to of clients) {
      if (from === to) continue;
      await from.send(to, text);
      expect(await to.next()).toEqual({ from: from.id, text });
    }
}

/** They all hear this, in this order. */
export async function hear(clients: readonly Client[], expected: readonly unknown[]): Promise<void> {
  for (const client of clients) for (const one of expected) expect(await client.next()).toEqual(one);
}

export function getRequest(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
}

/** Brackets beyond what any client nests. */
export function nested(open: string, close: string, levels: number, core = ''): string {
  return `${open.repeat(levels)}${core}${close.repeat(levels)}`;
}
