import type { IncomingMessage } from 'node:http';
import type { CloseReason } from '../../protocol/closes.ts';
import { toSnapError } from '../../protocol/errors.ts';
import type { Line, LineHandler } from '../switchboard.ts';
import { WsTransport } from '../ws-transport.ts';
import type { Dialect, DialectContext } from './dialect.ts';
import { isFlatEnough } from './nesting.ts';

/** An object of a foreign client. Its fields may be anything, also absent. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What a dialect over WebSockets makes of its clients. */
export interface JsonService<Client> {
  takesSocket(path: string): boolean;
  /** A client is there. It may be told something only from the next call on, by `say` of its line. */
  open(line: JsonLine, request: IncomingMessage): Client;
  /** One message, also as the text that came. What it throws costs this client its connection, and nobody else anything. */
  receive(client: Client, message: JsonObject, text: string): void;
  /** What came was no JSON object. */
  receiveOther(client: Client, text: string): void;
  gone(client: Client): void;
}

/** One foreign client's connection. */
export class JsonLine {
  readonly #line: Line;
  readonly #queuedBytesMax: number;
  readonly #cut: (reason: CloseReason) => void;
  #isOver = false;

  constructor(line: Line, queuedBytesMax: number, cut: (reason: CloseReason) => void) {
    this.#line = line;
    this.#queuedBytesMax = queuedBytesMax;
    this.#cut = cut;
  }

  say(message: JsonObject): void {
    this.sayText(JSON.stringify(message));
  }

  sayText(text: string): void {
    if (this.#isOver) return;
    this.#line.send(text);
    if (this.#line.queuedBytes > this.#queuedBytesMax) this.#cut('slow-consumer');
  }

  close(reason: CloseReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#line.close(reason);
  }
}

/** A dialect of JSON objects in WebSocket text frames, within the daemon's limits and with its rules for origins. */
export function jsonDialect<Client>(service: JsonService<Client>, context: DialectContext): Dialect {
  const { limits, onEvent, refuseOrigin } = context;
  const clients = new Map<Line, { readonly line: JsonLine; readonly client: Client }>();
  const gone = (line: Line): void => {
    const known = clients.get(line);
    if (known === undefined) return;
    clients.delete(line);
    try {
      service.gone(known.client);
    } catch (error) {
      onEvent({ type: 'failed', error: toSnapError(error) });
    }
  };
  const cut = (line: Line, reason: CloseReason): void => {
    const known = clients.get(line);
    if (known === undefined) line.close(reason);
    else known.line.close(reason);
    gone(line);
  };
  const handler: LineHandler = {
    open(line, request) {
      const jsonLine = new JsonLine(line, limits.queuedBytes, (reason) => cut(line, reason));
      clients.set(line, { line: jsonLine, client: service.open(jsonLine, request) });
    },
    receive(line, data) {
      const known = clients.get(line);
      if (known === undefined) return;
      try {
        const text = data.toString();
        const message = parseObject(text);
        if (message === undefined) service.receiveOther(known.client, text);
        else service.receive(known.client, message, text);
      } catch (error) {
        onEvent({ type: 'failed', error: toSnapError(error) });
        cut(line, 'internal-error');
      }
    },
    cut,
    gone,
  };
  const sockets = new WsTransport({ handler, refuse: refuseOrigin }, context);
  return {
    takesSocket: (path) => service.takesSocket(path),
    upgrade: (request, socket, head) => sockets.upgrade(request, socket, head),
    sweep: () => sockets.sweep(),
    stop: (reason) => sockets.stop(reason),
    terminate: () => sockets.terminate(),
    get connections() {
      return sockets.connections;
    },
  };
}

/** Undefined when it is no JSON, something else than an object, or nested deeper than any client's. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && isFlatEnough(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
