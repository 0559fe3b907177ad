import { build } from 'esbuild';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { SnapError, type ErrorCode } from '../../src/protocol/errors.ts';
import type { ConnectRtc } from '../../src/peer/rtc.ts';
import { serveSockets } from '../contract/socket-server.ts';
import { serveStreams } from '../contract/stream-server.ts';
import { BridgedConnection } from './bridged-connection.ts';
import { BROWSERS, type Browser, type BrowserName, type PageHost } from './browsers.ts';
import { unpackMessage, type FromPage, type ToPage } from './messages.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A page that has not called back by then has failed to start. */
const CONTACT_MS = 30_000;

/** What runs in the page; plain JavaScript, as no program of ours has both the DOM and the tests. */
const SCRIPT = `
import { openBrowserEventStream } from './src/peer/browser/event-streams.ts';
import { loadBrowserPorts } from './src/peer/browser/ports.ts';
import { openBrowserSignalSocket } from './src/peer/browser/signal-socket.ts';
import { serveTests } from './test/browser/page.ts';
const ports = await loadBrowserPorts();
const socket = new WebSocket(location.origin.replace('http', 'ws') + '/control');
socket.binaryType = 'arraybuffer';
serveTests(socket, location.origin, ports, { ws: openBrowserSignalSocket, sse: openBrowserEventStream });
`;

/** A page in a real browser, from a real server, with the browser's side of the peer in it. */
export class TestPage implements AsyncDisposable {
  readonly #server: Server;
  readonly #browser: Browser;
  readonly #socket: WebSocket;
  readonly #links = new Map<number, BridgedConnection>();
  readonly #pending = new Map<
    number,
    { resolve: (value: string | undefined) => void; reject: (error: Error) => void }
  >();
  #last = 0;

  private constructor(server: Server, browser: Browser, socket: WebSocket) {
    this.#server = server;
    this.#browser = browser;
    this.#socket = socket;
    socket.on('message', (data: RawData, isBinary: boolean) => this.#receive(data as Buffer, isBinary));
    socket.on('close', () => {
      for (const { reject } of this.#pending.values()) reject(new Error('the page is gone'));
    });
  }

  /** `host`: one that leads to this machine. Only a page of `127.0.0.1` is on a secure origin. */
  static async open(name: BrowserName, host: PageHost = '127.0.0.1'): Promise<TestPage> {
    const script = await bundle();
    const server = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      if (!isScript && request.url !== '/') return;
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
      response.end(
        isScript ? script : '<!doctype html><title>test</title><script type="module" src="/page.js"></script>',
      );
    });
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, stream, head) => {
      if (request.url === '/control')
        sockets.handleUpgrade(request, stream, head, (socket) => sockets.emit('connection', socket));
    });
    serveSockets(server);
    serveStreams(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    let browser: Browser | undefined;
    try {
      browser = await BROWSERS[name]();
      const signal = AbortSignal.timeout(CONTACT_MS);
      const [[socket]] = await Promise.all([
        once(sockets, 'connection', { signal }) as Promise<[WebSocket]>,
        browser.open(`http://${host}:${(server.address() as AddressInfo).port}/`),
      ]);
      return new TestPage(server, browser, socket);
    } catch (error) {
      await browser?.close();
      server.close();
      throw error;
    }
  }

  /** Runs a test of the suites in the page; rejects with its failure. */
  async run(test: string): Promise<void> {
    await this.#ask((id) => ({ do: 'test', id, name: test }));
  }

  /** The page's implementation of the WebRTC port, as if it were here. */
  get connect(): ConnectRtc {
    return (config, events) => {
      const link = ++this.#last;
      const connection = new BridgedConnection(link, events, {
        tell: (message) => this.#tell(message),
        sendBytes: (frame) => this.#socket.send(frame),
        call: (call, sdp = '') => this.#ask((id) => ({ do: 'call', id, link, call, sdp })),
      });
      this.#links.set(link, connection);
      this.#tell({ do: 'connect', link, config });
      return connection;
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate();
    this.#server.close();
    await this.#browser.close();
  }

  #tell(message: ToPage): void {
    this.#socket.send(JSON.stringify(message));
  }

  #ask(request: (id: number) => ToPage): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      const id = ++this.#last;
      this.#pending.set(id, { resolve, reject });
      this.#tell(request(id));
    });
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      const { link, message } = unpackMessage(data);
      this.#links.get(link)?.receive(message);
      return;
    }
    const message = JSON.parse(data.toString('utf8')) as FromPage;
    switch (message.say) {
      case 'done':
        this.#pending.get(message.id)?.resolve(message.value);
        this.#pending.delete(message.id);
        return;
      case 'failed':
        this.#pending.get(message.id)?.reject(failure(message));
        this.#pending.delete(message.id);
        return;
      case 'event':
        this.#links.get(message.link)?.hear(message);
        return;
      case 'fault':
        // Belongs to no request: fails the run.
        throw new Error(`in the page: ${message.text}`);
    }
  }
}

function failure({ code, text }: { code?: string; text: string }): Error {
  const error = code === undefined ? new Error(text) : new SnapError(code as ErrorCode, text);
  error.stack = `in the page: ${text}`;
  return error;
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: SCRIPT, resolveDir: ROOT },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    sourcemap: 'inline',
    alias: { vitest: fileURLToPath(new URL('vitest-in-page.ts', import.meta.url)) },
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}
