import type { ServerResponse } from 'node:http';
import { CLOSES, type CloseReason } from '../protocol/closes.ts';
import type { Text } from './client-frame.ts';
import type { Line } from './switchboard.ts';

/** A proxy may hold back the first bytes of an answer until there are about this many. */
const PADDING = `:${' '.repeat(2_048)}\n\n`;

/** One client's stream of events. It may go over several HTTP responses, one after the other. */
export class SseLine implements Line {
  readonly transport = 'sse';
  readonly #token: string;
  readonly #replayBytesMax: number;
  readonly #onOver: () => void;
  #response: ServerResponse | undefined;
  /** The number of the latest frame. */
  #last = 0;
  /** The latest frames as events, oldest first, for a client that missed them. */
  readonly #replay: string[] = [];
  #replayBytes = 0;
  /** What this turn has brought: it goes out in one write, as system calls are most of what a relay costs. */
  #unwritten = '';
  #isClosing = false;
  heardAt: number;
  commentedAt: number;
  /** When the sweep first saw that there is no response to write to. */
  detachedAt: number | undefined;
  /** When the sweep first saw the line closing. */
  closingAt: number | undefined;
  /** The number of the next message from the client. */
  expected = 1;
  /** Requests with messages that are being read. */
  requests = 0;

  /** `onOver` is called when there is nothing left to be written. */
  constructor(token: string, replayBytesMax: number, now: number, onOver: () => void) {
    this.#token = token;
    this.#replayBytesMax = replayBytesMax;
    this.#onOver = onOver;
    this.heardAt = now;
    this.commentedAt = now;
  }

  get isAttached(): boolean {
    return this.#response !== undefined;
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  get queuedBytes(): number {
    return (this.#response?.writableLength ?? 0) + this.#unwritten.length;
  }

  /** Begins over this response. */
  open(response: ServerResponse): void {
    this.#attach(response);
    response.write(this.#event(0, { stream: this.#token }, 'open'));
  }

  /** Goes on over this response after event `number`; false when that is not possible any more. */
  resume(response: ServerResponse, number: number, now: number): boolean {
    const missed = this.#last - number;
    if (this.#isClosing || !(missed >= 0 && missed <= this.#replay.length)) return false;
    this.#attach(response);
    this.heardAt = now;
    this.commentedAt = now;
    for (const event of this.#replay.slice(this.#replay.length - missed)) response.write(event);
    return true;
  }

  send(frame: Text): void {
    if (this.#isClosing) return;
    this.#last += 1;
    const event = this.#event(this.#last, frame.toString());
    this.#replay.push(event);
    this.#replayBytes += Buffer.byteLength(event);
    while (this.#replayBytes > this.#replayBytesMax) this.#replayBytes -= Buffer.byteLength(this.#replay.shift() ?? '');
    if (this.#response === undefined) return;
    if (this.#unwritten === '') process.nextTick(() => this.#flush());
    this.#unwritten += event;
  }

  comment(now: number): void {
    this.commentedAt = now;
    this.#response?.write(':\n\n');
  }

  close(reason: CloseReason): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#replay.length = 0;
    if (this.#response === undefined) this.#onOver();
    else {
      this.#flush();
      this.#response.end(this.#event(this.#last + 1, { code: CLOSES[reason].code, reason }, 'close'));
    }
  }

  terminate(): void {
    const response = this.#response;
    this.#isClosing = true;
    this.#replay.length = 0;
    this.#response = undefined;
    this.#unwritten = '';
    response?.destroy();
    this.#onOver();
  }

  #attach(response: ServerResponse): void {
    const before = this.#response;
    this.#response = response;
    this.#unwritten = '';
    this.detachedAt = undefined;
    // A client that lost its connection may know so before the daemon does.
    before?.destroy();
    response.once('close', () => {
      if (this.#response !== response) return;
      this.#response = undefined;
      this.#unwritten = '';
      if (this.#isClosing) this.#onOver();
    });
    // It ends with its connection: there is no need to tell its pieces apart, each of which would cost a good deal.
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      // nginx would collect what is to be read at once.
      'X-Accel-Buffering': 'no',
      // What has ended is followed by nothing.
      Connection: 'close',
    });
    response.write(PADDING);
  }

  #flush(): void {
    const text = this.#unwritten;
    this.#unwritten = '';
    if (text !== '') this.#response?.write(text);
  }

  /** A frame may hold line breaks of any kind, which the format of the stream cannot; in JSON they are escaped. */
  #event(number: number, data: unknown, name?: 'open' | 'close'): string {
    const header = name === undefined ? '' : `event: ${name}\n`;
    return `${header}id: ${this.#token}.${number}\ndata: ${JSON.stringify(data)}\n\n`;
  }
}
