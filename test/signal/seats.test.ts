import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DaemonEvent } from '../../src/signal/events.ts';
import { serve, type Daemon } from '../../src/signal/serve.ts';
import { Bystanders, join, open } from './ws-client.ts';

let daemon: Daemon;
let bystanders: Bystanders;
const events: DaemonEvent[] = [];

beforeAll(async () => {
  daemon = await serve({
    port: 0,
    version: '1.2.3',
    capacity: 2,
    iceServers: [{ urls: ['stun:stun.example:3478'] }],
    onEvent: (event) => events.push(event),
  });
  bystanders = await Bystanders.enter(daemon);
});

afterAll(async () => {
  await bystanders.exchange();
  await bystanders[Symbol.asyncDispose]();
  await daemon.close();
});

describe('a room', () => {
  test('welcomes a peer with what the daemon is and whom it finds', async () => {
    await using first = await join(daemon, 'garden');
    await using second = await join(daemon, 'garden');
    expect(second.welcome).toMatchObject({
      version: '1.2.3',
      room: 'garden',
      number: 2,
      capacity: 2,
      peers: [{ peer: first.welcome.peer, name: 'somebody', kind: 'terminal', number: 1 }],
      iceServers: [{ urls: ['stun:stun.example:3478'] }],
      limits: { messageBytes: 65_536, pingMs: 20_000, silentMs: 45_000 },
    });
    expect(await first.expect('peer-joined')).toMatchObject({ peer: second.welcome.peer, number: 2 });
  });

  test('that is full refuses with a close code of its own', async () => {
    await using first = await join(daemon, 'full');
    await using second = await join(daemon, 'full');
    await using third = await open(daemon);
    third.send({ type: 'join', room: 'full', name: 'late', kind: 'browser' });
    expect(await third.closed).toEqual({ code: 4423, reason: 'room-full' });
    expect(events).toContainEqual({ type: 'refused', reason: 'room-full', room: 'full' });
    await first.expect('peer-joined');
    expect([...first.unread, ...second.unread]).toEqual([]);
  });

  test('has a seat free again as soon as somebody left', async () => {
    await using first = await join(daemon, 'change');
    await using second = await join(daemon, 'change');
    await first.expect('peer-joined');
    second.send({ type: 'leave' });
    expect(await second.closed).toEqual({ code: 1000, reason: 'left' });
    await first.expect('peer-left');
    await using third = await join(daemon, 'change');
    expect(third.welcome.number).toBe(2);
  });

  test('relays signals in order and untouched, whatever they hold', async () => {
    await using first = await join(daemon, 'relay');
    await using second = await join(daemon, 'relay');
    await first.expect('peer-joined');
    const payloads = ['', '\n\n', '{"not": json', '\u0000\u001b[2J', '🎞'.repeat(500), '{"type":"leave"}'];
    for (const payload of payloads) first.signal(second.welcome.peer, payload);
    for (const payload of payloads)
      expect(await second.expect('signal')).toEqual({ type: 'signal', from: first.welcome.peer, payload });
  });
});

describe('a seat', () => {
  test('is taken back after the socket was lost, and the others are told of both', async () => {
    await using witness = await join(daemon, 'resume');
    const lost = await join(daemon, 'resume');
    await witness.expect('peer-joined');
    await lost.break();
    expect((await witness.expect('peer-away')).peer).toBe(lost.welcome.peer);
    await using back = await join(daemon, 'resume', lost.welcome);
    expect(back.welcome).toMatchObject({ peer: lost.welcome.peer, token: lost.welcome.token, number: 2 });
    expect((await witness.expect('peer-back')).peer).toBe(lost.welcome.peer);
    witness.signal(lost.welcome.peer, 'welcome back');
    expect((await back.expect('signal')).payload).toBe('welcome back');
  });

  test('is given to its owner by a daemon that was started anew', async () => {
    const first = await serve({ port: 0, version: '1.2.3' });
    await using before = await join(first, 'garden');
    await first.close();
    await using second = await serve({ port: 0, version: '1.2.3' });
    await using stranger = await join(second, 'garden');
    await using after = await join(second, 'garden', before.welcome);
    expect(after.welcome).toMatchObject({ peer: before.welcome.peer, token: before.welcome.token, number: 2 });
    expect((await stranger.expect('peer-joined')).peer).toBe(before.welcome.peer);
  });

  test('of a peer that stays away is freed in the end', async () => {
    await using impatient = await serve({ port: 0, version: '1', limits: { seatHoldMs: 20, sweepMs: 5 } });
    await using witness = await join(impatient, 'garden');
    const lost = await join(impatient, 'garden');
    await lost.break();
    await witness.expect('peer-joined');
    await witness.expect('peer-away');
    expect(await witness.expect('peer-left')).toMatchObject({ peer: lost.welcome.peer, reason: 'lost' });
    expect(impatient.stats()).toMatchObject({ rooms: 1, peers: 1 });
  });
});

test('the log tells who came and went, and never a token', async () => {
  const seen: DaemonEvent[] = [];
  await using logged = await serve({ port: 0, version: '1', onEvent: (event) => seen.push(event) });
  await using witness = await join(logged, 'garden');
  const guest = await join(logged, 'garden');
  await guest.break();
  await using back = await join(logged, 'garden', guest.welcome);
  back.send({ type: 'leave' });
  await back.closed;
  await witness.expect('peer-joined');
  expect(seen.map((event) => event.type)).toEqual([
    'listening',
    'peer-joined',
    'peer-joined',
    'peer-away',
    'peer-back',
    'peer-left',
  ]);
  expect(JSON.stringify(seen)).not.toContain(guest.welcome.token);
});
