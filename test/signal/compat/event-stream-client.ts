import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';

export interface StreamEvent {
  readonly event?: string;
  readonly data?: string;
  readonly id?: string;
  readonly retry?: string;
}

/** A client of a stream of server-sent events that waits for each, and posts with the cookie that it was given. */
export class EventStreamClient implements AsyncDisposable {
  readonly headers: IncomingMessage['headers'];
  readonly closed: Promise<unknown>;
  readonly id: string;
  readonly #url: string;
  readonly #response: IncomingMessage;
  #text = '';
  #isOver = false;
  #wake = (): void => {};

  private constructor(url: string, id: string, response: IncomingMessage) {
    this.id = id;
    this.headers = response.headers;
    this.#url = url;
    this.#response = response;
    this.closed = new Promise((resolve) => response.once('close', resolve));
    void this.closed.then(() => {
      this.#isOver = true;
      this.#wake();
    });
    response.on('error', () => {});
  }

  /** `url` is the daemon's base address. One that does not read leaves everything in its socket. */
  static async open(url: string, id: string, { isReading = true } = {}): Promise<EventStreamClient> {
    const [response] = (await once(get(`${url}messages/${id}`, { agent: false }), 'response')) as [IncomingMessage];
    const client = new EventStreamClient(url, id, response);
    if (isReading) client.read();
    return client;
  }

  read(): void {
    this.#response.setEncoding('utf8');
    this.#response.on('data', (piece: string) => {
      this.#text += piece;
      this.#wake();
    });
  }

  /** The next event, whatever it is; rejects when the stream ends before one comes. */
  async next(): Promise<StreamEvent> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const event = parse(this.#text.slice(0, end));
        this.#text = this.#text.slice(end + 2);
        return event;
      }
      if (this.#isOver) throw new Error(`the stream of ${this.id} has ended`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  get cookie(): string {
    return this.headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
  }

  post(message: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return post(this.#url, JSON.stringify(message), { cookie: this.cookie, ...headers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#response.destroy();
    await this.closed;
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

export async function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${url}message`, { method: 'POST', body, headers });
  return { status: response.status, body: await response.text() };
}

function parse(text: string): StreamEvent {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^([a-z]+): (.*)$/.exec(line) ?? [];
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before}\n${value}`);
  }
  return Object.fromEntries(fields);
}
