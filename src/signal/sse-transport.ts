import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CloseReason } from '../protocol/closes.ts';
import { EVENTS_PATH, REFUSAL_HEADER, SUBPROTOCOL } from '../protocol/endpoint.ts';
import { toSnapError } from '../protocol/errors.ts';
import type { DaemonLimits } from './daemon-limits.ts';
import type { DaemonEvent } from './events.ts';
import { readBody, sendText, type RequestHandler } from './requests.ts';
import { SseLine } from './sse-line.ts';
import type { LineHandler } from './switchboard.ts';
import { pathOf, refuseForNow, refuseOrigin, shorten, type UpgradeRefusal } from './upgrade.ts';
import type { TransportOptions } from './ws-transport.ts';

/** The body of one request to one message: JSON makes a text at most six times longer, and two quotes. */
const BODY_FACTOR = 8;
/** Requests of one stream at once. One is enough for a client; others may be left of connections that broke. */
const REQUESTS_MAX = 8;

/**
 * Server-Sent Events and POST as lines of a switchboard, for networks that block WebSockets (PROTOCOL.md, "Events and
 * POST"). A stream is known by a token that only its client has; the ids of its events carry it, so that a client which
 * connects again with `Last-Event-ID` goes on where it was.
 */
export class SseTransport {
  readonly #handler: LineHandler;
  readonly #limits: DaemonLimits;
  readonly #origins: ReadonlySet<string>;
  readonly #now: () => number;
  readonly #onEvent: (event: DaemonEvent) => void;
  readonly #hasRoom: () => boolean;
  /** By token. */
  readonly #lines = new Map<string, SseLine>();
  #stopping = false;

  constructor(
    service: { readonly handler: LineHandler; readonly origins: ReadonlySet<string> },
    options: TransportOptions,
  ) {
    this.#handler = service.handler;
    this.#origins = service.origins;
    this.#limits = options.limits;
    this.#now = options.now;
    this.#onEvent = options.onEvent;
    this.#hasRoom = options.hasRoom;
  }

  readonly handle: RequestHandler = (request, response) => {
    const path = pathOf(request.url);
    if (path === EVENTS_PATH) this.#stream(request, response);
    else if (path.startsWith(`${EVENTS_PATH}/`)) this.#receive(path.slice(EVENTS_PATH.length + 1), request, response);
    else return false;
    return true;
  };

  /** Enforces the deadlines of open streams. */
  sweep(): void {
    const now = this.#now();
    const { closeMs, commentMs, queuedBytes, resumeMs, silentMs } = this.#limits;
    for (const line of this.#lines.values()) {
      if (line.isClosing) {
        // Who does not read what is left never gets to the end of it.
        line.closingAt ??= now;
        if (now - line.closingAt >= closeMs) line.terminate();
        continue;
      }
      if (line.isAttached) line.detachedAt = undefined;
      else line.detachedAt ??= now;
      if (line.queuedBytes > queuedBytes) this.#handler.cut(line, 'slow-consumer');
      else if (now - line.heardAt >= silentMs || now - (line.detachedAt ?? now) >= resumeMs) this.#giveUp(line);
      else if (now - line.commentedAt >= commentMs) line.comment(now);
    }
  }

  /** Refuses whoever still comes and tells the others to go. */
  stop(reason: CloseReason): void {
    this.#stopping = true;
    for (const line of this.#lines.values()) line.close(reason);
  }

  terminate(): void {
    for (const line of this.#lines.values()) line.terminate();
  }

  get connections(): number {
    return this.#lines.size;
  }

  /** GET: a new stream, or one that goes on. */
  #stream(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#admit(request, response, 'GET')) return;
    const last = request.headers['last-event-id'];
    if (last !== undefined) {
      const [token = '', number] = parseEventId(String(last));
      // Not one of ours any more, or too much was missed: the client joins again, with its seat.
      if (this.#lines.get(token)?.resume(response, number, this.#now()) !== true) sendOver(response);
      return;
    }
    const offered = queryOf(request).get('protocol');
    const refusal =
      offered === SUBPROTOCOL
        ? (refuseForNow(this.#stopping, this.#hasRoom()) ?? this.#handler.refuse?.(request))
        : versionMismatch(offered);
    if (refusal === undefined) this.#open(request, response);
    else this.#refuse(response, refusal);
  }

  #open(request: IncomingMessage, response: ServerResponse): void {
    const token = randomBytes(16).toString('base64url');
    const line = new SseLine(token, this.#limits.replayBytes, this.#now(), () => this.#lines.delete(token));
    this.#lines.set(token, line);
    this.#handler.open(line, request);
    line.open(response);
  }

  /** POST: messages from the client of one stream. */
  #receive(token: string, request: IncomingMessage, response: ServerResponse): void {
    if (!this.#admit(request, response, 'POST')) return;
    const line = this.#lines.get(token);
    const from = /[?&]from=([^&]*)/.exec(request.url ?? '')?.[1] ?? '';
    // The body of what is refused before it has come is read by nobody, so nothing else can follow on its connection.
    if (line === undefined || line.isClosing) sendOver(response, 'close');
    else if (!/^[1-9]\d{0,14}$/.test(from)) {
      response.setHeader('Connection', 'close');
      sendText(response, 400, `expected ?from= with the number of the first message, got ${shorten(from)}`);
    } else if (line.requests >= REQUESTS_MAX) {
      response.setHeader('Connection', 'close');
      sendText(response, 503, `expected at most ${REQUESTS_MAX} requests of a stream at once`);
    } else this.#receiveBody(line, Number(from), request, response);
  }

  #receiveBody(line: SseLine, first: number, request: IncomingMessage, response: ServerResponse): void {
    line.requests += 1;
    readBody(
      request,
      BODY_FACTOR * this.#limits.messageBytes,
      (body) => {
        line.requests -= 1;
        try {
          this.#answer(line, first, body, response);
        } catch (error) {
          response.destroy();
          this.#onEvent({ type: 'failed', error: toSnapError(error) });
        }
      },
      () => {
        // It sends those messages again, or nothing more.
        line.requests -= 1;
        response.destroy();
      },
    );
  }

  #answer(line: SseLine, first: number, body: Buffer | undefined, response: ServerResponse): void {
    // Meanwhile another request may have ended the stream.
    if (line.isClosing) {
      sendOver(response);
      return;
    }
    line.heardAt = this.#now();
    if (body === undefined) {
      this.#handler.cut(line, 'message-too-big');
      sendText(response, 413, `expected at most ${BODY_FACTOR * this.#limits.messageBytes} bytes, got more`);
    } else if (first > line.expected) {
      sendText(response, 409, `expected message ${line.expected} first, got ${first}`);
    } else {
      this.#take(line, first, body);
      // Also when the stream has ended by what was in there: it is the stream that tells why.
      sendNothing(response);
    }
  }

  /** Messages of a client, one per line and numbered from `first`; those that were here before are passed over. */
  #take(line: SseLine, first: number, body: Buffer): void {
    if (!isUtf8(body)) {
      this.#handler.cut(line, 'not-utf8');
      return;
    }
    const texts = body.toString('utf8').split('\n');
    if (texts.at(-1) === '') texts.pop();
    for (const text of texts.slice(line.expected - first)) {
      if (line.isClosing) return;
      line.expected += 1;
      // What is no JSON string becomes an empty message, which nobody understands either.
      const frame = parseString(text) ?? '';
      if (Buffer.byteLength(frame) > this.#limits.messageBytes) this.#handler.cut(line, 'message-too-big');
      else this.#handler.receive(line, frame);
    }
  }

  /** Looks at origin and method; answers and says false when they do not fit. */
  #admit(request: IncomingMessage, response: ServerResponse, method: 'GET' | 'POST'): boolean {
    const { origin } = request.headers;
    const isListed = origin !== undefined && this.#origins.has(origin);
    if (isListed) {
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Expose-Headers', `${REFUSAL_HEADER}, Retry-After`);
      response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
      response.setHeader('Vary', 'Origin');
    }
    const refusal = refuseOrigin(request.headers, this.#origins);
    if (refusal === undefined && request.method === method) return true;
    if (refusal === undefined && isListed && request.method === 'OPTIONS') {
      response.setHeader('Access-Control-Allow-Headers', 'Last-Event-ID, Content-Type');
      response.setHeader('Access-Control-Max-Age', '600');
      sendNothing(response);
      return false;
    }
    if (method === 'POST') response.setHeader('Connection', 'close');
    if (refusal === undefined) {
      response.setHeader('Connection', 'close');
      response.setHeader('Allow', method);
      sendText(response, 405, `expected ${method}, got ${request.method ?? 'nothing'}`);
    } else this.#refuse(response, refusal);
    return false;
  }

  #refuse(response: ServerResponse, { status, code, line, retryAfterS }: UpgradeRefusal): void {
    response.setHeader(REFUSAL_HEADER, code);
    if (retryAfterS !== undefined) response.setHeader('Retry-After', retryAfterS);
    sendText(response, status, line);
    this.#onEvent({ type: 'refused', reason: code });
  }

  /** Nobody was heard, or nobody came back. */
  #giveUp(line: SseLine): void {
    line.terminate();
    this.#handler.gone(line);
  }
}

function queryOf(request: IncomingMessage): URLSearchParams {
  return new URLSearchParams(request.url?.split('?', 2)[1]);
}

/** The token of a stream and the number of its event; `NaN` when it has none. */
function parseEventId(id: string): [token: string | undefined, number: number] {
  const [, token, number] = /^([\w-]{22})\.(\d{1,15})$/.exec(id) ?? [];
  return [token, Number(number)];
}

/** Undefined when this is no JSON string. */
function parseString(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function versionMismatch(offered: string | null): UpgradeRefusal {
  const line = `expected ?protocol=${SUBPROTOCOL}, got ${offered === null ? 'none' : shorten(offered)}`;
  return { status: 400, code: 'version-mismatch', line };
}

function sendOver(response: ServerResponse, connection?: 'close'): void {
  if (connection !== undefined) response.setHeader('Connection', connection);
  sendText(response, 410, 'this stream is over: open another one and join again');
}

function sendNothing(response: ServerResponse): void {
  response.writeHead(204);
  response.end();
}
