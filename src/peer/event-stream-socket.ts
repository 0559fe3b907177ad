import { createParser } from 'eventsource-parser';
import { EVENTS_PATH, SUBPROTOCOL, UPGRADE_REFUSALS } from '../protocol/endpoint.ts';
import { LIMITS } from '../protocol/limits.ts';
import type { Clock } from './clock.ts';
import { daemonUrl } from './daemon-url.ts';
import type { Http, HttpAnswer } from './http.ts';
import type { OpenSignalSocket, SignalSocket, SignalSocketClose, SignalSocketEvents } from './signal-socket.ts';

/** How long a polite end may take, ms. */
const CLOSE_MS = 1_000;
/** How long the other side may take to answer a request, ms. */
const ANSWER_MS = 5_000;
/** A stream that lived this long was no failure when it breaks, ms. */
const STEADY_MS = 2_000;
/** Pauses before what failed once, twice and so on is tried again, ms. The daemon keeps a broken stream for about 10 s. */
const AGAIN_MS = [0, 250, 1_000, 3_000];
/** Characters of the messages of one request, unless a single one has more. The daemon takes 8 times `messageBytes`. */
const BATCH_LENGTH = 2 * LIMITS.messageBytes;
/** Characters of one event: the longest message of a daemon, and what JSON makes of it. */
const EVENT_LENGTH = 16 * LIMITS.messageBytes;

/**
 * The signaling transport where WebSockets are blocked: Server-Sent Events one way, POST the other (PROTOCOL.md, "Events
 * and POST").
 */
export function eventStreamSockets(http: Http, clock: Clock): OpenSignalSocket {
  return (server, events) => {
    const socket = new EventStreamSocket(daemonUrl(server, EVENTS_PATH), http, clock, events);
    void socket.run();
    return socket;
  };
}

class EventStreamSocket implements SignalSocket {
  readonly transport = 'sse';
  readonly #http: Http;
  readonly #clock: Clock;
  readonly #events: SignalSocketEvents;
  /** Aborted when all is over. */
  readonly #abort = new AbortController();
  #url: string;
  /** Known once the stream is open. */
  #token: string | undefined;
  #lastEventId: string | undefined;
  /** Messages that the daemon has not confirmed yet, each as JSON. */
  #queue: string[] = [];
  /** The number of the first of them. */
  #first = 1;
  /** How many of them are on their way. */
  #posting = 0;
  #isClosing = false;
  #isOver = false;

  constructor(url: string, http: Http, clock: Clock, events: SignalSocketEvents) {
    this.#url = url;
    this.#http = http;
    this.#clock = clock;
    this.#events = events;
  }

  send(text: string): void {
    if (this.#isOver || this.#isClosing || this.#token === undefined) return;
    this.#queue.push(JSON.stringify(text));
    if (this.#posting === 0) void this.#post();
  }

  close(): void {
    if (this.#isOver || this.#isClosing) return;
    this.#isClosing = true;
    if (this.#queue.length === 0) {
      queueMicrotask(() => this.#finish(this.#token === undefined ? LOST : LEFT));
      return;
    }
    const cancel = this.#clock.after(CLOSE_MS, () => this.#finish(LOST));
    this.#abort.signal.addEventListener('abort', cancel, { once: true });
    // A page may be gone before it hears that the messages before its farewell have arrived: all of them once more.
    if (this.#queue.length > this.#posting) this.#postOnce(this.#queue).catch(() => {});
  }

  /** Reads the stream, and takes it up again where it broke. Never rejects. */
  async run(): Promise<void> {
    // Nothing is called before the opener has returned.
    await Promise.resolve();
    let failures = 0;
    while (!this.#isOver) {
      const startedAt = this.#clock.now();
      const problem = await this.#read();
      if (this.#isOver) return;
      failures = this.#clock.now() - startedAt >= STEADY_MS ? 0 : failures + 1;
      const pause = AGAIN_MS[failures];
      // A stream that never was cannot be taken up again; whoever opened it decides.
      if (this.#token === undefined || problem.refusal !== undefined || pause === undefined)
        this.#finish(this.#token === undefined ? { ...LOST, ...problem } : LOST);
      else await this.#pause(pause);
    }
  }

  /** One answer of the daemon's, to its end. Returns what was wrong with it. */
  async #read(): Promise<Omit<SignalSocketClose, 'code' | 'reason'>> {
    const { signal, answered, cancel } = this.#deadline();
    const headers = this.#lastEventId === undefined ? {} : { 'Last-Event-ID': this.#lastEventId };
    try {
      const answer = await this.#http.get(`${this.#url}?protocol=${SUBPROTOCOL}`, headers, signal);
      answered();
      if ('problem' in answer)
        return signal.aborted ? { problem: `it did not answer within ${ANSWER_MS / 1_000} s` } : answer;
      const refused = refusalOf(answer);
      if (refused !== undefined) return refused;
      this.#url = answer.url.replace(/[?#].*$/s, '');
      await this.#readEvents(answer);
      return { problem: 'the connection ended' };
    } catch (cause) {
      return { problem: 'the connection broke', cause };
    } finally {
      cancel();
    }
  }

  async #readEvents({ chunks }: HttpAnswer): Promise<void> {
    const parser = createParser({
      onEvent: ({ id, event, data }) => this.#receive(id, event, data),
      onComment: () => this.#alive(),
      maxBufferSize: EVENT_LENGTH,
    });
    const decoder = new TextDecoder();
    for await (const chunk of chunks) {
      if (this.#isOver) return;
      parser.feed(decoder.decode(chunk, { stream: true }));
    }
  }

  #receive(id: string | undefined, event: string | undefined, data: string): void {
    if (this.#isOver) return;
    const value = parse(data);
    switch (event) {
      case undefined:
        if (typeof value === 'string' && this.#token !== undefined) this.#events.onMessage(value);
        else this.#alive();
        break;
      case 'open': {
        const token = field(value, 'stream');
        if (this.#token !== undefined || typeof token !== 'string') break;
        this.#token = encodeURIComponent(token);
        this.#events.onOpen();
        break;
      }
      case 'close': {
        const [code, reason] = [field(value, 'code'), field(value, 'reason')];
        if (typeof code === 'number' && typeof reason === 'string') this.#finish({ code, reason });
        else this.#finish(LOST);
        break;
      }
      default:
        this.#alive();
    }
    if (id !== undefined) this.#lastEventId = id;
  }

  #alive(): void {
    if (!this.#isOver && this.#token !== undefined) this.#events.onAlive();
  }

  /** Sends what is queued, one request after the other: their order is the order of the messages. Never rejects. */
  async #post(): Promise<void> {
    while (this.#queue.length > 0 && !this.#isOver) {
      const batch = this.#batch();
      this.#posting = batch.length;
      const status = await this.#postUntilAnswered(batch);
      this.#posting = 0;
      if (this.#isOver) return;
      if (status !== 204) {
        this.#finish(LOST);
        return;
      }
      this.#queue.splice(0, batch.length);
      this.#first += batch.length;
    }
    if (this.#isClosing) this.#finish(LEFT);
  }

  #batch(): string[] {
    let length = 0;
    const end = this.#queue.findIndex((text) => (length += text.length) > BATCH_LENGTH);
    return end < 0 ? [...this.#queue] : this.#queue.slice(0, Math.max(1, end));
  }

  /** The same messages under the same numbers may be sent again: the daemon takes each once. */
  async #postUntilAnswered(batch: readonly string[]): Promise<number | undefined> {
    for (const pause of AGAIN_MS) {
      if (pause > 0 && !this.#isOver) await this.#pause(pause);
      if (this.#isOver) return undefined;
      try {
        const status = await this.#postOnce(batch);
        // 5xx comes from a proxy in front of a daemon that is away for a moment.
        if (status < 500) return status;
      } catch {
        // Nobody answered.
      }
    }
    return undefined;
  }

  /** The messages are the first ones of the queue. */
  async #postOnce(messages: readonly string[]): Promise<number> {
    const { signal, cancel } = this.#deadline();
    try {
      return await this.#http.post(`${this.#url}/${this.#token}?from=${this.#first}`, messages.join('\n'), signal);
    } finally {
      cancel();
    }
  }

  /** A signal that is aborted when all is over, or when `answered` or `cancel` was not called in time. */
  #deadline(): { signal: AbortSignal; answered: () => void; cancel: () => void } {
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    const answered = this.#clock.after(ANSWER_MS, abort);
    const over = this.#abort.signal;
    over.addEventListener('abort', abort, { once: true });
    const cancel = (): void => {
      answered();
      over.removeEventListener('abort', abort);
    };
    return { signal: controller.signal, answered, cancel };
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const over = this.#abort.signal;
      const cancel = this.#clock.after(ms, () => {
        over.removeEventListener('abort', stop);
        resolve();
      });
      const stop = (): void => {
        cancel();
        resolve();
      };
      over.addEventListener('abort', stop, { once: true });
    });
  }

  #finish(close: SignalSocketClose): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#queue = [];
    this.#events.onClose(close);
    this.#abort.abort();
  }
}

const LEFT: SignalSocketClose = { code: 1000, reason: 'left' };
const LOST: SignalSocketClose = { code: 1006, reason: '' };

/** Why this answer is no stream; undefined when it is one. */
function refusalOf(answer: HttpAnswer): Omit<SignalSocketClose, 'code' | 'reason'> | undefined {
  const { status, type, retryAfterMs } = answer;
  const isStream = /^text\/event-stream\b/i.test(type);
  if (status === 200 && isStream) return undefined;
  const problem =
    status === 200
      ? 'it answered with something that is no stream of events'
      : `it answered with HTTP status ${status}`;
  const refusal = UPGRADE_REFUSALS.find((code) => code === answer.refusal);
  if (refusal !== undefined) return { problem, refusal, retryAfterMs };
  // 5xx comes from a proxy in front of a daemon that is away; anything else was meant.
  return status < 500 ? { problem, refusal: 'not-a-daemon' } : { problem };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
