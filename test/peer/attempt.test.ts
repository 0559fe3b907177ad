import { describe, expect, test } from 'vitest';
import type { SnapError } from '../../src/protocol/errors.ts';
import { encodeControl, encodeHandshake, type InnerFrame } from '../../src/protocol/frames.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import type { PeerSignal } from '../../src/protocol/signals.ts';
import { Attempt, STAGE_DEADLINES_MS, type AttemptPorts } from '../../src/peer/attempt.ts';
import type { Route, RtcStage } from '../../src/peer/rtc.ts';
import { pureCrypto } from './crypto.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { FakeNetwork, type FakeConnection } from './fake-rtc.ts';

const ONE = 'one-------------';
const TWO = 'two-------------';
const KEY = new Uint8Array(32).fill(7);
const HEARTBEAT = encodeControl({ type: 'heartbeat' });

/** One side of an attempt, with everything it was told. */
class Side {
  readonly attempt: Attempt;
  readonly opened: { verified: boolean; words: readonly string[] | undefined; route: Route | undefined }[] = [];
  readonly frames: InnerFrame[] = [];
  readonly ends: SnapError[] = [];
  readonly signals: PeerSignal[] = [];
  drains = 0;
  onFrame: ((frame: InnerFrame) => void) | undefined;
  onSignal: (signal: PeerSignal) => void = () => {};

  constructor(ports: AttemptPorts) {
    this.attempt = new Attempt({ n: 1, by: ONE }, ports, {
      onSignal: (signal) => {
        this.signals.push(signal);
        this.onSignal(signal);
      },
      onOpen: ({ verified, words }, route) => this.opened.push({ verified, words, route }),
      onFrame: (frame) => {
        this.frames.push(frame);
        this.onFrame?.(frame);
      },
      onDrain: () => {
        this.drains += 1;
      },
      onEnded: (error) => this.ends.push(error),
    });
  }

  get end(): string {
    const [error] = this.ends;
    return error === undefined ? 'not ended' : `${error.code}: ${error.message}`;
  }
}

/** Both sides of an attempt, with signals that take 10 ms between them. */
class Pair {
  readonly clock = new FakeClock();
  readonly network = new FakeNetwork(this.clock);
  /** The attempts' own timers. */
  readonly timers = this.clock.share();
  #sides: { one: Side; two: Side } | undefined;

  get one(): Side {
    return this.#made().one;
  }

  get two(): Side {
    return this.#made().two;
  }

  start(ports: Partial<AttemptPorts> = {}, portsOfTwo: Partial<AttemptPorts> = ports): this {
    const common = {
      crypto: pureCrypto,
      clock: this.timers,
      room: 'garden',
      roomKey: KEY,
      iceServers: () => [],
      relayOnly: false,
    };
    const one = new Side({ ...common, self: ONE, remote: TWO, connect: this.network.connectAs('one'), ...ports });
    const two = new Side({ ...common, self: TWO, remote: ONE, connect: this.network.connectAs('two'), ...portsOfTwo });
    const join = (from: Side, to: Side): void => {
      from.onSignal = (signal) => {
        this.clock.after(10, () => {
          if (signal.type !== 'stale') to.attempt.receiveSignal(signal);
        });
      };
    };
    join(one, two);
    join(two, one);
    this.#sides = { one, two };
    return this;
  }

  async open(): Promise<this> {
    await this.clock.until(() => this.one.opened.length + this.two.opened.length === 2);
    return this;
  }

  connection(owner: 'one' | 'two'): FakeConnection {
    const found = this.network.connections.find((one) => one.owner === owner);
    if (found === undefined) throw new Error('no such connection');
    return found;
  }

  #made(): { one: Side; two: Side } {
    if (this.#sides === undefined) throw new Error('not started');
    return this.#sides;
  }
}

describe('an attempt', () => {
  test('opens on both sides, verified with the same secret', async () => {
    const pair = await new Pair().start().open();
    expect(pair.one.opened).toEqual([{ verified: true, words: undefined, route: 'local' }]);
    expect(pair.two.opened).toEqual([{ verified: true, words: undefined, route: 'local' }]);
    pair.one.attempt.send(HEARTBEAT);
    await pair.clock.until(() => pair.two.frames.length === 1);
    expect(pair.two.frames).toEqual([{ type: 'control', message: { type: 'heartbeat' } }]);
  });

  test('sets no timer once it is open, and keeps nothing after close', async () => {
    const pair = await new Pair().start().open();
    expect(pair.timers.pending).toBe(0);
    await Promise.all([pair.one.attempt.close(), pair.two.attempt.close()]);
    await pair.clock.advance(1_000);
    expect(pair.timers.pending).toBe(0);
    expect(pair.network.alive()).toEqual([]);
  });

  test('puts nothing of a photo, and no secret, in the clear', async () => {
    const pair = await new Pair().start().open();
    const secret = new TextEncoder().encode('nobody else may read this line');
    pair.one.attempt.send(secret);
    await pair.clock.until(() => pair.two.ends.length > 0);
    for (const message of pair.connection('one').sent) expect(Buffer.from(message).includes('nobody else')).toBe(false);
  });

  test('that is refused says so and waits until it was heard', async () => {
    const pair = new Pair().start({ roomKey: KEY }, { roomKey: new Uint8Array(32).fill(8) });
    await pair.clock.until(() => pair.one.ends.length > 0);
    // As its owner does: the refusal is still on its way.
    const closing = pair.one.attempt.close();
    await pair.clock.until(() => pair.two.ends.length > 0);
    expect([pair.one.ends[0]?.code, pair.two.ends[0]?.code]).toEqual([
      'verification-mismatch',
      'verification-mismatch',
    ]);
    expect(pair.connection('one').over).toBe(false);
    void pair.two.attempt.close();
    await pair.clock.until(() => pair.connection('one').over);
    await closing;
    expect(pair.timers.pending).toBe(0);
  });

  test('that is refused by nobody who answers is closed all the same', async () => {
    const pair = new Pair().start({ roomKey: KEY }, { roomKey: undefined });
    await pair.clock.until(() => pair.two.ends.length > 0);
    pair.network.cut();
    const closing = pair.two.attempt.close();
    await pair.clock.until(() => pair.connection('two').over);
    await closing;
    void pair.one.attempt.close();
    await settle();
    expect(pair.timers.pending).toBe(0);
  });
});

describe('a stage that does not end in time ends the attempt by its name', () => {
  const stalls: [keyof typeof STAGE_DEADLINES_MS, RtcStage][] = [
    ['ice', 'ice'],
    ['dtls', 'dtls'],
    ['channel', 'channel'],
  ];
  test.each(stalls)('%s', async (stage, stalled) => {
    const pair = new Pair();
    pair.network.stallAt = () => stalled;
    pair.start();
    await pair.clock.until(() => pair.one.attempt.stage === stage && pair.two.attempt.stage === stage);
    const ms = STAGE_DEADLINES_MS[stage];
    await pair.clock.advance(ms - 100);
    expect([pair.one.ends, pair.two.ends]).toEqual([[], []]);
    await pair.clock.advance(101);
    const text = `no-connection: no progress within ${ms / 1_000} s at the stage "${stage}"`;
    expect([pair.one.end, pair.two.end]).toEqual([text, text]);
  });

  test('signaling', async () => {
    const pair = new Pair().start();
    pair.one.onSignal = () => {};
    await pair.clock.advance(STAGE_DEADLINES_MS.signaling);
    const text = 'no-connection: no progress within 10 s at the stage "signaling"';
    expect([pair.one.end, pair.two.end]).toEqual([text, text]);
  });

  test('sealing', async () => {
    const pair = new Pair();
    pair.network.onTransmit = () => [];
    pair.start();
    await pair.clock.until(() => pair.one.attempt.stage === 'sealing');
    await pair.clock.advance(STAGE_DEADLINES_MS.sealing);
    const text = 'no-connection: no progress within 6 s at the stage "sealing"';
    expect([pair.one.end, pair.two.end]).toEqual([text, text]);
  });

  test('sealing, also when only the way that the packets take is never told', async () => {
    const pair = new Pair();
    pair.network.route = () => new Promise(() => {});
    pair.start();
    await pair.clock.until(() => pair.one.ends.length > 0);
    expect(pair.one.end).toMatch(/stage "sealing"/);
  });
});

describe('before the handshake is confirmed nothing is accepted:', () => {
  /** Replaces the first data channel message that `two` gets. */
  async function firstMessage(bytes: Uint8Array): Promise<Pair> {
    const pair = new Pair();
    let done = false;
    pair.network.onTransmit = ({ to, bytes: original }) => {
      if (done || to.owner !== 'two') return [{ to, bytes: original }];
      done = true;
      return [{ to, bytes }];
    };
    pair.start();
    await pair.clock.until(() => pair.two.ends.length > 0);
    expect(pair.two.frames).toEqual([]);
    expect(pair.two.opened).toEqual([]);
    return pair;
  }

  test.each([
    ['an empty frame type', Uint8Array.of(0)],
    ['random bytes', Uint8Array.from({ length: 100 }, (_, index) => index * 37)],
    ['JSON that is none', Uint8Array.of(1, 0x7b)],
    ['a handshake message of no known type', new TextEncoder().encode('\u0001{"type":"hello"}')],
    ['JSON nested 10,000 deep', new TextEncoder().encode(`\u0001${'['.repeat(10_000)}`)],
    ['a control message in the clear', encodeControl({ type: 'bye' })],
    ['a message longer than any frame', new Uint8Array(LIMITS.frameBytes + 1).fill(2)],
  ])('%s ends it', async (_name, bytes) => {
    const pair = await firstMessage(bytes);
    expect(pair.two.ends[0]?.code).toBe('protocol-violation');
  });

  test('a sealed frame ends it, by name', async () => {
    const sealed = new Uint8Array(40);
    sealed[0] = 2;
    const pair = await firstMessage(sealed);
    expect(pair.two.end).toBe(
      'protocol-violation: the other peer broke the protocol: a sealed frame before the handshake was confirmed',
    );
  });

  test('a reflected handshake message ends it', async () => {
    const pair = new Pair();
    pair.network.onTransmit = ({ from, to, bytes }) => (from.owner === 'one' ? [{ to: from, bytes }] : [{ to, bytes }]);
    pair.start();
    await pair.clock.until(() => pair.one.ends.length > 0);
    expect(pair.one.end).toBe('protocol-violation: a handshake message came out of order: commit');
  });

  test('a flood of messages ends it before they fill the memory', async () => {
    const pair = new Pair();
    pair.network.onTransmit = ({ to, bytes }) =>
      Array.from({ length: 100 }, () => ({ to, bytes: to.owner === 'two' ? new Uint8Array(60_000).fill(1) : bytes }));
    pair.start();
    await pair.clock.until(() => pair.two.ends.length > 0);
    expect(pair.two.ends[0]?.code).toBe('protocol-violation');
  });

  test('a description without one clear fingerprint ends it', async () => {
    const pair = new Pair().start();
    pair.one.onSignal = (signal) => {
      if (signal.type !== 'description') return;
      const sdp = `${signal.sdp}a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'EE').join(':')}\r\n`;
      pair.two.attempt.receiveSignal({ ...signal, sdp });
    };
    await pair.clock.until(() => pair.two.ends.length > 0);
    expect(pair.two.ends[0]?.code).toBe('protocol-violation');
    expect(pair.two.end).toMatch(/fingerprint/);
  });

  test('a side that takes only tiny messages ends it, where sending would never have ended', async () => {
    const pair = new Pair();
    pair.network.maxMessageBytes = 38;
    pair.start();
    await pair.clock.until(() => pair.one.ends.length > 0 && pair.two.ends.length > 0);
    expect(pair.one.end).toBe(
      'protocol-violation: the other peer broke the protocol: it takes no messages above 38 bytes',
    );
  });
});

describe('an open attempt ends by name when', () => {
  /** Opens, and then changes what `two` gets of the next message. */
  async function afterOpening(
    alter: (bytes: Uint8Array, from: FakeConnection, to: FakeConnection) => ReturnType<FakeNetwork['onTransmit']>,
  ) {
    const pair = await new Pair().start().open();
    pair.network.onTransmit = ({ from, to, bytes }) => alter(bytes, from, to);
    pair.one.attempt.send(HEARTBEAT);
    pair.one.attempt.send(HEARTBEAT);
    await pair.clock.until(() => pair.one.ends.length + pair.two.ends.length > 0);
    return pair;
  }

  test('a frame was altered', async () => {
    const pair = await afterOpening((bytes, _from, to) => [
      { to, bytes: bytes.map((byte, at) => byte ^ +(at === 12)) },
    ]);
    expect(pair.two.end).toMatch(/^protocol-violation: .*did not open: altered, reflected or of other keys$/);
  });

  test('a frame was replayed', async () => {
    const pair = await afterOpening((bytes, _from, to) => [
      { to, bytes },
      { to, bytes },
    ]);
    expect(pair.two.end).toMatch(/^protocol-violation: .*expected frame 1, got 0: replayed, lost or out of order$/);
    expect(pair.two.frames).toHaveLength(1);
  });

  test('a frame was lost', async () => {
    let lost = 0;
    const pair = await afterOpening((bytes, _from, to) => (lost++ === 0 ? [] : [{ to, bytes }]));
    expect(pair.two.end).toMatch(/expected frame 0, got 1/);
  });

  test('a frame was reflected', async () => {
    const pair = await afterOpening((bytes, from) => [{ to: from, bytes }]);
    expect(pair.one.end).toMatch(/did not open: altered, reflected or of other keys$/);
  });

  test('a frame was cut short', async () => {
    const pair = await afterOpening((bytes, _from, to) => [{ to, bytes: bytes.subarray(0, -1) }]);
    expect(pair.two.ends[0]?.code).toBe('protocol-violation');
  });

  test('a handshake message comes again', async () => {
    const again = encodeHandshake({ type: 'refuse', reason: 'mismatch' });
    const pair = await afterOpening((_bytes, _from, to) => [{ to, bytes: again }]);
    expect(pair.two.end).toMatch(/a handshake message after the handshake/);
  });

  test('a sealed frame holds what no peer says', async () => {
    const pair = await new Pair().start().open();
    pair.one.attempt.send(Uint8Array.of(9, 9, 9));
    await pair.clock.until(() => pair.two.ends.length > 0);
    expect(pair.two.end).toMatch(/unknown inner frame type/);
  });

  test('the connection breaks', async () => {
    const pair = await new Pair().start().open();
    await pair.one.attempt.close();
    await pair.clock.until(() => pair.two.ends.length > 0);
    expect(pair.two.end).toBe('link-lost: the other side closed the connection');
    expect(() => pair.two.attempt.send(HEARTBEAT)).toThrow(expect.objectContaining({ code: 'link-lost' }));
  });
});

test('messages that come while the handshake is busy keep their order', async () => {
  const pair = new Pair();
  let finishRoute: (route: Route) => void = () => {};
  let asked = 0;
  // The second to ask is the side that answered; its frames pile up meanwhile.
  pair.network.route = () => {
    asked += 1;
    return asked === 1 ? Promise.resolve('local') : new Promise((resolve) => (finishRoute = resolve));
  };
  pair.start();
  await pair.clock.until(() => asked === 2);
  const [early, late] = pair.one.opened.length === 1 ? [pair.one, pair.two] : [pair.two, pair.one];
  for (let n = 1; n <= 20; n += 1) early.attempt.send(encodeControl({ type: 'photo-cancel', transfer: n }));
  await pair.clock.advance(1_000);
  expect(late.frames).toEqual([]);
  finishRoute('local');
  await pair.clock.until(() => late.frames.length === 20);
  early.attempt.send(encodeControl({ type: 'photo-cancel', transfer: 21 }));
  await pair.clock.until(() => late.frames.length === 21);
  expect(
    late.frames.map((frame) => frame.type === 'control' && 'transfer' in frame.message && frame.message.transfer),
  ).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
});

describe('nothing is told after close,', () => {
  test.each([0, 5, 15, 22, 25, 30, 36, 41, 45, 50, 60])('be it %i ms after the start', async (ms) => {
    const pair = new Pair().start();
    await pair.clock.advance(ms);
    const { one } = pair;
    const before = [one.opened.length, one.frames.length, one.ends.length, one.signals.length];
    const closing = one.attempt.close();
    await pair.clock.advance(30_000);
    await closing;
    expect([one.opened.length, one.frames.length, one.ends.length, one.signals.length]).toEqual(before);
    expect(pair.network.alive('one')).toEqual([]);
    // And the other side does not wait for ever either.
    expect(pair.two.ends).toHaveLength(1);
  });

  test('be it in the middle of a frame', async () => {
    const pair = await new Pair().start().open();
    pair.two.onFrame = () => void pair.two.attempt.close();
    pair.one.attempt.send(HEARTBEAT);
    pair.one.attempt.send(HEARTBEAT);
    await pair.clock.until(() => pair.one.ends.length > 0);
    expect(pair.two.frames).toHaveLength(1);
    expect(pair.two.ends).toEqual([]);
  });

  test('and closing twice is fine', async () => {
    const pair = await new Pair().start().open();
    await Promise.all([pair.one.attempt.close(), pair.one.attempt.close()]);
    await pair.one.attempt.close();
    expect(pair.connection('one').closes).toBe(1);
  });
});

test('what a receiver of frames throws ends its attempt as internal, and once', async () => {
  const pair = await new Pair().start().open();
  pair.two.onFrame = () => {
    throw new Error('a bug');
  };
  pair.one.attempt.send(HEARTBEAT);
  await pair.clock.until(() => pair.two.ends.length > 0);
  expect(pair.two.end).toBe('internal: a bug');
  await pair.clock.advance(1_000);
  expect(pair.two.ends).toHaveLength(1);
});

test('an open attempt negotiates again when something is added, on either side at once', async () => {
  const pair = await new Pair().start().open();
  const before = [pair.one.signals.length, pair.two.signals.length];
  pair.connection('one').needNegotiation();
  pair.connection('two').needNegotiation();
  await pair.clock.advance(1_000);
  // The side that answered the attempt is polite: it takes its own offer back and answers.
  expect(pair.one.signals.slice(before[0]).map((signal) => signal.type === 'description' && signal.kind)).toEqual([
    'offer',
  ]);
  expect(pair.two.signals.slice(before[1]).map((signal) => signal.type === 'description' && signal.kind)).toEqual([
    'offer',
    'answer',
  ]);
  pair.one.attempt.send(HEARTBEAT);
  await pair.clock.until(() => pair.two.frames.length === 1);
  expect([pair.one.ends, pair.two.ends]).toEqual([[], []]);
});
