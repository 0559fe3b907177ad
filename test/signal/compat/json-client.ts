import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';

export type Json = Readonly<Record<string, unknown>>;

/** A client of a dialect, over a WebSocket of JSON; it keeps what it was told and lets a test wait for it. */
export class JsonClient implements AsyncDisposable {
  readonly told: Json[] = [];
  readonly closed: Promise<unknown>;
  readonly #ws: WebSocket;
  #wake = (): void => {};

  private constructor(ws: WebSocket) {
    this.#ws = ws;
    this.closed = new Promise((resolve) => ws.once('close', resolve));
    ws.on('error', () => {});
    ws.on('message', (data: Buffer) => {
      this.told.push(JSON.parse(data.toString()) as Json);
      this.#wake();
    });
  }

  /** `url` is the daemon's base address. */
  static async open(url: string, path = '', options: ClientOptions = {}): Promise<JsonClient> {
    const client = new JsonClient(new WebSocket(new URL(path, url.replace(/^http/, 'ws')), options));
    await once(client.#ws, 'open');
    return client;
  }

  get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN;
  }

  say(message: unknown): void {
    this.sayText(JSON.stringify(message));
  }

  sayText(text: string): void {
    this.#ws.send(text);
  }

  /** The first message that this one holds for, now or later; it is taken out of `told`. */
  async hear(isIt: (message: Json) => boolean): Promise<Json> {
    for (;;) {
      const at = this.told.findIndex(isIt);
      const [message] = at < 0 ? [] : this.told.splice(at, 1);
      if (message !== undefined) return message;
      if (!this.isOpen) throw new Error(`closed, having heard ${JSON.stringify(this.told)}`);
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), this.closed]);
    }
  }

  hearType(type: string): Promise<Json> {
    return this.hear((message) => message['type'] === type);
  }

  /** Everything that was said before has been handled once this resolves: the socket answers in order. */
  async settle(): Promise<void> {
    this.#ws.ping();
    await once(this.#ws, 'pong');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ws.close();
    await this.closed;
  }
}
