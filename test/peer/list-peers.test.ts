import { describe, expect, test } from 'vitest';
import { listPeers, type Listing, type ListOptions } from '../../src/peer/list-peers.ts';
import { FIRST_CONTACT_MS } from '../../src/peer/signaling-client.ts';
import { UPGRADE_REFUSALS } from '../../src/protocol/endpoint.ts';
import type { SnapError } from '../../src/protocol/errors.ts';
import { World } from './world.ts';

const SERVER = 'http://127.0.0.1:8787/';

/** Somebody who asks in a world of fake time. */
function asking(world: World, options: Partial<ListOptions> = {}) {
  const timers = world.clock.share();
  const state: { listing?: Listing; error?: SnapError } = {};
  listPeers(
    { server: SERVER, room: 'garden', ...options },
    { openSocket: world.daemon.socketsOf('somebody'), clock: timers },
  ).then(
    (listing) => (state.listing = listing),
    (error: unknown) => (state.error = error as SnapError),
  );
  const settled = async () => {
    await world.clock.until(() => state.listing !== undefined || state.error !== undefined);
    await world.clock.advance(60_000);
    // Whatever came of it, nothing is left.
    expect(timers.pending).toBe(0);
    expect(world.daemon.sockets.filter(({ owner, isOpen }) => owner === 'somebody' && isOpen)).toEqual([]);
    return state;
  };
  return { settled };
}

/** The socket of who asks, once it is open; the daemon answers nothing by itself. */
async function openSilently(world: World) {
  world.daemon.onClientText = () => undefined;
  const asked = asking(world);
  await world.clock.until(() => world.daemon.sockets.some(({ isOpen }) => isOpen));
  return { ...asked, socket: world.daemon.socketOf('somebody') };
}

describe('a list', () => {
  test('tells who is in the room, and nobody there is told', async () => {
    const world = new World();
    const [shed, kitchen] = await world.meet('shed', 'kitchen');
    if (shed === undefined || kitchen === undefined) throw new Error('nobody');
    const before = shed.events.length;
    const { listing } = await asking(world).settled();
    expect(listing).toMatchObject({
      room: 'garden',
      capacity: 3,
      peers: [
        { peer: shed.room.you, name: 'shed', number: 1, transport: 'ws' },
        { peer: kitchen.room.you, name: 'kitchen', number: 2, transport: 'ws' },
      ],
    });
    expect(shed.events).toHaveLength(before);
  });

  test('of a room that nobody is in is empty', async () => {
    expect((await asking(new World()).settled()).listing).toEqual({ room: 'garden', capacity: 3, peers: [] });
  });

  test('of what is no room is not asked for', async () => {
    const world = new World();
    expect((await asking(world, { room: 'our garden' }).settled()).error).toMatchObject({ code: 'usage' });
    expect(world.daemon.sockets).toEqual([]);
  });
});

describe('a daemon', () => {
  test('that starts this moment is waited for', async () => {
    const world = new World();
    world.daemon.isUp = false;
    const asked = asking(world);
    await world.clock.advance(FIRST_CONTACT_MS - 1_500);
    world.daemon.isUp = true;
    expect((await asked.settled()).listing).toMatchObject({ peers: [] });
  });

  test('that is not there is given up soon after that', async () => {
    const world = new World();
    world.daemon.isUp = false;
    const at = world.clock.now();
    const { error } = await asking(world).settled();
    expect(error).toMatchObject({ code: 'daemon-unreachable' });
    expect(error?.message).toMatch(/no snap-share daemon reached at http:.*ECONNREFUSED/);
    expect(world.clock.now() - at - 60_000).toBeLessThan(FIRST_CONTACT_MS + 1_000);
  });

  test('that says nothing is given up', async () => {
    const { settled } = await openSilently(new World());
    expect((await settled()).error?.message).toMatch(/no answer within 10 s/);
  });

  test.each(['hello', '[]', '{"type":"peers"}', '{"type":"peers","room":"garden","capacity":3,"peers":[{}]}'])(
    'that is none (it says %j) is told so',
    async (text) => {
      const { settled, socket } = await openSilently(new World());
      socket.tell(text);
      expect((await settled()).error).toMatchObject({ code: 'not-a-daemon' });
    },
  );

  test('that knows no lists is told as refusing', async () => {
    const { settled, socket } = await openSilently(new World());
    socket.tell('{"type":"error","code":"bad-message","message":"type: expected join"}');
    socket.end('bad-message');
    expect((await settled()).error).toMatchObject({ code: 'bad-message' });
  });

  test.each(UPGRADE_REFUSALS)('that gives no connection (%s) is told by that name, at once', async (refusal) => {
    const world = new World();
    const { settled } = asking(world);
    world.daemon.sockets[0]?.close({ code: 1006, reason: '', refusal });
    expect((await settled()).error).toMatchObject({ code: refusal });
    expect(world.daemon.sockets).toHaveLength(1);
  });
});

describe('giving up', () => {
  test.each([0, 2, 5, 8])('works %i ms after the question', async (ms) => {
    const world = new World();
    world.daemon.onClientText = () => undefined;
    const abort = new AbortController();
    const { settled } = asking(world, { signal: abort.signal });
    await world.clock.advance(ms);
    abort.abort();
    expect((await settled()).error).toMatchObject({ code: 'aborted' });
  });

  test('before the question asks nothing', async () => {
    const world = new World();
    const { settled } = asking(world, { signal: AbortSignal.abort() });
    expect((await settled()).error).toMatchObject({ code: 'aborted' });
    expect(world.daemon.sockets).toEqual([]);
  });
});
