import { expect, test } from 'vitest';
import { eventStreamSockets } from '../../src/peer/event-stream-socket.ts';
import type { Http, HttpAnswer } from '../../src/peer/http.ts';
import type { SignalSocket } from '../../src/peer/signal-socket.ts';
import { FakeClock, settle } from './fake-clock.ts';

const encoder = new TextEncoder();

/** One request for a stream: the test answers it, feeds it and ends it. */
class FakeStream {
  readonly lastEventId: string | undefined;
  #answer: (answer: Awaited<ReturnType<Http['get']>>) => void = () => {};
  readonly answered = new Promise<Awaited<ReturnType<Http['get']>>>((resolve) => (this.#answer = resolve));
  #chunks: (Uint8Array | Error | undefined)[] = [];
  #wake = (): void => {};

  constructor(lastEventId: string | undefined, signal: AbortSignal) {
    this.lastEventId = lastEventId;
    signal.addEventListener('abort', () => {
      this.#answer({ problem: 'aborted' });
      this.break();
    });
  }

  accept(answer: Partial<HttpAnswer> = {}): void {
    const usual = { url: 'http://h/events?protocol=snap-share.v1', status: 200, type: 'text/event-stream' };
    this.#answer({ ...usual, refusal: undefined, retryAfterMs: undefined, chunks: this.#read(), ...answer });
  }

  /** In the smallest pieces, unless there are too many. */
  feed(text: string): void {
    const bytes = encoder.encode(text);
    if (bytes.length > 1_000) this.#chunks.push(bytes);
    else for (const byte of bytes) this.#chunks.push(Uint8Array.of(byte));
    this.#wake();
  }

  end(): void {
    this.#chunks.push(undefined);
    this.#wake();
  }

  break(): void {
    this.#chunks.push(new Error('broken'));
    this.#wake();
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      while (this.#chunks.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      const chunk = this.#chunks.shift();
      if (chunk instanceof Error) throw chunk;
      if (chunk === undefined) return;
      yield chunk;
    }
  }
}

interface Post {
  readonly url: string;
  readonly texts: unknown[];
  /** `undefined`: the answer got lost. */
  answer(status: number | undefined): void;
}

function setUp() {
  const clock = new FakeClock();
  const streams: FakeStream[] = [];
  const posts: Post[] = [];
  const heard: unknown[] = [];
  const http: Http = {
    get(_url, headers, signal) {
      const stream = new FakeStream(headers['Last-Event-ID'], signal);
      streams.push(stream);
      return stream.answered;
    },
    post: (url, body, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
        posts.push({
          url,
          texts: body.split('\n').map((line) => JSON.parse(line) as unknown),
          answer: (status) => (status === undefined ? reject(new Error('lost')) : resolve(status)),
        });
      }),
  };
  const socket: SignalSocket = eventStreamSockets(http, clock)('http://h/', {
    onOpen: () => heard.push('open'),
    onMessage: (text) => heard.push(text),
    onAlive: () => heard.push('alive'),
    onClose: (close) => heard.push(close),
  });
  const stream = async (count: number): Promise<FakeStream> => {
    await clock.until(() => streams.length >= count);
    const found = streams[count - 1];
    if (found === undefined) throw new Error('expected a request for a stream');
    return found;
  };
  const open = async (): Promise<FakeStream> => {
    const first = await stream(1);
    first.accept();
    first.feed('event: open\nid: t.0\ndata: {"stream":"t"}\n\n');
    await clock.until(() => heard.includes('open'));
    return first;
  };
  return { clock, streams, posts, heard, socket, stream, open };
}

const CUT = { code: 1006, reason: '' };

test('a stream that breaks goes on after the last event that came whole', async () => {
  const { clock, heard, stream, open } = setUp();
  const first = await open();
  first.feed('id: t.1\ndata: "one 🌸"\n\nid: t.2\ndata: "tw');
  await clock.until(() => heard.includes('one 🌸'));
  first.break();
  const second = await stream(2);
  expect(second.lastEventId).toBe('t.1');
  second.accept();
  second.feed(':\n\nid: t.2\ndata: "two\\r\\nlines"\n\n');
  await clock.until(() => heard.includes('two\r\nlines'));
  expect(heard).toEqual(['open', 'one 🌸', 'alive', 'two\r\nlines']);
});

test('a stream that the daemon does not take up any more is over, without a problem of its own', async () => {
  const { clock, heard, stream, open } = setUp();
  (await open()).end();
  (await stream(2)).accept({ status: 410, type: 'text/plain' });
  await clock.until(() => heard.length > 1);
  expect(heard).toEqual(['open', CUT]);
});

test('a stream that nobody takes up is given up after a few attempts', async () => {
  const { clock, streams, heard, stream, open } = setUp();
  (await open()).break();
  for (let count = 2; count < 5; count += 1) {
    const next = await stream(count);
    next.accept({ status: 502, type: 'text/html' });
    if (count === 4) break;
  }
  await clock.until(() => heard.length > 1);
  expect(heard).toEqual(['open', CUT]);
  expect(streams.length).toBeLessThan(6);
  expect(clock.pending).toBe(0);
});

test('messages go one request after the other, and what was queued meanwhile goes together', async () => {
  const { clock, posts, socket, open } = setUp();
  await open();
  for (const text of ['one', 'two\n', 'three']) socket.send(text);
  expect(posts).toMatchObject([{ url: 'http://h/events/t?from=1', texts: ['one'] }]);
  posts[0]?.answer(204);
  await clock.until(() => posts.length > 1);
  expect(posts[1]).toMatchObject({ url: 'http://h/events/t?from=2', texts: ['two\n', 'three'] });
});

test('messages whose answer got lost, or came from a proxy, are sent again under the same numbers', async () => {
  const { clock, posts, heard, socket, open } = setUp();
  await open();
  socket.send('one');
  for (const [attempt, status] of [undefined, 502, 204].entries()) {
    await clock.until(() => posts.length > attempt);
    expect(posts[attempt]).toMatchObject({ url: 'http://h/events/t?from=1', texts: ['one'] });
    posts[attempt]?.answer(status);
  }
  await settle();
  socket.send('two');
  expect(posts[3]?.url).toBe('http://h/events/t?from=2');
  expect(heard).toEqual(['open']);
});

test('messages that the daemon does not take end the connection', async () => {
  const { clock, posts, heard, socket, open } = setUp();
  await open();
  socket.send('one');
  posts[0]?.answer(409);
  await clock.until(() => heard.length > 1);
  expect(heard).toEqual(['open', CUT]);
});

test('a farewell goes out at once, with everything before it that may not have arrived', async () => {
  const { clock, posts, heard, socket, open } = setUp();
  await open();
  socket.send('one');
  socket.send('leave');
  socket.close();
  expect(posts.map(({ url, texts }) => [url, texts])).toEqual([
    ['http://h/events/t?from=1', ['one']],
    ['http://h/events/t?from=1', ['one', 'leave']],
  ]);
  posts[0]?.answer(204);
  await clock.until(() => posts.length > 2);
  posts[2]?.answer(204);
  await clock.until(() => heard.length > 1);
  expect(heard).toEqual(['open', { code: 1000, reason: 'left' }]);
  expect(clock.pending).toBe(0);
});

test('nobody waits longer than a second for the answer to a farewell', async () => {
  const { clock, heard, socket, open } = setUp();
  await open();
  socket.send('leave');
  socket.close();
  await clock.advance(1_000);
  expect(heard).toEqual(['open', CUT]);
  expect(clock.pending).toBe(0);
});

test.each([
  [{ status: 404, type: 'text/plain' }, 'not-a-daemon', 'it answered with HTTP status 404'],
  [{ type: 'text/html' }, 'not-a-daemon', 'it answered with something that is no stream of events'],
  [{ status: 403, refusal: 'origin-refused' }, 'origin-refused', 'it answered with HTTP status 403'],
  [
    { status: 429, refusal: 'too-many-attempts', retryAfterMs: 7_000 },
    'too-many-attempts',
    'it answered with HTTP status 429',
  ],
  [{ status: 502 }, undefined, 'it answered with HTTP status 502'],
] as const)('an answer like %j is no stream, and is told as it is', async (answer, refusal, problem) => {
  const { clock, heard, stream } = setUp();
  (await stream(1)).accept(answer);
  await clock.until(() => heard.length > 0);
  expect(heard).toEqual([{ ...CUT, problem, refusal, retryAfterMs: 'retryAfterMs' in answer ? 7_000 : undefined }]);
});

test('a daemon that does not answer is not waited for in vain', async () => {
  const { clock, heard, stream } = setUp();
  await stream(1);
  await clock.advance(5_000);
  expect(heard).toEqual([{ ...CUT, problem: 'it did not answer within 5 s' }]);
});

test('an event without an end is not collected for ever', async () => {
  const { clock, streams, heard, open } = setUp();
  const first = await open();
  const chunk = `data: ${'x'.repeat(1_000_000)}`;
  for (let count = 0; count < 3; count += 1) first.feed(chunk);
  await clock.until(() => streams.length > 1);
  expect(heard).toEqual(['open']);
});

test('a token of a foreign server leads nowhere else', async () => {
  const { clock, posts, socket, heard, stream } = setUp();
  const first = await stream(1);
  first.accept();
  first.feed('event: open\ndata: {"stream":"../admin?x=/"}\n\n');
  await clock.until(() => heard.includes('open'));
  socket.send('one');
  expect(posts[0]?.url).toBe('http://h/events/..%2Fadmin%3Fx%3D%2F?from=1');
});
