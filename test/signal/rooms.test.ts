import { describe, expect, test } from 'vitest';
import type { ClientMessage } from '../../src/protocol/signaling.ts';
import type { Arrival, Effect } from '../../src/signal/effects.ts';
import { Rooms, type RoomsOptions } from '../../src/signal/rooms.ts';
import { ARRIVAL, roomsOptions } from './fake-claims.ts';

type Claim = { peer: string; token: string };

/** Rooms whose connections are numbers; notes for the log are left out of what the verbs return. */
function start(options: Partial<RoomsOptions> = {}) {
  const rooms = new Rooms<number, string>(roomsOptions(options));
  const withoutNotes = (effects: Effect<number, string>[]) => effects.filter((effect) => effect.kind !== 'note');
  const receive = (connection: number, message: ClientMessage, payload = '', arrival: Partial<Arrival> = {}) =>
    withoutNotes(rooms.receive(connection, message, payload, { ...ARRIVAL, ...arrival }));
  return {
    rooms,
    receive,
    join: (connection: number, room = 'garden', seat?: Claim, arrival?: Partial<Arrival>) => {
      const join = { type: 'join', room, name: `n${connection}`, kind: 'terminal' } as const;
      return receive(connection, seat === undefined ? join : { ...join, seat }, '', arrival);
    },
    list: (connection: number, room = 'garden', now = 0) => receive(connection, { type: 'list', room }, '', { now }),
    signal: (connection: number, to: string, payload: string) => receive(connection, { type: 'signal', to }, payload),
    leave: (connection: number) => receive(connection, { type: 'leave' }),
    lost: (connection: number, now = 0) => withoutNotes(rooms.lost(connection, now)),
    expire: (now: number) => withoutNotes(rooms.expire(now)),
  };
}

const sendTo = (to: number, message: object) => {
  const like: unknown = expect.objectContaining(message);
  return { kind: 'send', to, message: like };
};
const closeOf = (connection: number, reason: string) => ({ kind: 'close', connection, reason });

describe('joining', () => {
  test('the first peer is welcomed with everything it needs to know', () => {
    const { join } = start();
    expect(join(1)).toEqual([
      {
        kind: 'send',
        to: 1,
        message: {
          type: 'welcome',
          version: '1.2.3',
          room: 'garden',
          peer: 'p1',
          token: 't1',
          number: 1,
          capacity: 3,
          peers: [],
          iceServers: [],
          limits: { messageBytes: 65_536, pingMs: 20_000, silentMs: 45_000 },
        },
      },
    ]);
  });

  test('a newcomer sees the others and they see the newcomer', () => {
    const { join } = start();
    join(1);
    expect(join(2)).toEqual([
      sendTo(2, {
        type: 'welcome',
        number: 2,
        peers: [{ peer: 'p1', name: 'n1', kind: 'terminal', number: 1 }],
      }),
      { kind: 'send', to: 1, message: { type: 'peer-joined', peer: 'p2', name: 'n2', kind: 'terminal', number: 2 } },
    ]);
  });

  test('numbers follow the order of joining, also after somebody in the middle has left', () => {
    const { join, leave } = start();
    join(1);
    join(2);
    join(3);
    leave(2);
    expect(join(4)[0]).toEqual(sendTo(4, { number: 4 }));
  });

  test('an emptied room starts with number 1 again', () => {
    const { join, leave, rooms } = start();
    join(1);
    leave(1);
    expect(rooms.count()).toEqual({ rooms: 0, peers: 0 });
    expect(join(2)[0]).toEqual(sendTo(2, { number: 1, peers: [] }));
  });

  test('a full room refuses clearly and tells nobody inside', () => {
    const { join, rooms } = start({ capacity: 2 });
    join(1);
    join(2);
    expect(join(3)).toEqual([closeOf(3, 'room-full')]);
    expect(rooms.count()).toEqual({ rooms: 1, peers: 2 });
    expect(rooms.isSeated(3)).toBe(false);
  });

  test('a second join on one connection is an error and changes nothing', () => {
    const { join, rooms } = start();
    join(1);
    expect(join(1, 'kitchen')).toEqual([sendTo(1, { type: 'error', code: 'already-joined' })]);
    expect(rooms.seatOf(1)).toEqual({ room: 'garden', peer: 'p1' });
    expect(rooms.count().rooms).toBe(1);
  });

  test.each(['signal', 'leave'] as const)('%s before join ends the connection', (type) => {
    const { receive } = start();
    const message: ClientMessage = type === 'signal' ? { type, to: 'p1' } : { type };
    expect(receive(1, message)).toEqual([closeOf(1, 'join-first')]);
  });

  test('a ping is answered before and after join', () => {
    const { join, receive } = start();
    expect(receive(1, { type: 'ping' })).toEqual([{ kind: 'send', to: 1, message: { type: 'pong' } }]);
    join(1);
    expect(receive(1, { type: 'ping' })).toEqual([{ kind: 'send', to: 1, message: { type: 'pong' } }]);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('a room may be called %s', (name) => {
    const { join, rooms } = start();
    expect(join(1, name)[0]).toEqual(sendTo(1, { type: 'welcome', room: name, peers: [] }));
    expect(join(2, name)[0]).toEqual(sendTo(2, { type: 'welcome', room: name, number: 2 }));
    expect(rooms.count()).toEqual({ rooms: 1, peers: 2 });
  });
});

describe('asking who is there', () => {
  const listed = (to: number, peers: object[]) => [
    { kind: 'send', to, message: { type: 'peers', room: 'garden', capacity: 3, peers } },
    closeOf(to, 'left'),
  ];

  test('is answered with everybody, how they came and how long ago, and ends the connection', () => {
    const { join, list, lost, rooms } = start();
    join(1, 'garden', undefined, { now: 1_000 });
    join(2, 'garden', undefined, { now: 2_500, transport: 'sse' });
    lost(1, 3_000);
    expect(list(3, 'garden', 4_000)).toEqual(
      listed(3, [
        { peer: 'p1', name: 'n1', kind: 'terminal', number: 1, away: true, ageMs: 3_000, transport: 'ws' },
        { peer: 'p2', name: 'n2', kind: 'terminal', number: 2, ageMs: 1_500, transport: 'sse' },
      ]),
    );
    expect(rooms.isSeated(3)).toBe(false);
  });

  test('about a room that nobody is in is answered with nobody, and makes no room', () => {
    const { list, rooms } = start();
    expect(list(1)).toEqual(listed(1, []));
    expect(rooms.count()).toEqual({ rooms: 0, peers: 0 });
  });

  test('shows a peer that came back as it speaks now, and there since it first came', () => {
    const { join, list, lost } = start();
    join(1, 'garden', undefined, { now: 0 });
    lost(1, 1_000);
    join(2, 'garden', { peer: 'p1', token: 't1' }, { now: 2_000, transport: 'sse' });
    expect(list(3, 'garden', 5_000)).toEqual(
      listed(3, [{ peer: 'p1', name: 'n1', kind: 'terminal', number: 1, ageMs: 5_000, transport: 'sse' }]),
    );
  });

  test('with a seat is an error, whatever the room, and changes nothing', () => {
    const { join, list, rooms } = start();
    join(1);
    for (const room of ['garden', 'kitchen'])
      expect(list(1, room)).toEqual([sendTo(1, { type: 'error', code: 'already-joined' })]);
    expect(rooms.seatOf(1)).toEqual({ room: 'garden', peer: 'p1' });
  });

  test.each(['__proto__', 'constructor'])('about a room called %s is nothing special', (name) => {
    const { list } = start();
    expect(list(1, name)[0]).toEqual(sendTo(1, { type: 'peers', room: name, peers: [] }));
  });
});

describe('signals', () => {
  test('a signal reaches the peer it is for, stamped with its sender', () => {
    const { join, signal } = start();
    join(1);
    join(2);
    join(3);
    expect(signal(2, 'p1', 'any payload')).toEqual([{ kind: 'relay', to: 1, from: 'p2', payload: 'any payload' }]);
  });

  test.each([
    ['a peer of another room', 'p3'],
    ['an unknown peer', 'p99'],
    ['itself', 'p1'],
    ['__proto__', '__proto__'],
  ])('a signal to %s is an error that names the peer, and reaches nobody', (_, to) => {
    const { join, signal } = start();
    join(1);
    join(2);
    join(3, 'kitchen');
    expect(signal(1, to, 'x')).toEqual([sendTo(1, { type: 'error', code: 'unknown-peer', peer: to })]);
  });

  test('a signal to a peer that is away or has left is an error', () => {
    const { join, leave, lost, signal } = start();
    join(1);
    join(2);
    join(3);
    lost(2);
    leave(3);
    expect(signal(1, 'p2', 'x')).toEqual([sendTo(1, { code: 'unknown-peer', peer: 'p2' })]);
    expect(signal(1, 'p3', 'x')).toEqual([sendTo(1, { code: 'unknown-peer', peer: 'p3' })]);
  });
});

describe('leaving', () => {
  test('leave frees the seat at once and tells the others', () => {
    const { join, leave, rooms } = start();
    join(1);
    join(2);
    expect(leave(1)).toEqual([closeOf(1, 'left'), sendTo(2, { type: 'peer-left', peer: 'p1', reason: 'left' })]);
    expect(rooms.count()).toEqual({ rooms: 1, peers: 1 });
  });

  test('the end of a connection that was closed already says nothing', () => {
    const { join, leave, lost } = start();
    join(1);
    join(2);
    leave(1);
    expect(lost(1)).toEqual([]);
    expect(lost(77)).toEqual([]);
  });
});

describe('being away', () => {
  test('a lost peer keeps its seat, its number and its place for a while', () => {
    const { join, lost, rooms } = start({ capacity: 2 });
    join(1);
    join(2);
    expect(lost(1, 1_000)).toEqual([sendTo(2, { type: 'peer-away', peer: 'p1' })]);
    expect(rooms.nextExpiry()).toBe(31_000);
    expect(join(3)).toEqual([closeOf(3, 'room-full')]);
    expect(join(4, 'garden', { peer: 'p1', token: 't1' })).toEqual([
      sendTo(4, { type: 'welcome', peer: 'p1', token: 't1', number: 1 }),
      { kind: 'send', to: 2, message: { type: 'peer-back', peer: 'p1' } },
    ]);
    expect(rooms.nextExpiry()).toBeUndefined();
  });

  test('a newcomer is told who is away', () => {
    const { join, lost } = start();
    join(1);
    lost(1);
    expect(join(2)[0]).toEqual(
      sendTo(2, { peers: [{ peer: 'p1', name: 'n1', kind: 'terminal', number: 1, away: true }] }),
    );
  });

  test('a seat held for too long is freed, not a moment earlier', () => {
    const { expire, join, lost, rooms } = start();
    join(1);
    join(2);
    lost(1, 1_000);
    expect(expire(30_999)).toEqual([]);
    expect(expire(31_000)).toEqual([sendTo(2, { type: 'peer-left', peer: 'p1', reason: 'lost' })]);
    expect(rooms.count()).toEqual({ rooms: 1, peers: 1 });
    expect(expire(99_000)).toEqual([]);
  });

  test('a room whose last peer is lost is forgotten when the seat is', () => {
    const { expire, join, lost, rooms } = start();
    join(1);
    lost(1, 0);
    expect(rooms.count()).toEqual({ rooms: 1, peers: 1 });
    expire(30_000);
    expect(rooms.count()).toEqual({ rooms: 0, peers: 0 });
  });

  test('coming and going fills no memory: beyond the bound the peer lost first loses its seat', () => {
    const { join, lost, rooms } = start({ heldSeats: 2 });
    for (let connection = 1; connection <= 5; connection += 1) {
      join(connection, `room${connection}`);
      lost(connection, connection);
    }
    expect(rooms.count()).toEqual({ rooms: 2, peers: 2 });
    expect(rooms.nextExpiry()).toBe(30_004);
  });
});

describe('taking a seat back', () => {
  test('a newer connection of the same peer supersedes the older one, unnoticed by the others', () => {
    const { join, lost, signal } = start();
    join(1);
    join(2);
    expect(join(3, 'garden', { peer: 'p1', token: 't1' })).toEqual([
      closeOf(1, 'superseded'),
      sendTo(3, { type: 'welcome', peer: 'p1', number: 1 }),
    ]);
    expect(lost(1)).toEqual([]);
    expect(signal(2, 'p1', 'x')).toEqual([{ kind: 'relay', to: 3, from: 'p2', payload: 'x' }]);
  });

  test('a token opens its own seat only', () => {
    const { join, rooms } = start();
    join(1);
    join(2);
    expect(join(3, 'garden', { peer: 'p1', token: 't2' })).toEqual([closeOf(3, 'wrong-token')]);
    expect(rooms.seatOf(1)).toEqual({ room: 'garden', peer: 'p1' });
  });

  test('a daemon that knows nothing of the seat gives it to who holds the token', () => {
    const { join } = start();
    join(1);
    expect(join(2, 'garden', { peer: 'p50', token: 't50' })).toEqual([
      sendTo(2, { type: 'welcome', peer: 'p50', token: 't50', number: 2 }),
      sendTo(1, { type: 'peer-joined', peer: 'p50', number: 2 }),
    ]);
  });

  test('a forgotten seat needs a free one', () => {
    const { join } = start({ capacity: 1 });
    join(1);
    expect(join(2, 'garden', { peer: 'p50', token: 't50' })).toEqual([closeOf(2, 'room-full')]);
  });

  test('a seat of one room is nothing in another', () => {
    const { join, rooms } = start();
    join(1);
    expect(join(2, 'kitchen', { peer: 'p1', token: 't1' })[0]).toEqual(sendTo(2, { room: 'kitchen', number: 1 }));
    expect(rooms.seatOf(1)).toEqual({ room: 'garden', peer: 'p1' });
    expect(rooms.seatOf(2)).toEqual({ room: 'kitchen', peer: 'p1' });
  });
});

describe('a session', () => {
  /** What is left of a session is in its token: `t7` has 7 s. */
  const sessionLeftMs = (token: string) => 1_000 * Number(token.slice(1));

  test('that is over frees the seat, tells the others first, and ends the connection', () => {
    const { expire, join, rooms } = start({ sessionLeftMs });
    join(1);
    join(2);
    expect(rooms.nextExpiry()).toBe(1_000);
    expect(expire(999)).toEqual([]);
    expect(expire(1_000)).toEqual([
      sendTo(2, { type: 'peer-left', peer: 'p1', reason: 'expired' }),
      closeOf(1, 'session-expired'),
    ]);
    expect(rooms.isSeated(1)).toBe(false);
    expect(rooms.nextExpiry()).toBe(2_000);
    expect(rooms.count()).toEqual({ rooms: 1, peers: 1 });
  });

  test('ends when its token does, however late its seat was taken', () => {
    const { expire, join } = start({ sessionLeftMs });
    join(1);
    join(2, 'kitchen', { peer: 'p9', token: 't9' }, { now: 500 });
    join(3, 'kitchen', { peer: 'p5', token: 't5' }, { now: 800 });
    expect(expire(5_800)).toEqual([
      closeOf(1, 'session-expired'),
      sendTo(2, { type: 'peer-left', peer: 'p5', reason: 'expired' }),
      closeOf(3, 'session-expired'),
    ]);
    expect(expire(9_500)).toEqual([closeOf(2, 'session-expired')]);
  });

  test('is over for a peer that is away as well, which has no connection to end', () => {
    const { expire, join, lost, rooms } = start({ sessionLeftMs });
    join(1);
    join(2);
    lost(1, 500);
    expect(rooms.nextExpiry()).toBe(1_000);
    expect(expire(1_000)).toEqual([sendTo(2, { type: 'peer-left', peer: 'p1', reason: 'expired' })]);
    expect(rooms.nextExpiry()).toBe(2_000);
    expect(expire(30_500)).toEqual([closeOf(2, 'session-expired')]);
    expect(rooms.count()).toEqual({ rooms: 0, peers: 0 });
    expect(rooms.nextExpiry()).toBeUndefined();
  });

  test('that is over opens no seat, whether the room is there or not', () => {
    const { join, rooms } = start({ sessionLeftMs });
    const seat = { peer: 'p0', token: 't0' };
    expect(join(1, 'garden', seat)).toEqual([closeOf(1, 'session-expired')]);
    join(2);
    expect(join(3, 'garden', seat)).toEqual([closeOf(3, 'session-expired')]);
    expect(rooms.count()).toEqual({ rooms: 1, peers: 1 });
  });

  test('that is over when its owner comes back leaves no seat in its way', () => {
    let isOver = false;
    const { join, rooms } = start({ capacity: 2, sessionLeftMs: () => (isOver ? 0 : 1_000) });
    join(1);
    join(2);
    isOver = true;
    expect(join(3, 'garden', { peer: 'p1', token: 't1' })).toEqual([
      sendTo(2, { type: 'peer-left', peer: 'p1', reason: 'expired' }),
      closeOf(1, 'session-expired'),
      closeOf(3, 'session-expired'),
    ]);
    isOver = false;
    expect(join(4)[0]).toEqual(sendTo(4, { type: 'welcome', peer: 'p3', number: 3 }));
    expect(rooms.count()).toEqual({ rooms: 1, peers: 2 });
  });

  test('is ended by nobody who only knows the id', () => {
    const { join, rooms } = start({ sessionLeftMs });
    join(1);
    expect(join(2, 'garden', { peer: 'p1', token: 't0' })).toEqual([closeOf(2, 'wrong-token')]);
    expect(rooms.isSeated(1)).toBe(true);
  });
});

test('what is noted for the log never holds a token', () => {
  const rooms = new Rooms<number, string>(roomsOptions());
  const seat = { peer: 'p9', token: 't9' };
  const join = { type: 'join', room: 'garden', name: 'shed', kind: 'camera' } as const;
  const effects = [
    ...rooms.receive(1, { ...join, seat }, '', ARRIVAL),
    ...rooms.receive(2, { ...join, seat }, '', ARRIVAL),
    ...rooms.receive(3, { ...join, seat: { peer: 'p9', token: 't8' } }, '', ARRIVAL),
    ...rooms.lost(2, 0),
    ...rooms.receive(4, { ...join, seat }, '', ARRIVAL),
    ...rooms.receive(4, { type: 'leave' }, '', ARRIVAL),
  ];
  const notes = effects.flatMap((effect) => (effect.kind === 'note' ? [effect.event] : []));
  expect(notes.map((note) => note.type)).toEqual([
    'peer-joined',
    'cut',
    'refused',
    'peer-away',
    'peer-back',
    'peer-left',
  ]);
  expect(JSON.stringify(notes)).not.toMatch(/t[89]/);
});
