import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { parseListAnswer, type ClientMessage } from '../../src/protocol/signaling.ts';
import type { Daemon } from '../../src/signal/serve.ts';
import type { AnyMessage, MessageOf } from './ws-client.ts';

/** One event as it stands in the stream. */
export interface StreamEvent {
  readonly event: string | undefined;
  readonly id: string;
  readonly data: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** One response with events, strict about order: every event has to be asked for. */
export class EventStream implements AsyncDisposable {
  readonly response: IncomingMessage;
  readonly #events: StreamEvent[] = [];
  #comments = 0;
  #unread = '';
  #isOver = false;
  #wake = (): void => {};

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('error', () => {});
    response.on('data', (text: string) => this.#read(text));
    response.on('close', () => {
      this.#isOver = true;
      this.#wake();
    });
  }

  get comments(): number {
    return this.#comments;
  }

  /** The next event; rejects when the stream ends before one comes. */
  async next(): Promise<StreamEvent> {
    await this.until(() => this.#events.length > 0);
    const event = this.#events.shift();
    if (event === undefined) throw new Error('expected an event, got the end of the stream');
    return event;
  }

  /** The next event, which has to be a message of this type. */
  async expect<Type extends AnyMessage['type']>(type: Type): Promise<MessageOf<Type> & { payload: string }> {
    const { event, data } = await this.next();
    const parsed = event === undefined && typeof data === 'string' ? parseListAnswer(data) : undefined;
    if (parsed?.ok !== true || parsed.message.type !== type)
      throw new Error(`expected ${type}, got ${JSON.stringify({ event, data })}`);
    return { ...(parsed.message as MessageOf<Type>), payload: parsed.payload };
  }

  /** Resolves as soon as the condition holds or the stream is over. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.#isOver) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** The end of the stream. */
  async ended(): Promise<void> {
    await this.until(() => this.#isOver);
  }

  /** The connection breaks. */
  async break(): Promise<void> {
    this.response.destroy();
    await this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.break();
  }

  #read(text: string): void {
    const blocks = (this.#unread + text).split('\n\n');
    this.#unread = blocks.pop() ?? '';
    for (const block of blocks) {
      if (block.startsWith(':')) this.#comments += 1;
      else {
        const [, event, id = '', data = ''] =
          /^(?:event: ([^\r\n]*)\n)?id: ([^\r\n]*)\ndata: ([^\r\n]*)$/.exec(block) ?? [];
        this.#events.push({ event, id, data: JSON.parse(data) as unknown });
      }
    }
    this.#wake();
  }
}

/** A client that has a stream and what it needs to go on with it. */
export class SseClient {
  readonly daemon: Pick<Daemon, 'url'>;
  readonly token: string;
  stream: EventStream;
  #sent = 0;

  constructor(daemon: Pick<Daemon, 'url'>, token: string, stream: EventStream) {
    this.daemon = daemon;
    this.token = token;
    this.stream = stream;
  }

  /** Posts one message and expects that it is taken. */
  async send(message: ClientMessage, payload?: string): Promise<void> {
    const header = JSON.stringify(message);
    const answer = await this.post([payload === undefined ? header : `${header}\n${payload}`]);
    if (answer.status !== 204) throw new Error(`expected 204, got ${JSON.stringify(answer)}`);
  }

  signal(to: string, payload: string): Promise<void> {
    return this.send({ type: 'signal', to }, payload);
  }

  /** Posts texts, as the next ones unless told otherwise. */
  post(texts: readonly string[], from = this.#sent + 1): Promise<Answer> {
    this.#sent = Math.max(this.#sent, from - 1 + texts.length);
    return this.postBody(texts.map((text) => JSON.stringify(text)).join('\n'), from);
  }

  postBody(body: string | Buffer, from: number | string): Promise<Answer> {
    return ask(this.daemon, 'POST', `events/${this.token}?from=${from}`, {}, body);
  }

  /** Takes the stream up after the event with this number. */
  async resume(number: number): Promise<void> {
    this.stream = await openStream(this.daemon, { 'last-event-id': `${this.token}.${number}` });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stream.break();
  }
}

export type JoinedSse = SseClient & { readonly welcome: MessageOf<'welcome'> };

export async function openSse(daemon: Pick<Daemon, 'url'>): Promise<SseClient> {
  const stream = await openStream(daemon);
  const { event, data, id } = await stream.next();
  const { stream: token = '' } = data as { stream?: string };
  if (event !== 'open' || id !== `${token}.0`) throw new Error(`expected an open event, got ${event} with ${id}`);
  return new SseClient(daemon, token, stream);
}

export async function joinSse(daemon: Pick<Daemon, 'url'>, room: string): Promise<JoinedSse> {
  const client = await openSse(daemon);
  await client.send({ type: 'join', room, name: 'somebody', kind: 'terminal' });
  return Object.assign(client, { welcome: await client.stream.expect('welcome') });
}

/** A stream that the daemon has to grant. */
export async function openStream(
  daemon: Pick<Daemon, 'url'>,
  headers: Record<string, string> = {},
): Promise<EventStream> {
  const response = await send(daemon, 'GET', 'events?protocol=snap-share.v1', headers);
  if (response.statusCode === 200) return new EventStream(response);
  throw new Error(`expected a stream, got ${JSON.stringify(await readAnswer(response))}`);
}

/** What a request is answered with that gets no stream. */
export async function ask(
  daemon: Pick<Daemon, 'url'>,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string | Buffer,
): Promise<Answer> {
  return readAnswer(await send(daemon, method, path, headers, body));
}

async function send(
  daemon: Pick<Daemon, 'url'>,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string | Buffer,
): Promise<IncomingMessage> {
  const asking = request(new URL(path, daemon.url), { method, headers, agent: false });
  asking.end(body);
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  return response;
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  let body = '';
  for await (const text of response.setEncoding('utf8')) body += String(text);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}
