import { describe, expect, test } from 'vitest';
import { autoSignalSockets } from '../../src/peer/auto-signal-socket.ts';
import type {
  OpenSignalSocket,
  SignalSocket,
  SignalSocketClose,
  SignalSocketEvents,
  Transport,
} from '../../src/peer/signal-socket.ts';
import { FakeClock } from './fake-clock.ts';

const CUT: SignalSocketClose = { code: 1006, reason: '' };

/** A socket whose other side is the test. */
class FakeSocket implements SignalSocket {
  readonly sent: string[] = [];
  isClosed = false;
  readonly transport: Transport;
  readonly events: SignalSocketEvents;

  constructor(transport: Transport, events: SignalSocketEvents) {
    this.transport = transport;
    this.events = events;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.isClosed = true;
  }
}

/** What was opened underneath, in order, and what came out at the top. */
function setUp() {
  const clock = new FakeClock();
  const opened: FakeSocket[] = [];
  const heard: unknown[] = [];
  const underneath =
    (transport: Transport): OpenSignalSocket =>
    (_server, events) => {
      const socket = new FakeSocket(transport, events);
      opened.push(socket);
      return socket;
    };
  const open = autoSignalSockets(underneath('ws'), underneath('sse'), clock);
  const connect = (): SignalSocket =>
    open('http://h/', {
      onOpen: () => heard.push('open'),
      onMessage: (text) => heard.push(text),
      onAlive: () => heard.push('alive'),
      onClose: (close) => heard.push(close),
    });
  const last = (transport: Transport): FakeSocket => {
    const socket = opened.at(-1);
    if (socket?.transport !== transport) throw new Error(`expected ${transport} to be opened last`);
    return socket;
  };
  return { clock, opened, heard, connect, last };
}

describe('a WebSocket that works', () => {
  test('is all that is opened', async () => {
    const { clock, opened, heard, connect, last } = setUp();
    const socket = connect();
    last('ws').events.onOpen();
    socket.send('join');
    last('ws').events.onMessage('welcome');
    await clock.advance(60_000);
    expect(heard).toEqual(['open', 'welcome']);
    expect(socket.transport).toBe('ws');
    expect(opened).toHaveLength(1);
    expect(last('ws').sent).toEqual(['join']);
    expect(clock.pending).toBe(0);
  });

  test('is tried again after one early end: a daemon may have been killed', () => {
    const { heard, connect, last } = setUp();
    connect();
    last('ws').events.onOpen();
    last('ws').events.onMessage('welcome');
    last('ws').events.onClose(CUT);
    expect(heard.at(-1)).toEqual(CUT);
    connect();
    expect(last('ws').isClosed).toBe(false);
  });

  test('may be closed by who opened it, and nothing else is opened', () => {
    const { opened, heard, connect, last } = setUp();
    connect().close();
    last('ws').events.onClose(CUT);
    expect(opened).toHaveLength(1);
    expect(heard).toEqual([CUT]);
  });
});

describe('event streams are used when a WebSocket', () => {
  test('is refused by something that is no daemon', () => {
    const { heard, connect, last } = setUp();
    const socket = connect();
    last('ws').events.onClose({ ...CUT, problem: 'it answered with HTTP status 403', refusal: 'not-a-daemon' });
    last('sse').events.onOpen();
    expect(socket.transport).toBe('sse');
    expect(heard).toEqual(['open']);
  });

  test('is not opened in time', async () => {
    const { clock, opened, heard, connect, last } = setUp();
    connect();
    await clock.advance(4_000);
    last('sse').events.onOpen();
    expect(opened[0]?.isClosed).toBe(true);
    opened[0]?.events.onOpen();
    opened[0]?.events.onMessage('late');
    opened[0]?.events.onClose(CUT);
    expect(heard).toEqual(['open']);
  });

  test('is opened and nothing comes through: what was said is said again', async () => {
    const { clock, heard, connect, last } = setUp();
    const socket = connect();
    last('ws').events.onOpen();
    socket.send('join');
    await clock.advance(4_000);
    last('sse').events.onOpen();
    expect(last('sse').sent).toEqual(['join']);
    last('sse').events.onMessage('welcome');
    expect(heard).toEqual(['open', 'welcome']);
  });

  test('was cut early twice in a row', () => {
    const { connect, last } = setUp();
    for (let time = 0; time < 2; time += 1) {
      connect();
      last('ws').events.onOpen();
      last('ws').events.onMessage('welcome');
      last('ws').events.onClose(CUT);
    }
    connect();
    last('sse').events.onOpen();
  });

  test('was found blocked before, until event streams do not get through either', () => {
    const { heard, connect, last } = setUp();
    connect();
    last('ws').events.onClose(CUT);
    last('sse').events.onOpen();
    last('sse').events.onClose(CUT);
    connect();
    // What answers now is the network, not the daemon: it is no reason to give up for ever.
    last('sse').events.onClose({ ...CUT, problem: 'it answered with HTTP status 302', refusal: 'not-a-daemon' });
    expect(heard.at(-1)).toEqual({ ...CUT, problem: 'it answered with HTTP status 302' });
    connect();
    expect(last('ws').isClosed).toBe(false);
  });
});

describe('the reason that is told', () => {
  const refused: SignalSocketClose = { ...CUT, problem: 'connect ECONNREFUSED' };

  test('is that of the WebSocket when nobody answers either', () => {
    const { heard, connect, last } = setUp();
    connect();
    last('ws').events.onClose(refused);
    last('sse').events.onClose({ ...CUT, problem: 'something else' });
    expect(heard).toEqual([refused]);
  });

  test("is the daemon's own, which a page is told over event streams only", () => {
    const { heard, connect, last } = setUp();
    connect();
    last('ws').events.onClose(refused);
    const word: SignalSocketClose = { ...CUT, refusal: 'too-many-connections' };
    last('sse').events.onClose(word);
    expect(heard).toEqual([word]);
  });

  test.each([
    { ...CUT, refusal: 'origin-refused' },
    { ...CUT, refusal: 'certificate-refused' },
    { code: 4423, reason: 'room-full' },
  ] satisfies SignalSocketClose[])('%j is final: nothing else is tried', (close) => {
    const { opened, heard, connect, last } = setUp();
    connect();
    last('ws').events.onClose(close);
    expect(heard).toEqual([close]);
    expect(opened).toHaveLength(1);
  });
});
