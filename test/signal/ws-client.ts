import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { WebSocket, type ClientOptions } from 'ws';
import {
  parseListAnswer,
  type ClientMessage,
  type DaemonMessage,
  type PeersMessage,
} from '../../src/protocol/signaling.ts';
import type { Daemon } from '../../src/signal/serve.ts';

/** What a daemon may say to any client. */
export type AnyMessage = DaemonMessage | PeersMessage;
export type MessageOf<Type extends AnyMessage['type']> = Extract<AnyMessage, { type: Type }>;
type Received = { readonly message: AnyMessage; readonly payload: string };

/** A bare client of a daemon, strict about order: every message has to be asked for. */
export class WsClient implements AsyncDisposable {
  readonly ws: WebSocket;
  /** How the daemon ended it. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #inbox: Received[] = [];
  #wake: (() => void) | undefined;
  #end: { code: number; reason: string } | undefined;

  constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('error', () => {});
    ws.on('message', (data, isBinary) => {
      if (isBinary || !Buffer.isBuffer(data)) throw new Error('expected text');
      const parsed = parseListAnswer(data.toString());
      if (!parsed.ok) throw new Error(`the daemon sent what is none of its messages: ${parsed.problem}`);
      this.#inbox.push(parsed);
      this.#wake?.();
    });
    this.closed = new Promise((resolve) => {
      ws.on('close', (code, reason) => {
        this.#end = { code, reason: reason.toString() };
        resolve(this.#end);
        this.#wake?.();
      });
    });
  }

  send(message: ClientMessage, payload?: string): void {
    const header = JSON.stringify(message);
    this.ws.send(payload === undefined ? header : `${header}\n${payload}`);
  }

  signal(to: string, payload: string): void {
    this.send({ type: 'signal', to }, payload);
  }

  /** The next message, whatever it is; rejects when the connection ends before one comes. */
  async next(): Promise<Received> {
    for (;;) {
      const received = this.#inbox.shift();
      if (received !== undefined) return received;
      if (this.#end !== undefined) throw new Error(`expected a message, got a close: ${JSON.stringify(this.#end)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The next message, which has to be of this type. */
  async expect<Type extends AnyMessage['type']>(type: Type): Promise<MessageOf<Type> & { payload: string }> {
    const { message, payload } = await this.next();
    if (message.type !== type) throw new Error(`expected ${type}, got ${JSON.stringify(message)}`);
    return { ...(message as MessageOf<Type>), payload };
  }

  /** Messages that came and were not asked for. */
  get unread(): readonly AnyMessage[] {
    return this.#inbox.map(({ message }) => message);
  }

  /** The connection breaks, without a close frame. */
  async break(): Promise<void> {
    this.ws.terminate();
    await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.break();
  }
}

export async function open(daemon: Pick<Daemon, 'url'>, options: ClientOptions = {}): Promise<WsClient> {
  const ws = new WebSocket(wsUrl(daemon), 'snap-share.v1', options);
  const client = new WsClient(ws);
  await once(ws, 'open');
  return client;
}

export type Joined = WsClient & { readonly welcome: MessageOf<'welcome'> };

/** A client that has a seat. */
export async function join(
  daemon: Pick<Daemon, 'url'>,
  room: string,
  seat?: { readonly peer: string; readonly token: string },
  options?: ClientOptions,
): Promise<Joined> {
  const client = await open(daemon, options);
  const { peer, token } = seat ?? {};
  client.send({
    type: 'join',
    room,
    name: 'somebody',
    kind: 'terminal',
    ...(peer !== undefined && token !== undefined ? { seat: { peer, token } } : {}),
  });
  const welcome = await client.expect('welcome');
  return Object.assign(client, { welcome });
}

/** Two peers in a room of their own, to see that others are not disturbed. */
export class Bystanders implements AsyncDisposable {
  readonly #first: Joined;
  readonly #second: Joined;
  #exchanged = 0;

  constructor(first: Joined, second: Joined) {
    this.#first = first;
    this.#second = second;
  }

  static async enter(daemon: Pick<Daemon, 'url'>): Promise<Bystanders> {
    const first = await join(daemon, 'bystanders');
    const second = await join(daemon, 'bystanders');
    await first.expect('peer-joined');
    return new Bystanders(first, second);
  }

  /** One signal each way arrives, and nothing else has come. */
  async exchange(): Promise<void> {
    this.#exchanged += 1;
    const payload = `signal ${this.#exchanged}`;
    this.#first.signal(this.#second.welcome.peer, payload);
    this.#second.signal(this.#first.welcome.peer, payload);
    for (const [to, from] of [[this.#first, this.#second] as const, [this.#second, this.#first] as const]) {
      const signal = await to.expect('signal');
      if (signal.payload !== payload || signal.from !== from.welcome.peer)
        throw new Error(`expected ${payload}, got ${JSON.stringify(signal)}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#first.break(), this.#second.break()]);
  }
}

export function wsUrl(daemon: Pick<Daemon, 'url'>): string {
  return new URL('ws', daemon.url.replace(/^http/, 'ws')).href;
}

/** A request for a WebSocket. */
export function upgradeRequest(path: string, protocol?: string): string {
  return [
    `GET ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    '\r\n',
  ].join('\r\n');
}

/** A connection without any protocol. */
export async function rawSocket(
  daemon: Pick<Daemon, 'port'>,
  options: { allowHalfOpen?: boolean } = {},
): Promise<Socket> {
  const socket = connect({ port: daemon.port, host: '127.0.0.1', ...options });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** All that a raw connection receives until the daemon ends it. */
export async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // Not events.once: that would reject when the daemon resets the connection.
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString();
}

/** What a request for a WebSocket is answered with when it is not given one. */
export async function refusal(ws: WebSocket): Promise<{ status: number; code: string | undefined; body: string }> {
  ws.on('error', () => {});
  return new Promise((resolve, reject) => {
    ws.on('open', () => reject(new Error('expected a refusal, got a WebSocket')));
    ws.on('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const code = response.headers['snap-share-refusal'];
        const body = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, code: typeof code === 'string' ? code : undefined, body });
        ws.terminate();
      });
    });
  });
}

/** For what no event tells: looks again at every turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
