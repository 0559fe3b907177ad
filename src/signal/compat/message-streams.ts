import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { toSnapError } from '../../protocol/errors.ts';
import { REFUSAL_HEADER } from '../../protocol/endpoint.ts';
import { readBody } from '../requests.ts';
import { pathOf, type UpgradeRefusal } from '../upgrade.ts';
import type { DialectContext } from './dialect.ts';
import { EventStream, refuseStreamForNow } from './event-stream.ts';
import { ForeignRooms } from './foreign-rooms.ts';
import { parseObject, type JsonObject } from './json-lines.ts';
import { hasStreamKey, makeStreamKey, streamCookies } from './stream-cookies.ts';

const STREAM_PATH = /^\/messages\/([A-Za-z0-9_-]{1,128})$/;
const PING_MS = 10_000;
/** Ids of another length are of clients for a moment, which nobody should call. */
const LISTED_ID_LENGTH = 36;

/** What is written to a stream: `type` is empty for an event without one. */
interface Event {
  readonly type: string;
  readonly data: string;
}

/**
 * The streams of `web-connections`: GET `/messages/:id` opens one, POST `/message` writes to one. Only who opened the stream
 * of an id posts from it, which a cookie shows.
 */
export class MessageStreams {
  readonly #room: string;
  readonly #context: DialectContext;
  readonly #rooms: ForeignRooms<EventStream, Event>;
  /** Those that can be written to. A map, since an id may be the name of anything, such as `constructor`. */
  readonly #byId = new Map<string, EventStream>();
  /** Also those that are ending. */
  readonly #open = new Set<EventStream>();
  #stopping = false;

  constructor(room: string, capacity: number, context: DialectContext) {
    this.#room = room;
    this.#context = context;
    this.#rooms = new ForeignRooms<EventStream, Event>(
      capacity,
      {
        // A newcomer is told by a listing, the others not at all.
        tell: () => {},
        relay: (stream, _from, { type, data }) => stream.send(type, data),
        close(stream, reason) {
          // One without a seat has not begun, and is refused.
          if (reason !== 'room-full') stream.end();
        },
      },
      context.onEvent,
    );
  }

  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const path = pathOf(request.url);
    const [, id] = STREAM_PATH.exec(path) ?? [];
    const method = path === '/message' ? 'POST' : 'GET';
    if (id === undefined && method === 'GET') return false;
    const refusal = this.#context.refuseOrigin(request) ?? refuseEmbedding(request);
    if (request.method !== method) {
      response.setHeader('Allow', method);
      refuse(response, 405, `expected ${method}, got ${request.method ?? 'nothing'}`);
    } else if (refusal !== undefined) this.#refuse(response, refusal);
    else if (id === undefined) this.#post(request, response);
    else this.#stream(id, request, response);
    return true;
  }

  /** Pings, and ends the streams of clients that do not answer any more. */
  sweep(): void {
    const now = this.#context.now();
    const { closeMs, silentMs } = this.#context.limits;
    for (const stream of this.#open) {
      if (stream.isEnding) {
        stream.endingAt ??= now;
        if (now - stream.endingAt >= closeMs) stream.terminate();
      } else if (now - (stream.heardAt ?? now) >= silentMs) this.#cut(stream);
      else if (now - stream.pingedAt >= PING_MS) {
        stream.pingedAt = now;
        const { id } = stream;
        stream.send('ping', JSON.stringify({ type: 'ping', to: id, from: id, data: PING_MS }));
        this.#cutIfSlow(stream);
      }
    }
  }

  /** Refuses whoever still comes and tells the others to come back later. */
  stop(): void {
    this.#stopping = true;
    this.#byId.clear();
    for (const stream of this.#open) stream.end();
  }

  terminate(): void {
    for (const stream of this.#open) stream.terminate();
  }

  get connections(): number {
    return this.#open.size;
  }

  #stream(id: string, request: IncomingMessage, response: ServerResponse): void {
    if (this.#stopping) {
      refuseStreamForNow(response);
      return;
    }
    const { addressOf, hasRoom, now } = this.#context;
    if (!hasRoom()) {
      const line = 'this daemon has as many connections as it can serve';
      this.#refuse(response, { status: 503, code: 'too-many-connections', line });
      return;
    }
    const stream = new EventStream(id, makeStreamKey(), addressOf(request), response, now());
    this.#rooms.join(stream, this.#room, id);
    if (this.#rooms.seatOf(stream) === undefined) {
      refuse(response, 503, 'this daemon has as many clients of this kind as it can serve');
      return;
    }
    this.#open.add(stream);
    // The newer one has the id from now on, whenever the older one goes.
    this.#byId.set(id, stream);
    response.once('close', () => this.#gone(stream));
    stream.begin(streamCookies(request, id, stream.key, (known) => this.#byId.has(known)));
    stream.send('listing', JSON.stringify({ from: id, to: id, type: 'listing', data: this.#listingFor(stream) }));
  }

  #post(request: IncomingMessage, response: ServerResponse): void {
    const { messageBytes } = this.#context.limits;
    const onBody = (body: Buffer | undefined): void => {
      try {
        const text = body !== undefined && isUtf8(body) ? body.toString() : undefined;
        const message = text === undefined ? undefined : parseObject(text);
        if (body === undefined) refuse(response, 413, `expected a message of at most ${messageBytes} bytes`);
        else if (text === undefined || message === undefined) refuse(response, 400, 'expected a JSON object');
        else this.#answer(request, response, message, text);
      } catch (error) {
        this.#context.onEvent({ type: 'failed', error: toSnapError(error) });
        response.destroy();
      }
    };
    readBody(request, messageBytes, onBody, () => response.destroy());
  }

  #answer(request: IncomingMessage, response: ServerResponse, message: JsonObject, text: string): void {
    const { from, to } = message;
    const type = message['type'] ?? '';
    const target = typeof to === 'string' ? this.#byId.get(to) : undefined;
    const sender = typeof from === 'string' ? this.#byId.get(from) : undefined;
    if (target === undefined) answer(response, 404, 'text/plain; charset=utf-8', 'Not found');
    // It becomes a line of its own in the stream.
    else if (typeof type !== 'string' || /\p{Cc}/u.test(type))
      refuse(response, 400, 'expected a type without control characters');
    else if (sender === undefined || !hasStreamKey(request, sender.id, sender.key))
      refuse(response, 403, 'expected the id of a stream of this client as from, and the cookie that came with it');
    else {
      if (sender.heardAt !== undefined || type === 'pong') sender.heardAt = this.#context.now();
      if (type !== 'pong') sendId(response, this.#write(sender, target, type, message, text));
      else if (sender === target) sendId(response, 0);
      else refuse(response, 403, 'expected a pong from the client that was pinged');
    }
  }

  /** Returns the number of the event, which is on its way before the sender hears of it: so its messages stay in order. */
  #write(sender: EventStream, target: EventStream, type: string, message: JsonObject, text: string): number {
    const data = type === 'listing' ? JSON.stringify({ ...message, data: this.#listingFor(target) }) : text;
    const number = target.nextEvent;
    if (sender === target) target.send(type, data);
    else this.#rooms.relay(sender, target.id, { type, data });
    this.#cutIfSlow(target);
    return number;
  }

  /** Its own address and who else is there. */
  #listingFor({ id, address }: EventStream): JsonObject {
    const peers = [...this.#byId.keys()].filter((other) => other !== id && other.length === LISTED_ID_LENGTH);
    return { ip: address, version: this.#context.version, peers };
  }

  #cutIfSlow(stream: EventStream): void {
    if (stream.queuedBytes > this.#context.limits.queuedBytes) this.#cut(stream);
  }

  #cut(stream: EventStream): void {
    stream.terminate();
    this.#forget(stream);
  }

  #gone(stream: EventStream): void {
    this.#open.delete(stream);
    this.#forget(stream);
  }

  /** One whose id was taken over has nothing to lose any more. */
  #forget(stream: EventStream): void {
    if (this.#byId.get(stream.id) === stream) this.#byId.delete(stream.id);
    // When all are sent away there is nobody left to tell.
    if (!this.#stopping) this.#rooms.leave(stream);
  }

  #refuse(response: ServerResponse, { status, code, line }: UpgradeRefusal): void {
    response.setHeader(REFUSAL_HEADER, code);
    refuse(response, status, line);
    this.#context.onEvent({ type: 'refused', reason: code });
  }
}

/** A page of another site that names no origin, since it embeds what it cannot read, such as an image. */
function refuseEmbedding({ headers }: IncomingMessage): UpgradeRefusal | undefined {
  const site = headers['sec-fetch-site'];
  if (headers.origin !== undefined || (site !== 'cross-site' && site !== 'same-site')) return undefined;
  return { status: 403, code: 'origin-refused', line: 'expected a page of this daemon, got one of another site' };
}

function sendId(response: ServerResponse, id: number): void {
  answer(response, 200, 'application/json; charset=utf-8', JSON.stringify({ id }));
}

/** Nobody may have read the body of such a request, so nothing else can follow on its connection. */
function refuse(response: ServerResponse, status: number, line: string): void {
  response.setHeader('Connection', 'close');
  answer(response, status, 'text/plain; charset=utf-8', `${line}\n`);
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'Content-Length': Buffer.byteLength(body),
    'Content-Type': type,
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'",
  });
  response.end(body);
}
