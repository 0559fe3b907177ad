import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { connectWerift } from '../../src/peer/werift/connection.ts';
import type { RtcConnection } from '../../src/peer/rtc.ts';
import { SIGNAL_PATH, SUBPROTOCOL } from '../../src/protocol/endpoint.ts';
import { formatMessage, parseClientMessage, parseDaemonMessage } from '../../src/protocol/signaling.ts';
import { parsePeerSignal, type AttemptId, type PeerSignal } from '../../src/protocol/signals.ts';
import { createPage } from '../../src/signal/page.ts';

/**
 * What it does with session descriptions: nothing; exchanges the certificates they announce; or ends every connection
 * at itself, under certificates of its own, and passes on what goes through the data channels.
 */
export type Meddling = 'none' | 'fingerprints' | 'connections';

/** One end of a connection that the middle has ended at itself. */
interface End {
  readonly connection: RtcConnection;
  /** Resolves when messages can be sent. */
  readonly open: Promise<void>;
}

/** Both halves of what two peers take for their connection. */
interface Split {
  readonly from: string;
  readonly towards: Readonly<Record<'from' | 'to', End>>;
}

/** A daemon that nobody should trust: it stands between a good one and everybody else. */
export class Middle implements AsyncDisposable {
  /** Every data channel message that came through here, whose ever. */
  readonly overheard: { readonly by: string; readonly message: Uint8Array }[] = [];
  /** Session descriptions that went out other than they came. */
  altered = 0;
  readonly url: string;
  readonly #server: Server;
  readonly #daemon: string;
  readonly #meddling: Meddling;
  readonly #clients = new Map<string, WebSocket>();
  readonly #splits = new Map<string, Split>();
  #ended = false;

  private constructor(server: Server, daemon: string, meddling: Meddling) {
    this.#server = server;
    this.#daemon = daemon;
    this.#meddling = meddling;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  static async start(daemon: { readonly url: string }, meddling: Meddling): Promise<Middle> {
    const page = createPage();
    const server = createServer((request, response) => {
      if (!page(request, response)) response.writeHead(404).end();
    });
    const sockets = new WebSocketServer({ server, path: SIGNAL_PATH, handleProtocols: () => SUBPROTOCOL });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const middle = new Middle(server, daemon.url, meddling);
    sockets.on('connection', (client) => middle.#serve(client));
    return middle;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    for (const client of this.#clients.values()) client.terminate();
    for (const { towards } of this.#splits.values())
      for (const { connection } of Object.values(towards)) await connection.close();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Passes on what a client and the daemon say to each other, but for the clients' signals. */
  #serve(client: WebSocket): void {
    const daemon = new WebSocket(new URL(SIGNAL_PATH, this.#daemon.replace('http', 'ws')), [SUBPROTOCOL]);
    const opened = once(daemon, 'open');
    let self = '';
    daemon.on('message', (data: Buffer) => {
      const text = data.toString();
      const parsed = parseDaemonMessage(text);
      if (parsed.ok && parsed.message.type === 'welcome') {
        self = parsed.message.peer;
        this.#clients.set(self, client);
      }
      client.send(text);
    });
    client.on('message', (data: Buffer) => {
      const text = data.toString();
      const parsed = parseClientMessage(text);
      const signal = parsed.ok && parsed.message.type === 'signal' ? parsePeerSignal(parsed.payload) : undefined;
      if (!parsed.ok || parsed.message.type !== 'signal' || signal?.ok !== true)
        void opened.then(() => daemon.send(text));
      else this.#pass(signal.signal, self, parsed.message.to);
    });
    client.on('close', () => daemon.terminate());
    daemon.on('close', () => client.terminate());
    daemon.on('error', () => client.terminate());
  }

  #pass(signal: PeerSignal, from: string, to: string): void {
    if (signal.type === 'stale' || this.#meddling === 'none') this.#send(signal, from, to);
    else if (this.#meddling === 'connections') this.#split(signal, from, to);
    else if (signal.type === 'candidate') this.#send(signal, from, to);
    else {
      this.altered += 1;
      const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');
      const sdp = signal.sdp.replace(/^(a=fingerprint:sha-256 )[0-9A-F:]+/gim, `$1${fingerprint}`);
      this.#send({ ...signal, sdp }, from, to);
    }
  }

  #split(signal: Exclude<PeerSignal, { type: 'stale' }>, from: string, to: string): void {
    const { attempt } = signal;
    const key = `${attempt.n} ${attempt.by}`;
    if (signal.type === 'description' && signal.kind === 'offer' && !this.#splits.has(key)) {
      const split = this.#startSplit(attempt, from, to);
      this.#splits.set(key, split);
      void this.#introduce(split, attempt, signal.sdp, to);
      return;
    }
    const split = this.#splits.get(key);
    const end = split?.towards[split.from === from ? 'from' : 'to'];
    if (end === undefined) return;
    if (signal.type === 'candidate') end.connection.addCandidate(signal);
    else void end.connection.acceptAnswer(signal.sdp);
  }

  async #introduce({ from, towards }: Split, attempt: AttemptId, offer: string, to: string): Promise<void> {
    this.altered += 2;
    const answer = await towards.from.connection.answer(offer);
    this.#send({ type: 'description', attempt, kind: 'answer', sdp: answer }, to, from);
    const sdp = await towards.to.connection.offer();
    this.#send({ type: 'description', attempt, kind: 'offer', sdp }, from, to);
  }

  #startSplit(attempt: AttemptId, from: string, to: string): Split {
    const split: Split = {
      from,
      towards: {
        from: this.#startEnd(attempt, from, to, () => split.towards.to),
        to: this.#startEnd(attempt, to, from, () => split.towards.from),
      },
    };
    return split;
  }

  /** `self` is who is at the other end of it, and takes it for `peer`. */
  #startEnd(attempt: AttemptId, self: string, peer: string, other: () => End): End {
    let resolve = (): void => {};
    const open = new Promise<void>((settle) => (resolve = settle));
    const connection = connectWerift(
      { iceServers: [], relayOnly: false },
      {
        onCandidate: (candidate) => this.#send({ type: 'candidate', attempt, ...candidate }, peer, self),
        onStage: (stage) => {
          if (stage === 'channel') resolve();
        },
        onNegotiationNeeded: () => {},
        onMessage: (message) => {
          this.overheard.push({ by: self, message });
          const { connection, open } = other();
          void open.then(() => connection.send(new Uint8Array(message))).catch(() => {});
        },
        onDrain: () => {},
        onClosed: () => void other().connection.close(),
      },
    );
    return { connection, open };
  }

  #send(signal: PeerSignal, from: string, to: string): void {
    if (!this.#ended) this.#clients.get(to)?.send(formatMessage({ type: 'signal', from }, JSON.stringify(signal)));
  }
}
