import type { ServerResponse } from 'node:http';

/** What a stream of events begins with. It is the last on its connection: when the daemon stops, so is the connection. */
const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache',
  'X-Accel-Buffering': 'no',
  Connection: 'close',
};

/** How long a browser waits before it asks for a stream again that was ended on purpose. */
const RETRY_MS = 30_000;

/** One client's stream of server-sent events (HTML standard, section 9.2), numbered from 0. */
export class EventStream {
  readonly id: string;
  readonly key: string;
  readonly address: string;
  readonly #response: ServerResponse;
  #nextEvent = 0;
  pingedAt: number;
  /** When a client was last heard of that answers pings; undefined for one that has not yet. */
  heardAt: number | undefined;
  /** When the sweep first saw the stream ended and not gone. */
  endingAt: number | undefined;

  constructor(id: string, key: string, address: string, response: ServerResponse, now: number) {
    this.id = id;
    this.key = key;
    this.address = address;
    this.#response = response;
    this.pingedAt = now;
  }

  begin(cookies: readonly string[]): void {
    this.#response.socket?.setNoDelay(true);
    // It ends with its connection: there is no need to tell its pieces apart, each of which would cost a good deal.
    this.#response.useChunkedEncodingByDefault = false;
    this.#response.writeHead(200, { ...HEADERS, 'Set-Cookie': [...cookies] });
  }

  /** A type is one line; the data may be several. */
  send(type: string, data: string): void {
    const number = this.#nextEvent++;
    const event = type === '' ? '' : `event: ${type}\n`;
    const isOneLine = !data.includes('\n') && !data.includes('\r');
    const lines = isOneLine ? data : data.replace(/\r\n|\r|\n/g, '\ndata: ');
    if (!this.isEnding) this.#response.write(`${event}data: ${lines}\nid: ${number}\n\n`);
  }

  /** The number that the next event gets. */
  get nextEvent(): number {
    return this.#nextEvent;
  }

  get isEnding(): boolean {
    return this.#response.writableEnded || this.#response.destroyed;
  }

  get queuedBytes(): number {
    return this.#response.writableLength;
  }

  /** A browser comes back by itself, but not at once. */
  end(): void {
    if (!this.isEnding) this.#response.end(`retry: ${RETRY_MS}\n\n`);
  }

  terminate(): void {
    this.#response.destroy();
  }
}

/** The answer to a client that asks for a stream while the daemon is being stopped. */
export function refuseStreamForNow(response: ServerResponse): void {
  response.writeHead(200, HEADERS);
  response.end(`retry: ${RETRY_MS}\n\n`);
}
