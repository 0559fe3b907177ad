import { afterEach, describe, expect, test } from 'vitest';
import type { OpenSignalSocket, SignalSocket, SignalSocketClose } from '../../src/peer/signal-socket.ts';
import type { Elsewhere } from './elsewhere.ts';

export interface SocketPlace {
  readonly openSocket: OpenSignalSocket;
  /** `http://host:port`, or with TLS `https://host:port`, of a server as socket-server.ts or stream-server.ts makes it. */
  readonly server: string;
}

/** What every implementation of the signaling transport promises (src/peer/signal-socket.ts). */
export function signalSocketContract(name: string, where: (() => SocketPlace) | Elsewhere): void {
  // A page knows its tests by their title alone.
  const promise = (sentence: string, body: () => Promise<void>): void => {
    const title = `${name} ${sentence}`;
    test(title, typeof where === 'function' ? body : () => where.run(title));
  };

  describe('the promises of the signaling transport', () => {
    const opened: Client[] = [];
    const connect = (path: string): Client => {
      if (typeof where !== 'function') throw new Error('this implementation is elsewhere');
      const { openSocket, server } = where();
      const client = new Client(
        openSocket,
        path.startsWith('//') ? `${server.split('//', 1)[0]}${path}` : `${server}${path}/`,
      );
      opened.push(client);
      return client;
    };

    afterEach(() => {
      const clients = opened.splice(0);
      for (const client of clients) client.socket.close();
      expect(clients.flatMap(({ misplaced }) => misplaced)).toEqual([]);
    });

    promise('carries text both ways, whole and in order, as snap-share.v1', async () => {
      const client = connect('/echo');
      await client.until(() => client.opens === 1);
      const texts = ['one', 'zwei 🌸', '{"type":"x"}\nbody\n', 'x'.repeat(70_000)];
      for (const text of texts) client.socket.send(text);
      await client.until(() => client.texts.length === texts.length + 1);
      expect(client.texts).toEqual(['snap-share.v1', ...texts]);
    });

    promise('takes what is no message as a sign of life and nothing else', async () => {
      const client = connect('/noise');
      await client.until(() => client.signsOfLife > 0);
      expect(client.texts).toEqual([]);
    });

    promise('tells why the other side closed, once', async () => {
      const client = connect('/full');
      await client.until(() => client.closes.length > 0);
      expect(client.closes).toEqual([{ code: 4423, reason: 'room-full' }]);
      client.socket.send('too late');
      client.socket.close();
    });

    promise('says in one line that a connection could not be opened', async () => {
      for (const path of ['/refused', '//127.0.0.1:1/']) {
        const client = connect(path);
        await client.until(() => client.closes.length > 0);
        expect(client.opens).toBe(0);
        expect(client.closes).toEqual([
          expect.objectContaining({ code: 1006, reason: '', problem: expect.stringMatching(/^[^\n]+$/) }),
        ]);
      }
    });

    promise('leaves politely', async () => {
      const key = String(Math.random());
      const client = connect(`/echo/${key}`);
      await client.until(() => client.opens === 1);
      client.socket.close();
      client.socket.close();
      client.socket.send('dropped');
      const witness = connect(`/closed/${key}`);
      await witness.until(() => witness.texts.length > 0);
      expect(witness.texts).toEqual(['1000 left']);
      await client.until(() => client.closes.length > 0);
    });

    promise('leaves at once a side that does not answer', async () => {
      const client = connect('/mute');
      await client.until(() => client.opens === 1);
      const before = performance.now();
      client.socket.close();
      await client.until(() => client.closes.length > 0);
      expect(performance.now() - before).toBeLessThan(3_000);
    });

    promise('may be closed while it is still connecting', async () => {
      const client = connect('/echo');
      client.socket.close();
      await client.until(() => client.closes.length > 0);
      expect(client.opens).toBe(0);
    });
  });
}

/** A socket that keeps what it was told, and lets a test wait for it. */
class Client {
  readonly socket: SignalSocket;
  opens = 0;
  signsOfLife = 0;
  readonly texts: string[] = [];
  readonly closes: SignalSocketClose[] = [];
  /** Calls before `open` had returned, or after the end. */
  readonly misplaced: string[] = [];
  #isOver = true;
  #waiting: (() => void)[] = [];

  constructor(openSocket: OpenSignalSocket, server: string) {
    this.socket = openSocket(server, {
      onOpen: () => this.#heard('open', () => this.opens++),
      onMessage: (text) => this.#heard('message', () => this.texts.push(text)),
      onAlive: () => this.#heard('alive', () => this.signsOfLife++),
      onClose: (close) =>
        this.#heard('close', () => {
          this.closes.push(close);
          this.#isOver = true;
        }),
    });
    this.#isOver = false;
  }

  /** Resolves as soon as the condition holds. It is looked at after every event. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #heard(what: string, keep: () => void): void {
    if (this.#isOver) this.misplaced.push(what);
    keep();
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
