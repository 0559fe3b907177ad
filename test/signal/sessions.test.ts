import { describe, expect, test } from 'vitest';
import type { DaemonEvent } from '../../src/signal/events.ts';
import { serve } from '../../src/signal/serve.ts';
import { makeSeatClaim, type SeatClaim } from '../../src/signal/tokens.ts';
import { openSse } from './sse-client.ts';
import { Bystanders, join, open } from './ws-client.ts';

const TTL_MS = 3_600_000;
const options = { port: 0, version: '1', sessionTtlMs: TTL_MS, limits: { sweepMs: 5 } };

const joinWith = (seat: SeatClaim) => ({ type: 'join', room: 'garden', name: 'shed', kind: 'terminal', seat }) as const;

/** A claim of a token that was made so long ago, ms. */
const aged = (ms: number): SeatClaim => makeSeatClaim(Date.now() - ms);

/** Made an hour ago, so that its session is over in one to two seconds. */
const nearlyOver = (): SeatClaim => makeSeatClaim(1_000 * Math.ceil((Date.now() - TTL_MS) / 1_000));

describe('a session that is over', () => {
  test('is told to the others, and its client is sent away in a way of its own', async () => {
    const events: DaemonEvent[] = [];
    await using daemon = await serve({ ...options, onEvent: (event) => events.push(event) });
    await using witness = await join(daemon, 'garden');
    const claim = nearlyOver();
    await using old = await join(daemon, 'garden', claim);
    expect(old.welcome).toMatchObject({ peer: claim.peer, token: claim.token });
    await witness.expect('peer-joined');
    expect(await witness.expect('peer-left')).toMatchObject({ peer: claim.peer, reason: 'expired' });
    expect(await old.closed).toEqual({ code: 4410, reason: 'session-expired' });
    expect(old.unread).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: 'peer-left', reason: 'expired' });
    expect(daemon.stats()).toMatchObject({ rooms: 1, peers: 1 });
  });

  test('ends a stream of events in the same way', async () => {
    await using daemon = await serve(options);
    await using witness = await join(daemon, 'garden');
    const claim = nearlyOver();
    await using old = await openSse(daemon);
    await old.send(joinWith(claim));
    await old.stream.expect('welcome');
    await witness.expect('peer-joined');
    expect(await witness.expect('peer-left')).toMatchObject({ peer: claim.peer, reason: 'expired' });
    expect(await old.stream.next()).toMatchObject({ event: 'close', data: { code: 4410, reason: 'session-expired' } });
    await old.stream.ended();
  });

  test('keeps no seat for a peer that is away', async () => {
    await using daemon = await serve(options);
    await using witness = await join(daemon, 'garden');
    const old = await join(daemon, 'garden', nearlyOver());
    await witness.expect('peer-joined');
    await old.break();
    await witness.expect('peer-away');
    expect(await witness.expect('peer-left')).toMatchObject({ peer: old.welcome.peer, reason: 'expired' });
  });

  test('is not begun again with its token, by no daemon, and its owner joins anew', async () => {
    await using daemon = await serve(options);
    await using first = await open(daemon);
    first.send(joinWith(aged(TTL_MS + 2_000)));
    expect(await first.closed).toEqual({ code: 4410, reason: 'session-expired' });
    await using stream = await openSse(daemon);
    await stream.send(joinWith(aged(24 * TTL_MS)));
    expect((await stream.stream.next()).data).toEqual({ code: 4410, reason: 'session-expired' });
    await using anew = await join(daemon, 'garden');
    expect(anew.welcome.number).toBe(1);
  });
});

describe('a token', () => {
  test('from the future is refused, so that nobody makes a session without an end', async () => {
    await using daemon = await serve(options);
    await using client = await open(daemon);
    client.send(joinWith(aged(-120_000)));
    expect(await client.closed).toEqual({ code: 4410, reason: 'session-expired' });
    // A clock that was set back a little is no reason to send everybody away.
    await using early = await join(daemon, 'garden', aged(-30_000));
    expect(early.welcome.number).toBe(1);
  });

  test('that was made younger opens nothing', async () => {
    await using daemon = await serve(options);
    await using bystanders = await Bystanders.enter(daemon);
    const { peer, token } = aged(2 * TTL_MS);
    const bytes = Buffer.from(token, 'base64url');
    bytes.writeUInt32BE(Math.floor(Date.now() / 1_000));
    await using client = await open(daemon);
    client.send(joinWith({ peer, token: bytes.toString('base64url') }));
    expect(await client.closed).toEqual({ code: 4403, reason: 'wrong-token' });
    await bystanders.exchange();
  });

  test.each([
    ['of other characters', '?'.repeat(32)],
    ['that is too short', 'A'.repeat(31)],
    ['that is too long', 'A'.repeat(33)],
    ['that is a number', 7],
  ])('%s is no token', async (_what, token) => {
    await using daemon = await serve(options);
    await using client = await open(daemon);
    client.ws.send(JSON.stringify({ ...joinWith(aged(0)), seat: { peer: 'A'.repeat(16), token } }));
    expect((await client.expect('error')).code).toBe('bad-message');
    expect(await client.closed).toEqual({ code: 4400, reason: 'bad-message' });
  });

  test('is good for a daemon that was started anew, as long as its session lasts', async () => {
    const first = await serve(options);
    await using before = await join(first, 'garden');
    await first.close();
    await using second = await serve(options);
    await using after = await join(second, 'garden', before.welcome);
    expect(after.welcome.peer).toBe(before.welcome.peer);
  });

  test('of any age is good where sessions have no end', async () => {
    await using daemon = await serve({ port: 0, version: '1' });
    await using old = await join(daemon, 'garden', makeSeatClaim(0));
    await using young = await join(daemon, 'garden', aged(-TTL_MS));
    expect([old.welcome.number, young.welcome.number]).toEqual([1, 2]);
  });
});

test.each([0, -1, 999, Number.NaN])('a session of %d ms is refused', async (sessionTtlMs) => {
  await expect(serve({ port: 0, version: '1', sessionTtlMs })).rejects.toMatchObject({ code: 'usage' });
});
