import { describe, expect, test } from 'vitest';
import { SnapError } from '../../src/protocol/errors.ts';
import {
  canRetry,
  droppedUrls,
  EMPTY_ROOM,
  HISTORY,
  latestPerPeer,
  reduceRoom,
  type ReceivedPhoto,
  type RoomEvent,
  type RoomView,
} from '../../src/web/room-view.ts';
import { tileState } from '../../src/web/tile-state.ts';

const SHED = { peer: 'a', name: 'shed', kind: 'terminal', number: 1 } as const;
const ATTIC = { peer: 'b', name: 'attic', kind: 'browser', number: 2 } as const;
const ROOM = {
  type: 'room',
  room: 'garden',
  you: 'y',
  number: 3,
  capacity: 3,
  again: false,
  daemonVersion: '0.1.0',
  transport: 'ws',
} as const;
const FAILED = new SnapError('photo-refused', 'no picture');

function after(...events: readonly RoomEvent[]): RoomView {
  return events.reduce(reduceRoom, EMPTY_ROOM);
}

function connected({ peer, name }: { peer: string; name: string }, verified = true): RoomEvent {
  const words = verified ? {} : { words: ['one', 'two', 'three', 'four'] };
  return { type: 'peer-connected', peer, name, route: 'local', verified, ...words, ms: 1 };
}

function shared(photo: string): RoomEvent {
  return { type: 'shared', photo: { photo, url: `blob:${photo}`, width: 1, height: 1, bytes: 1 } };
}

function shown(number: number, peer = 'a', sha256 = `hash${number}`): RoomEvent {
  const photo: ReceivedPhoto = {
    photo: `p${number}`,
    peer,
    from: 'shed',
    url: `blob:${number}`,
    mediaType: 'image/png',
    width: 1,
    height: 1,
    bytes: 1,
    sha256,
  };
  return { type: 'shown', photo };
}

function tile(view: RoomView, at = 0): string {
  const peer = view.peers[at];
  return peer === undefined ? 'none' : tileState(view, peer).text;
}

describe('a tile says', () => {
  const here = { ...ROOM, peers: [SHED] };
  const out = { type: 'photo-progress', direction: 'out', photo: 'x', peer: 'a' } as const;
  const delivered = {
    type: 'photo-delivered',
    photo: 'x',
    peer: 'a',
    sha256: 'x',
    bytes: 1,
    stored: true,
    ms: 1,
  } as const;
  const left = { type: 'peer-left', peer: 'a', name: 'shed', reason: 'left' } as const;
  const lost = { type: 'peer-reconnecting', peer: 'a', name: 'shed', error: FAILED } as const;
  test.each<[string, RoomEvent[]]>([
    ['connecting', [here]],
    ['connected · same network', [here, connected(SHED)]],
    ['waiting to send', [here, connected(SHED), shared('x')]],
    ['sending 40 %', [here, connected(SHED), shared('x'), { ...out, bytes: 40, total: 100 }]],
    // All bytes are out of here, but nobody has said that they arrived.
    ['sending 100 %', [here, connected(SHED), shared('x'), { ...out, bytes: 100, total: 100 }]],
    ['delivered ✓ · same network', [here, connected(SHED), shared('x'), delivered]],
    ['receiving 50 %', [here, connected(SHED), { ...out, direction: 'in', photo: 'z', bytes: 1, total: 2 }]],
    ['reconnecting', [here, connected(SHED), lost]],
    ['connected · same network', [here, connected(SHED), lost, connected(SHED)]],
    ['left', [here, connected(SHED), left]],
    ['gone', [here, connected(SHED), { ...left, reason: 'lost' }]],
    ['expired', [here, connected(SHED), { ...left, reason: 'expired' }]],
    ['connecting', [here, connected(SHED), left, { type: 'peer-joined', ...SHED }]],
    [
      'not delivered',
      [
        here,
        connected(SHED),
        shared('x'),
        { type: 'photo-failed', direction: 'out', photo: 'x', peer: 'a', error: FAILED },
      ],
    ],
    [
      'photo refused',
      [here, connected(SHED), { type: 'photo-failed', direction: 'in', photo: 'z', peer: 'a', error: FAILED }],
    ],
    [
      'not verified',
      [
        here,
        { type: 'peer-refused', peer: 'a', name: 'shed', error: new SnapError('verification-mismatch', 'other keys') },
      ],
    ],
  ])('%s', (text, events) => {
    expect(tile(after(...events))).toBe(text);
  });

  test('the safety words of a peer that is not verified', () => {
    expect(after(here, connected(SHED, false)).peers[0]?.trust).toEqual({
      verified: false,
      words: ['one', 'two', 'three', 'four'],
    });
  });
});

describe('a photo of ours', () => {
  const joined = [{ ...ROOM, peers: [SHED, ATTIC] }, connected(SHED), connected(ATTIC), shared('x')] as const;
  const toShed = {
    type: 'photo-delivered',
    photo: 'x',
    peer: 'a',
    sha256: 'x',
    bytes: 1,
    stored: true,
    ms: 1,
  } as const;
  const notToAttic = { type: 'photo-failed', direction: 'out', photo: 'x', peer: 'b', error: FAILED } as const;

  test('that failed for one and is retried stays delivered for the other, whatever comes of it', () => {
    const view = after(
      ...joined,
      toShed,
      notToAttic,
      { type: 'retried', photo: 'x', peer: 'b' },
      { type: 'photo-progress', direction: 'out', photo: 'x', peer: 'a', bytes: 1, total: 2 },
    );
    expect(view.sent[0]?.deliveries.map(({ state }) => state.type)).toEqual(['delivered', 'waiting']);
  });

  test('is offered by a new seat of ours to those who have not got it, and failed for those who left meanwhile', () => {
    const view = after(
      ...joined,
      toShed,
      { type: 'rejoining' },
      { ...ROOM, peers: [SHED] },
      { type: 'shared-again', before: 'x', photo: 'x2' },
    );
    expect(view.sent[0]?.photo).toBe('x2');
    const states = view.sent[0]?.deliveries.map(({ peer, state }) => [peer, state.type]);
    expect(states).toEqual([
      ['b', 'failed'],
      ['a', 'delivered'],
    ]);
    expect(view.peers.map(({ link }) => link.state)).toEqual(['connecting']);
  });

  test('may be retried while somebody who has not got it is still there', () => {
    const mayRetry = (view: RoomView): boolean =>
      view.sent.some(({ deliveries }) => deliveries.some((delivery) => canRetry(view, delivery)));
    const failed = after(...joined, toShed, notToAttic);
    expect(mayRetry(after(...joined, toShed))).toBe(false);
    expect(mayRetry(failed)).toBe(true);
    expect(mayRetry(reduceRoom(failed, { type: 'peer-left', peer: 'b', name: 'attic', reason: 'left' }))).toBe(false);
  });

  test('is still due to whoever joins later', () => {
    const view = after(...joined.slice(0, 1), shared('x'), {
      type: 'peer-joined',
      peer: 'c',
      name: 'Cleo',
      kind: 'camera',
      number: 4,
    });
    expect(view.sent[0]?.deliveries.at(-1)).toEqual({ peer: 'c', name: 'Cleo', state: { type: 'waiting' } });
  });

  test('waits again when the connection breaks under it', () => {
    const view = after(
      ...joined,
      { type: 'photo-progress', direction: 'out', photo: 'x', peer: 'a', bytes: 1, total: 2 },
      { type: 'peer-reconnecting', peer: 'a', name: 'shed', error: FAILED },
    );
    expect(view.sent[0]?.deliveries[0]?.state).toEqual({ type: 'waiting' });
  });
});

describe('received photos', () => {
  test(`are kept up to ${HISTORY}, newest first, and the address of each that goes is named once`, () => {
    let view = after({ ...ROOM, peers: [SHED] });
    const dropped: string[] = [];
    for (let number = 0; number < HISTORY + 5; number += 1) {
      const next = reduceRoom(view, shown(number));
      dropped.push(...droppedUrls(view, next));
      view = next;
    }
    expect(view.received).toHaveLength(HISTORY);
    expect(view.received[0]?.photo).toBe(`p${HISTORY + 4}`);
    expect(dropped).toEqual(['blob:0', 'blob:1', 'blob:2', 'blob:3', 'blob:4']);
  });

  test('that come twice from the same peer are shown once', () => {
    const first = after({ ...ROOM, peers: [SHED] }, shown(1, 'a', 'same'));
    const second = reduceRoom(first, shown(2, 'a', 'same'));
    expect(second.received.map(({ photo }) => photo)).toEqual(['p2']);
    expect(droppedUrls(first, second)).toEqual(['blob:1']);
  });

  test('are shown large once for each peer: the latest', () => {
    const { received } = after({ ...ROOM, peers: [SHED, ATTIC] }, shown(1, 'a'), shown(2, 'b'), shown(3, 'a'));
    expect(latestPerPeer(received).map(({ photo }) => photo)).toEqual(['p3', 'p2']);
  });
});

test('who left makes room in the list for who comes', () => {
  const view = after(
    { ...ROOM, peers: [SHED, ATTIC] },
    { type: 'peer-left', peer: 'a', name: 'shed', reason: 'lost' },
    { type: 'peer-joined', peer: 'c', name: 'Cleo', kind: 'camera', number: 4 },
  );
  expect(view.peers.map(({ name }) => name)).toEqual(['attic', 'Cleo']);
});

test('a daemon out of reach is said, and so is its return', () => {
  const gone = after({ ...ROOM, peers: [SHED] }, connected(SHED), { type: 'daemon-lost', error: FAILED });
  expect(gone.daemon).toBe('unreachable');
  expect(tile(gone)).toBe('connected · same network');
  const back = reduceRoom(gone, { ...ROOM, again: true, peers: [SHED] });
  expect(back.daemon).toBe('here');
  expect(tile(back)).toBe('connected · same network');
  expect(back.announcement).not.toEqual(gone.announcement);
});
