import { describe, expect, test } from 'vitest';
import { SnapError } from '../../src/protocol/errors.ts';
import { encodeChunk, type InnerFrame } from '../../src/protocol/frames.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import type { PeerSignal } from '../../src/protocol/signals.ts';
import type { AttemptPorts } from '../../src/peer/attempt.ts';
import { Link, UNREACHABLE_MS } from '../../src/peer/link.ts';
import { pureCrypto } from './crypto.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeNetwork } from './fake-rtc.ts';

const KEY = new Uint8Array(32).fill(7);
const CANCEL = { type: 'photo-cancel', transfer: 1 } as const;

/** One end of a link; what it was told, in order. */
class End {
  readonly told: string[] = [];
  readonly frames: InnerFrame[] = [];
  readonly signals: PeerSignal[] = [];
  readonly timers: ReturnType<FakeClock['share']>;
  readonly link: Link;
  /** Where signals go; undefined drops them. */
  to: End | undefined;
  onTold: (what: string) => void = () => {};

  constructor(
    name: string,
    remote: string,
    offers: boolean,
    clock: FakeClock,
    network: FakeNetwork,
    ports: Partial<AttemptPorts>,
  ) {
    this.timers = clock.share();
    const tell = (what: string): void => {
      this.told.push(what);
      this.onTold(what);
    };
    this.link = new Link(
      {
        connect: network.connectAs(name),
        crypto: pureCrypto,
        clock: this.timers,
        room: 'garden',
        roomKey: KEY,
        self: name,
        remote,
        iceServers: () => [],
        relayOnly: false,
        ...ports,
      },
      offers,
      {
        onSignal: (signal) => {
          this.signals.push(signal);
          clock.after(10, () => this.to?.link.receiveSignal(signal));
        },
        onConnected: () => tell('connected'),
        onFrame: (frame) => this.frames.push(frame),
        onDrain: () => tell('drain'),
        onLost: ({ code }) => tell(`lost: ${code}`),
        onUnreachable: ({ code }) => tell(`unreachable: ${code}`),
        onBye: () => tell('bye'),
        onRefused: ({ code }) => tell(`refused: ${code}`),
      },
    );
  }
}

/** A link between `a`, which offers, and `b`. */
class Pair {
  readonly clock = new FakeClock();
  readonly network = new FakeNetwork(this.clock);
  readonly a: End;
  readonly b: End;

  constructor(
    options: { offers?: 'a' | 'both'; portsOfB?: Partial<AttemptPorts>; portsOfA?: Partial<AttemptPorts> } = {},
  ) {
    this.a = new End('a', 'b', true, this.clock, this.network, options.portsOfA ?? {});
    this.b = new End('b', 'a', options.offers === 'both', this.clock, this.network, options.portsOfB ?? {});
    this.a.to = this.b;
    this.b.to = this.a;
  }

  get connected(): boolean {
    return this.a.link.connected && this.b.link.connected;
  }

  async connect(): Promise<this> {
    await this.clock.until(() => this.connected);
    return this;
  }

  /** A frame there and one back. */
  async prove(): Promise<void> {
    const before = [this.a.frames.length, this.b.frames.length];
    this.a.link.send(CANCEL);
    this.b.link.send(CANCEL);
    await this.clock.until(() => this.a.frames.length > (before[0] ?? 0) && this.b.frames.length > (before[1] ?? 0));
  }
}

describe('a link', () => {
  test('connects when one side offers, with one connection', async () => {
    const pair = await new Pair().connect();
    await pair.prove();
    expect([pair.a.told, pair.b.told]).toEqual([['connected'], ['connected']]);
    expect(pair.network.connections).toHaveLength(2);
  });

  test('connects when both sides start at once, with one connection and told once', async () => {
    const pair = await new Pair({ offers: 'both' }).connect();
    await pair.prove();
    await pair.clock.advance(60_000);
    expect([pair.a.told, pair.b.told]).toEqual([['connected'], ['connected']]);
    expect(pair.network.alive()).toHaveLength(2);
  });

  test('connects when the one that should offer does not', async () => {
    const pair = new Pair();
    pair.a.to = undefined;
    await pair.clock.advance(1_000);
    pair.a.to = pair.b;
    await pair.connect();
    await pair.prove();
  });

  test('stays up while nobody has anything to say', async () => {
    const pair = await new Pair().connect();
    await pair.clock.advance(3_600_000);
    expect([pair.a.told, pair.b.told]).toEqual([['connected'], ['connected']]);
  });

  test('keeps candidates that overtake the offer they belong to', async () => {
    const pair = new Pair();
    pair.network.hastyCandidates = true;
    await pair.connect();
    expect(pair.a.signals.map(({ type }) => type)).toEqual(['candidate', 'description']);
    for (const connection of pair.network.connections) expect(connection.remoteCandidates).toHaveLength(1);
  });

  test('tells that there is room in the send buffer again', async () => {
    const pair = await new Pair().connect();
    pair.network.bytesPerMs = 100;
    for (let sent = 0; sent < 8; sent += 1) pair.a.link.sendFrame(encodeChunk(1, 0, new Uint8Array(50_000)));
    expect(pair.a.link.bufferedBytes).toBeGreaterThan(LIMITS.bufferedHighBytes);
    await pair.clock.until(() => pair.a.told.includes('drain'));
    expect(pair.a.link.bufferedBytes).toBeLessThanOrEqual(LIMITS.bufferedLowBytes);
  });
});

describe('an attempt that stalls', () => {
  test.each(['ice', 'dtls', 'channel'] as const)('at %s is replaced by a fresh one', async (stage) => {
    const pair = new Pair();
    pair.network.stallAt = ({ id }) => (id <= 2 ? stage : undefined);
    await pair.connect();
    await pair.prove();
    expect(pair.network.alive()).toHaveLength(2);
    // Less than the deadline of the stage and the first pause.
    expect(pair.clock.now() - 1_000).toBeLessThan(9_000);
  });

  test('in sealing is replaced by a fresh one', async () => {
    const pair = new Pair();
    pair.network.onTransmit = ({ from, to, bytes }) => (from.id <= 2 ? [] : [{ to, bytes }]);
    await pair.connect();
    await pair.prove();
  });

  test('because the daemon lost its offer is replaced by a fresh one', async () => {
    const pair = new Pair();
    pair.a.to = undefined;
    await pair.clock.until(() => pair.a.signals.length > 0);
    await pair.clock.advance(20);
    pair.a.to = pair.b;
    await pair.connect();
  });

  test('is told once when that goes on for half a minute, and attempts go on until one succeeds', async () => {
    const pair = new Pair();
    pair.network.stallAt = () => 'ice';
    await pair.clock.advance(UNREACHABLE_MS * 5);
    expect(pair.a.told).toEqual(['unreachable: no-connection']);
    expect(pair.b.told).toEqual(['unreachable: no-connection']);
    expect(pair.network.alive().length).toBeLessThanOrEqual(2);
    pair.network.stallAt = () => undefined;
    await pair.connect();
    pair.network.cut();
    pair.network.stallAt = () => 'ice';
    await pair.clock.advance(UNREACHABLE_MS * 5);
    expect(pair.a.told.filter((what) => what.startsWith('unreachable'))).toHaveLength(2);
  });

  test('leaves nothing open behind', async () => {
    const pair = new Pair();
    pair.network.stallAt = ({ id }) => (id <= 20 ? 'dtls' : undefined);
    await pair.connect();
    expect(pair.network.alive()).toHaveLength(2);
    for (const connection of pair.network.connections.slice(0, -2)) expect(connection.over).toBe(true);
  });
});

describe('a connection that dies', () => {
  test('silently is noticed in less than 15 s and replaced', async () => {
    const pair = await new Pair().connect();
    const cutAt = pair.clock.now();
    pair.network.cut();
    await pair.clock.until(() => pair.a.told.length === 2 && pair.b.told.length === 2);
    expect(pair.clock.now() - cutAt).toBeLessThan(15_000);
    expect([pair.a.told, pair.b.told]).toEqual([
      ['connected', 'lost: link-lost'],
      ['connected', 'lost: link-lost'],
    ]);
    await pair.connect();
    await pair.prove();
    await pair.clock.advance(60_000);
    expect(pair.a.told).toEqual(['connected', 'lost: link-lost', 'connected']);
    expect(pair.b.told).toEqual(['connected', 'lost: link-lost', 'connected']);
  });

  test('aloud is replaced at once', async () => {
    const pair = await new Pair().connect();
    const at = pair.clock.now();
    pair.network.connections[0]?.end(new SnapError('link-lost', 'broken'));
    await pair.clock.until(() => !pair.a.link.connected);
    await pair.connect();
    expect(pair.clock.now() - at).toBeLessThan(1_000);
    expect(pair.a.told).toEqual(['connected', 'lost: link-lost', 'connected']);
  });

  test('silently is replaced sooner when this side is told to hurry, and a living one stays', async () => {
    const pair = await new Pair().connect();
    pair.a.link.hurry();
    await pair.clock.advance(60_000);
    expect(pair.a.told).toEqual(['connected']);
    pair.network.cut();
    pair.a.link.hurry();
    await pair.clock.until(() => pair.a.told.includes('lost: link-lost'));
    await pair.connect();
    await pair.prove();
  });

  test('and waits for its next attempt does not wait any longer once it is told to hurry', async () => {
    const pair = new Pair();
    pair.network.latencyMs = 3_600_000;
    await pair.clock.advance(120_000);
    await pair.clock.until(() => pair.network.alive('a').length === 0);
    pair.network.latencyMs = 10;
    const at = pair.clock.now();
    pair.a.link.hurry();
    await pair.connect();
    expect(pair.clock.now() - at).toBeLessThan(1_000);
  });

  test('on one side only is replaced on both', async () => {
    const pair = await new Pair().connect();
    // `b` goes on believing in the old one until the new offer comes.
    for (const connection of pair.network.connections) connection.isCut = true;
    pair.network.connections[0]?.end(new SnapError('link-lost', 'broken'));
    expect(pair.b.link.connected).toBe(true);
    await pair.clock.until(() => pair.b.told.length > 1);
    await pair.connect();
    await pair.prove();
    expect(pair.network.alive()).toHaveLength(2);
  });

  test('is not declared dead by a process that was held up itself', async () => {
    const pair = await new Pair().connect();
    pair.clock.jump(120_000);
    await pair.clock.advance(60_000);
    expect([pair.a.told, pair.b.told]).toEqual([['connected'], ['connected']]);
  });
});

describe('signals', () => {
  test('of attempts that are over change nothing', async () => {
    const pair = await new Pair().connect();
    const old = [...pair.a.signals];
    pair.network.cut();
    await pair.clock.until(() => !pair.a.link.connected && !pair.b.link.connected);
    await pair.connect();
    const connections = pair.network.connections.length;
    const said = pair.b.signals.length;
    for (const signal of old) pair.b.link.receiveSignal(signal);
    await pair.clock.advance(5_000);
    await pair.prove();
    expect(pair.network.connections).toHaveLength(connections);
    // The old offer is answered with where things stand, its candidate with nothing.
    expect(pair.b.signals.slice(said)).toEqual([{ type: 'stale', attempt: { n: 2, by: 'b' } }]);
  });

  test('that an attempt is stale make the other side start above it', async () => {
    const pair = await new Pair().connect();
    // `b` has come to attempt 7 with an `a` that has since started anew, in another process.
    for (let n = 2; n <= 7; n += 1) pair.b.link.receiveSignal(offerOf(n, 'a'));
    const again = new End('a', 'b', true, pair.clock, pair.network, {});
    again.to = pair.b;
    pair.b.to = again;
    void pair.a.link.close();
    await pair.clock.until(() => again.link.connected && pair.b.link.connected);
    const [first, ...others] = again.signals.filter(({ type }) => type === 'description');
    expect(first?.attempt.n).toBe(1);
    expect(others.every(({ attempt }) => attempt.n > 7)).toBe(true);
  });

  test('in the name of a third peer are ignored', async () => {
    const pair = new Pair();
    pair.a.to = undefined;
    const before = pair.network.alive('b').length;
    pair.b.link.receiveSignal({ ...offerOf(9, 'c') });
    pair.b.link.receiveSignal({ type: 'stale', attempt: { n: 9, by: 'c' } });
    await pair.clock.advance(1_000);
    expect(pair.network.alive('b')).toHaveLength(before);
    expect(pair.b.signals).toEqual([]);
  });

  test('cannot fill the memory with candidates of attempts that never come', async () => {
    const pair = new Pair();
    pair.a.to = undefined;
    for (let n = 1; n <= 1_000; n += 1)
      pair.b.link.receiveSignal({ type: 'candidate', attempt: { n: 5, by: 'a' }, candidate: `fake ${n}` });
    pair.b.link.receiveSignal({ ...offerOf(5, 'a'), sdp: 'v=0\r\na=fake:1\r\n' });
    await pair.clock.advance(100);
    const [connection] = pair.network.alive('b');
    expect(connection?.remoteCandidates.length ?? 0).toBeLessThanOrEqual(LIMITS.earlySignals);
  });

  test('that cannot be applied cost an attempt and nothing more', async () => {
    const pair = new Pair();
    pair.b.link.receiveSignal(offerOf(3, 'a'));
    await pair.connect();
    await pair.prove();
  });
});

describe('while the daemon is out of reach', () => {
  test('an open link lives on, and a dead one waits', async () => {
    const pair = await new Pair().connect();
    for (const end of [pair.a, pair.b]) end.link.setReachable(false);
    await pair.prove();
    pair.network.cut();
    await pair.clock.advance(60_000);
    const made = pair.network.connections.length;
    await pair.clock.advance(600_000);
    expect(pair.network.connections).toHaveLength(made);
    for (const end of [pair.a, pair.b]) end.link.setReachable(true);
    await pair.connect();
    await pair.prove();
  });

  test('that passes while connecting, what was under way is tried anew and stays up afterwards', async () => {
    const pair = new Pair();
    pair.network.latencyMs = 400;
    await pair.clock.until(() => pair.network.connections.length === 2);
    // Just one side saw it: the other one's attempt goes on and opens.
    pair.a.link.setReachable(false);
    pair.a.link.setReachable(true);
    await pair.connect();
    await pair.clock.advance(60_000);
    expect(pair.a.told).toEqual(['connected']);
    expect(pair.b.told).toEqual(['connected']);
    expect(pair.connected).toBe(true);
  });
});

describe('goodbye', () => {
  test('ends the link on both sides, once, and leaves no timer', async () => {
    const pair = await new Pair().connect();
    const closing = pair.a.link.close();
    await pair.clock.until(() => pair.network.alive().length === 0);
    await closing;
    expect([pair.a.told, pair.b.told]).toEqual([['connected'], ['connected', 'bye']]);
    await pair.b.link.close();
    expect([pair.a.timers.pending, pair.b.timers.pending]).toEqual([0, 0]);
    await pair.clock.advance(60_000);
    expect([pair.a.told, pair.b.told]).toEqual([['connected'], ['connected', 'bye']]);
    expect(pair.network.alive()).toEqual([]);
  });

  test('is answered before the connection is closed, also by an owner that closes at once', async () => {
    const pair = await new Pair().connect();
    pair.b.onTold = (what) => {
      if (what === 'bye') void pair.b.link.close();
    };
    const at = pair.clock.now();
    void pair.a.link.close();
    await pair.clock.until(() => pair.network.alive().length === 0);
    expect(pair.network.connections[1]?.sent.length).toBeGreaterThan(2);
    expect(pair.clock.now() - at).toBeLessThan(100);
  });

  test('from both sides at once is fine', async () => {
    const pair = await new Pair().connect();
    const at = pair.clock.now();
    const closing = Promise.all([pair.a.link.close(), pair.b.link.close()]);
    await pair.clock.until(() => pair.network.alive().length === 0);
    await closing;
    expect(pair.clock.now() - at).toBeLessThan(100);
    expect([pair.a.timers.pending, pair.b.timers.pending]).toEqual([0, 0]);
  });

  test('to nobody takes about a second', async () => {
    const pair = await new Pair().connect();
    pair.network.cut();
    const at = pair.clock.now();
    const closing = pair.a.link.close();
    await pair.clock.until(() => pair.network.alive('a').length === 0);
    await closing;
    expect(pair.clock.now() - at).toBeLessThanOrEqual(1_000);
    expect(pair.a.timers.pending).toBe(0);
  });

  test('is not needed where there is no connection yet', async () => {
    for (const ms of [0, 5, 12, 20, 30, 45]) {
      const pair = new Pair();
      await pair.clock.advance(ms);
      await pair.a.link.close();
      await pair.a.link.close();
      expect(pair.network.alive('a')).toEqual([]);
      expect(pair.a.timers.pending).toBe(0);
      await pair.clock.advance(30_000);
      expect(pair.network.alive('a')).toEqual([]);
      expect(pair.a.told.filter((what) => what !== 'connected')).toEqual([]);
    }
  });

  test('cannot be crossed by a new attempt of the other side', async () => {
    const pair = await new Pair().connect();
    pair.network.cut();
    const closing = pair.a.link.close();
    pair.a.link.receiveSignal(offerOf(50, 'b'));
    await pair.clock.until(() => pair.network.alive('a').length === 0);
    await closing;
    await pair.clock.advance(30_000);
    expect(pair.network.alive('a')).toEqual([]);
    expect(pair.a.timers.pending).toBe(0);
  });

  test('said by whoever hears that the connection was lost ends it for good', async () => {
    const pair = await new Pair().connect();
    pair.a.onTold = (what) => {
      if (what.startsWith('lost')) void pair.a.link.close();
    };
    pair.a.link.receiveSignal(offerOf(50, 'b'));
    await pair.clock.advance(1_000);
    expect(pair.network.connections.filter(({ owner }) => owner === 'a')).toHaveLength(1);
    expect(pair.network.alive('a')).toEqual([]);
    expect(pair.a.timers.pending).toBe(0);
  });

  test('is the last word: what the other side still sends is not handled', async () => {
    const pair = await new Pair().connect();
    pair.b.link.send(CANCEL);
    void pair.a.link.close();
    expect(() => pair.a.link.send(CANCEL)).toThrow(expect.objectContaining({ code: 'link-lost' }));
    await pair.clock.advance(1_000);
    expect(pair.a.frames).toEqual([]);
    expect(pair.b.told).toEqual(['connected', 'bye']);
  });
});

describe('a peer that breaks the rules', () => {
  test('is refused for good, and told nothing more', async () => {
    const pair = await new Pair().connect();
    pair.a.link.sendFrame(Uint8Array.of(99));
    await pair.clock.until(() => pair.b.told.length > 1);
    expect(pair.b.told).toEqual(['connected', 'refused: protocol-violation']);
    expect(pair.b.link.connected).toBe(false);
    await pair.clock.advance(60_000);
    expect(pair.b.told).toHaveLength(2);
    expect(pair.network.alive('b')).toEqual([]);
    expect(pair.b.timers.pending).toBe(0);
    expect(() => pair.b.link.send(CANCEL)).toThrow(expect.objectContaining({ code: 'link-lost' }));
  });

  test('has none of its later frames handled', async () => {
    const pair = await new Pair().connect();
    pair.a.link.send(CANCEL);
    pair.a.link.send(CANCEL);
    pair.a.link.send(CANCEL);
    const receive = pair.b.frames.push.bind(pair.b.frames);
    pair.b.frames.push = (...frames) => {
      pair.b.link.refuse(new SnapError('protocol-violation', 'no more of that'));
      return receive(...frames);
    };
    await pair.clock.advance(5_000);
    expect(pair.b.frames).toHaveLength(1);
  });

  test('or holds another secret is refused on both sides', async () => {
    const pair = new Pair({ portsOfB: { roomKey: new Uint8Array(32).fill(8) } });
    await pair.clock.until(() => pair.a.told.length > 0 && pair.b.told.length > 0);
    const refused = ['refused: verification-mismatch'];
    expect([pair.a.told, pair.b.told]).toEqual([refused, refused]);
    await pair.clock.until(() => pair.network.alive().length === 0);
    expect([pair.a.timers.pending, pair.b.timers.pending]).toEqual([0, 0]);
  });
});

test('a WebRTC stack that cannot be used is told as a refusal, and takes nothing else down', async () => {
  const pair = new Pair({
    portsOfA: {
      connect: () => {
        throw new SnapError('internal', 'the installed werift is another one');
      },
    },
  });
  await pair.clock.advance(1_000);
  expect(pair.a.told).toEqual(['refused: internal']);
  expect(pair.a.timers.pending).toBe(0);
});

function offerOf(n: number, by: string): Extract<PeerSignal, { type: 'description' }> {
  return { type: 'description', attempt: { n, by }, kind: 'offer', sdp: 'v=0' };
}
