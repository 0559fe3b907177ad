import { createRequire } from 'node:module';
import { io as connect4 } from 'socket.io-client';

/** What both versions of the client package have in common, as far as it is used here. */
interface ForeignSocket {
  readonly id?: string;
  readonly connected: boolean;
  readonly io: { readonly engine: { send(text: string): unknown } };
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  close(): unknown;
}

interface ForeignOptions {
  readonly transports?: readonly ('polling' | 'websocket')[];
  readonly extraHeaders?: Readonly<Record<string, string>>;
}

type Connect = (url: string, options: object) => ForeignSocket;

const connect2 = createRequire(import.meta.url)('socket.io-client-2') as Connect;

export type Version = 2 | 4;

export const VERSIONS = [2, 4] as const;
export const TRANSPORTS: readonly Required<Pick<ForeignOptions, 'transports'>>[] = [
  { transports: ['websocket'] },
  { transports: ['polling'] },
  { transports: ['polling', 'websocket'] },
];

const EVENTS = [
  ['created', 'joined', 'ready', 'secondjoined', 'thirduser', 'full', 'exit', 'ipaddress'],
  ['message', 'messagetothird', 'messagetosecond', 'usersList'],
].flat();

export type Told = readonly [event: string, ...args: unknown[]];

/** A client of a dialect over Socket.IO, of either version; it keeps what it was told and lets a test wait for it. */
export class SocketIoTestClient implements AsyncDisposable {
  readonly told: Told[] = [];
  readonly closed: Promise<unknown>;
  readonly socket: ForeignSocket;
  #wake = (): void => {};

  private constructor(socket: ForeignSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.on('disconnect', resolve));
    for (const event of EVENTS)
      socket.on(event, (...args) => {
        this.told.push([event, ...args]);
        this.#wake();
      });
  }

  /** Rejects with what the client is told when it is refused. `url` is the daemon's base address. */
  static async open(url: string, version: Version = 4, options: ForeignOptions = {}): Promise<SocketIoTestClient> {
    const connect = version === 2 ? connect2 : (connect4 as unknown as Connect);
    const socket = connect(url, { forceNew: true, reconnection: false, ...options });
    const client = new SocketIoTestClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.on('connect', () => resolve());
      socket.on('connect_error', (error) => {
        socket.close();
        reject(error);
      });
    });
    return client;
  }

  get id(): string {
    return this.socket.id ?? '';
  }

  say(event: string, ...args: unknown[]): void {
    this.socket.emit(event, ...args);
  }

  /** The first event of this name, now or later, with its arguments; it is taken out of `told`. */
  hear(event: string): Promise<unknown[]> {
    return this.hearWhat(([name]) => name === event);
  }

  async hearWhat(isIt: (told: Told) => boolean): Promise<unknown[]> {
    return (await this.next(isIt)).slice(1);
  }

  /** The first event that this one holds for, now or later, with its name. */
  async next(isIt: (told: Told) => boolean): Promise<Told> {
    for (;;) {
      const at = this.told.findIndex(isIt);
      const [told] = at < 0 ? [] : this.told.splice(at, 1);
      if (told !== undefined) return told;
      if (!this.socket.connected) throw new Error(`closed, having heard ${JSON.stringify(this.told)}`);
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), this.closed]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.socket.connected) return;
    this.socket.close();
    await this.closed;
  }
}
