import { describe, expect, test } from 'vitest';
import type { PeerEvent } from '../../src/peer/events.ts';
import { settle } from './fake-clock.ts';
import { bytesOf, sha256Of } from './photos.ts';
import { Member, SECRET, World } from './world.ts';

function typesOf(events: readonly PeerEvent[]): string[] {
  return events.map(({ type }) => type).filter((type) => type !== 'photo-progress');
}

describe('three peers in a room', () => {
  test('exchange a photo each: six deliveries, each acknowledged with the SHA-256 of what was stored', async () => {
    const world = new World();
    const members = await world.meet('ada', 'ben', 'cleo');
    const photos = members.map((member, seed) => member.share(seed));
    await world.clock.until(() =>
      members.every((one) => one.count('photo-delivered') === 2 && one.count('photo-received') === 2),
    );
    for (const [seed, member] of members.entries()) {
      const others = members.filter((one) => one !== member).map(({ room }) => room.you);
      const deliveries = member.of('photo-delivered');
      expect(deliveries.map(({ peer }) => peer).toSorted()).toEqual(others.toSorted());
      for (const { photo, sha256 } of deliveries) {
        expect(photo).toBe(photos[seed]);
        expect(sha256).toBe(sha256Of(bytesOf(5_000, seed)));
      }
      expect(member.sink.stored.map(({ bytes }) => sha256Of(bytes)).toSorted()).toEqual(
        [0, 1, 2]
          .filter((other) => other !== seed)
          .map((other) => sha256Of(bytesOf(5_000, other)))
          .toSorted(),
      );
      expect(member.of('peer-connected').map(({ verified, words }) => [verified, words])).toEqual([
        [true, undefined],
        [true, undefined],
      ]);
    }
  });

  test('see who was there and who came, each once', async () => {
    const world = new World();
    const [ada, ben] = await world.meet('ada', 'ben');
    if (ada === undefined || ben === undefined) throw new Error('nobody');
    expect(typesOf(ada.events)).toEqual(['room', 'peer-joined', 'peer-connected']);
    expect(typesOf(ben.events)).toEqual(['room', 'peer-connected']);
    expect(ben.of('room')[0]).toMatchObject({
      number: 2,
      capacity: 3,
      again: false,
      peers: [{ name: 'ada', number: 1 }],
    });
  });

  test('leave no secret, no photo and no name of a file in any text that the daemon sees', async () => {
    const world = new World();
    const members = await world.meet('ada', 'ben', 'cleo');
    const bytes = new TextEncoder().encode('the bytes of a photo, readable by anybody who gets them'.repeat(100));
    for (const { room } of members)
      room.share({ bytes, mediaType: 'image/png', width: 1, height: 1, name: 'holiday.png' });
    await world.clock.until(() => members.every((one) => one.count('photo-delivered') === 2));
    const seen = world.daemon.texts.join('\n');
    expect(seen).not.toContain(SECRET);
    expect(seen).not.toMatch(/readable by anybody|holiday/);
    const crossed = world.network.connections.flatMap(({ sent }) =>
      sent.map((one) => Buffer.from(one).toString('latin1')),
    );
    expect(crossed.join('\n')).not.toMatch(/readable by anybody|holiday/);
    expect(crossed.join('\n')).not.toContain(SECRET);
  });
});

describe('a latecomer', () => {
  test('gets every kept photo and none that was replaced', async () => {
    const world = new World();
    const ada = await world.join('ada');
    const first = ada.share(1);
    const second = ada.share(2);
    const third = ada.share(3, 5_000, second);
    const ben = await world.join('ben');
    await world.clock.until(() => ada.count('photo-delivered') === 2);
    await world.clock.advance(10_000);
    expect(ben.of('photo-received').map(({ photo }) => photo)).toEqual([first, third]);
    expect(ada.count('photo-delivered')).toBe(2);
  });

  test('gets neither a photo that was withdrawn nor one that is not meant for it', async () => {
    const world = new World();
    const [shed, kitchen] = await world.meet('shed', 'kitchen');
    if (shed === undefined || kitchen === undefined) throw new Error('nobody');
    const withdrawn = shed.share(1);
    await world.clock.until(() => shed.count('photo-delivered') === 1);
    shed.room.withdraw(withdrawn);
    const photo = { bytes: bytesOf(5_000, 2), mediaType: 'image/jpeg', width: 4, height: 3 } as const;
    const { photo: news } = shed.room.share(photo, { except: [kitchen.room.you] });
    const porch = await world.join('porch');
    await world.clock.until(() => shed.count('photo-delivered') === 2);
    await world.clock.advance(10_000);
    expect(porch.of('photo-received').map((event) => event.photo)).toEqual([news]);
    expect(kitchen.of('photo-received').map((event) => event.photo)).toEqual([withdrawn]);
  });

  test('gets the latest snap only, however many there were while it was connecting', async () => {
    const world = new World();
    const ada = await world.join('ada');
    let latest = ada.share(0);
    const joining = world.join('ben');
    for (let seed = 1; seed < 10; seed += 1) latest = ada.share(seed, 5_000, latest);
    const ben = await joining;
    await world.clock.until(() => ada.count('photo-delivered') === 1);
    await world.clock.advance(10_000);
    expect(ben.of('photo-received').map(({ photo }) => photo)).toEqual([latest]);
  });

  test('to a full room is refused and leaves nothing behind', async () => {
    const world = new World(2);
    await world.meet('ada', 'ben');
    await expect(world.join('cleo')).rejects.toMatchObject({ code: 'room-full' });
    await world.clock.advance(20_000);
    expect(world.network.alive('cleo')).toEqual([]);
  });
});

describe('a peer with another secret', () => {
  test('is refused on both sides, gets no byte of a photo, and what was meant for it fails', async () => {
    const world = new World();
    const ada = await world.join('ada');
    const photo = ada.share(1);
    const eve = await world.join('eve', { secret: `${SECRET.slice(0, -1)}N` });
    eve.share(2);
    await world.clock.until(() => ada.count('peer-refused') + eve.count('peer-refused') === 2);
    expect(ada.of('peer-refused')[0]?.error.code).toBe('verification-mismatch');
    expect(eve.of('peer-refused')[0]?.error.code).toBe('verification-mismatch');
    expect(ada.of('photo-failed')).toMatchObject([
      { photo, direction: 'out', error: { code: 'verification-mismatch' } },
    ]);
    ada.share(3);
    await world.clock.advance(60_000);
    expect([ada.sink.stored, eve.sink.stored]).toEqual([[], []]);
    expect(ada.count('peer-refused')).toBe(1);
    // It stays refused as long as it stays, and is met anew when it comes anew.
    await eve.room.leave();
    await world.join('eve');
    await world.clock.until(() => ada.count('photo-delivered') === 2);
  });

  test('is refused also when it has none', async () => {
    const world = new World();
    const ada = await world.join('ada');
    const eve = await world.join('eve', { withoutSecret: true });
    await world.clock.until(() => ada.count('peer-refused') + eve.count('peer-refused') === 2);
    expect(ada.of('peer-refused')[0]?.error.message).toMatch(/joined without the room secret/);
    expect(eve.of('peer-refused')[0]?.error.message).toMatch(/has the room secret and we do not/);
  });
});

test('two peers without a secret connect unverified, with the same words to compare', async () => {
  const world = new World();
  const ada = await world.join('ada', { withoutSecret: true });
  const ben = await world.join('ben', { withoutSecret: true });
  await world.clock.until(() => ada.connected === 1 && ben.connected === 1);
  const [seenByAda] = ada.of('peer-connected');
  const [seenByBen] = ben.of('peer-connected');
  expect([seenByAda?.verified, seenByBen?.verified]).toEqual([false, false]);
  expect(seenByAda?.words).toHaveLength(4);
  expect(seenByAda?.words).toEqual(seenByBen?.words);
});

describe('a daemon that is killed and started again', () => {
  test('does not disturb links and photos, and gets its peers back by themselves', async () => {
    const world = new World();
    const [ada, ben] = await world.meet('ada', 'ben');
    if (ada === undefined || ben === undefined) throw new Error('nobody');
    world.network.bytesPerMs = 50;
    ada.share(1, 500_000);
    await world.clock.until(() => ben.count('photo-progress') > 1);
    world.daemon.kill();
    await world.clock.until(() => ada.count('photo-delivered') === 1);
    expect([ada.count('daemon-lost'), ben.count('daemon-lost')]).toEqual([1, 1]);
    await world.clock.advance(60_000);
    world.daemon.start();
    await world.clock.until(() => ada.count('room') === 2 && ben.count('room') === 2);
    await world.clock.advance(60_000);
    expect(ada.of('room').map(({ you, again }) => [you, again])).toEqual([
      [ada.room.you, false],
      [ada.room.you, true],
    ]);
    for (const member of [ada, ben]) {
      expect(member.count('peer-connected')).toBe(1);
      expect([member.count('peer-left'), member.count('peer-reconnecting'), member.count('daemon-lost')]).toEqual([
        0, 0, 1,
      ]);
      expect(member.connected).toBe(1);
    }
    ben.share(2);
    await world.clock.until(() => ben.count('photo-delivered') === 1);
  });

  test('while a link was being made leads to a link all the same', async () => {
    const world = new World();
    const ada = await world.join('ada');
    const ben = await world.join('ben');
    world.daemon.kill();
    await world.clock.advance(30_000);
    world.daemon.start();
    await world.clock.until(() => ada.connected === 1 && ben.connected === 1);
    await world.clock.advance(60_000);
    expect([ada.connected, ben.connected]).toEqual([1, 1]);
  });
});

describe('a peer that vanishes', () => {
  test('is told as lost, with what was on its way, in less than 15 s, once', async () => {
    const world = new World();
    const [ada, ben] = await world.meet('ada', 'ben');
    if (ada === undefined || ben === undefined) throw new Error('nobody');
    world.network.bytesPerMs = 10;
    const photo = ada.share(1, 2_000_000);
    await world.clock.until(() => ben.count('photo-progress') > 1);
    const at = world.clock.now();
    ben.crash();
    await world.clock.until(() => ada.count('peer-left') === 1);
    expect(world.clock.now() - at).toBeLessThan(15_000);
    expect(ada.of('peer-left')).toMatchObject([{ name: 'ben', reason: 'lost' }]);
    expect(ada.of('photo-failed')).toMatchObject([{ photo, direction: 'out', error: { code: 'transfer-failed' } }]);
    await world.clock.advance(120_000);
    expect([ada.count('peer-left'), ada.count('photo-failed'), ada.count('peer-reconnecting')]).toEqual([1, 1, 0]);
    expect(world.network.alive()).toEqual([]);
    expect(ada.room.peers()).toEqual([]);
    // Nothing but the watch over the daemon's socket.
    expect(ada.timers.pending).toBe(1);
  });

  test('and comes back before its seat is given up is met again and gets the photos', async () => {
    const world = new World();
    const [ada, ben] = await world.meet('ada', 'ben');
    if (ada === undefined || ben === undefined) throw new Error('nobody');
    const ben2 = ben.room.you;
    // No network at all for ben: neither link nor daemon.
    world.network.cut();
    const socket = world.daemon.socketOf('ben');
    world.daemon.isUp = false;
    socket.lose();
    await world.clock.until(() => ada.count('peer-left') === 1);
    const photo = ada.share(7);
    world.daemon.isUp = true;
    await world.clock.until(() => ada.connected === 1 && ben.connected === 1);
    expect(ada.room.peers()).toMatchObject([{ peer: ben2, connected: true }]);
    await world.clock.until(() => ada.of('photo-delivered').some((one) => one.photo === photo));
    await world.clock.advance(120_000);
    expect(typesOf(ada.events)).toEqual([
      'room',
      'peer-joined',
      'peer-connected',
      'peer-left',
      'peer-joined',
      'peer-connected',
      'photo-delivered',
    ]);
  });

  test('from the daemon alone stays linked, however long that lasts', async () => {
    const world = new World();
    const [ada, ben] = await world.meet('ada', 'ben');
    if (ada === undefined || ben === undefined) throw new Error('nobody');
    world.daemon.isUp = false;
    world.daemon.drop('ben');
    await world.clock.advance(300_000);
    expect(ada.connected).toBe(1);
    ada.share(1);
    ben.share(2);
    await world.clock.until(() => ada.count('photo-delivered') === 1 && ben.count('photo-delivered') === 1);
    // Its seat is long gone; with its token it gets the same one again.
    world.daemon.isUp = true;
    await world.clock.until(() => ben.count('room') === 2);
    await world.clock.advance(120_000);
    expect([ada.connected, ben.connected]).toEqual([1, 1]);
    expect(ada.count('peer-left') + ben.count('peer-left') + ada.count('peer-reconnecting')).toBe(0);
  });

  test('as a link only is connected again, and the photo goes on where it stopped', async () => {
    const world = new World();
    const [ada, ben] = await world.meet('ada', 'ben');
    if (ada === undefined || ben === undefined) throw new Error('nobody');
    world.network.bytesPerMs = 50;
    ada.share(1, 1_000_000);
    const progress = (): number => ben.of('photo-progress').at(-1)?.bytes ?? 0;
    await world.clock.until(() => progress() > 300_000);
    const before = progress();
    world.network.cut();
    const sentBefore = world.network.connections.length;
    await world.clock.until(() => ada.count('photo-delivered') === 1);
    const resent = world.network.connections
      .slice(sentBefore)
      .flatMap(({ sent }) => sent)
      .reduce((sum, { length }) => sum + length, 0);
    expect(resent).toBeLessThan(1_000_000 - before + 20_000);
    expect(ben.sink.stored.map(({ bytes }) => sha256Of(bytes))).toEqual([sha256Of(bytesOf(1_000_000, 1))]);
    expect(typesOf(ada.events).slice(2)).toEqual([
      'peer-connected',
      'peer-reconnecting',
      'peer-connected',
      'photo-delivered',
    ]);
  });
});

describe('a session that is over', () => {
  const TTL_MS = 60_000;

  test('makes its peer another one, which takes up what it had to send, and nothing twice', async () => {
    const world = new World(3, TTL_MS);
    const shed = await world.join('shed');
    await world.clock.advance(30_000);
    const kitchen = await world.join('kitchen');
    await world.clock.until(() => shed.connected === 1 && kitchen.connected === 1);
    const before = shed.room.you;
    const [out, back] = [shed.share(1), kitchen.share(2)];
    await world.clock.until(() => shed.count('photo-delivered') + kitchen.count('photo-delivered') === 2);
    await world.clock.until(() => shed.count('room') === 2 && shed.connected === 1);
    const after = shed.room.you;
    expect(after).not.toBe(before);
    expect(shed.of('daemon-lost').map(({ error }) => error.code)).toEqual(['session-expired']);
    expect(shed.of('peer-reconnecting')).toMatchObject([{ error: { code: 'session-expired' } }]);
    expect(shed.count('peer-left')).toBe(0);
    expect(kitchen.of('peer-left')).toMatchObject([{ peer: before, reason: 'expired' }]);
    expect(kitchen.of('peer-joined')).toMatchObject([{ peer: after, name: 'shed' }]);
    await world.clock.advance(20_000);
    // Shed knows that kitchen has its photo; kitchen cannot know that shed is the same, and shed says that it has it.
    expect(shed.of('photo-delivered').map(({ photo }) => photo)).toEqual([out]);
    expect(kitchen.of('photo-delivered').map(({ photo, peer }) => [photo, peer])).toEqual([
      [back, before],
      [back, after],
    ]);
    expect([shed.sink.stored.length, kitchen.sink.stored.length]).toEqual([1, 1]);
    expect([shed.count('photo-received'), kitchen.count('photo-received')]).toEqual([1, 1]);
    // And whoever comes now gets both.
    const porch = await world.join('porch');
    await world.clock.until(() => porch.count('photo-received') === 2);
  });

  test('in the middle of photos loses none of them, in either direction', async () => {
    const world = new World(3, TTL_MS);
    const shed = await world.join('shed');
    await world.clock.advance(30_000);
    const kitchen = await world.join('kitchen');
    await world.clock.until(() => shed.connected === 1 && kitchen.connected === 1);
    const photos = (member: Member, first: number) => [0, 1, 2].map((seed) => member.share(first + seed, 200_000));
    const expected: string[][] = [];
    await world.clock.advance(28_000);
    // Shared around the end of the session: before it, in its gap, after it.
    while (shed.count('photo-delivered') + kitchen.count('photo-delivered') === 0 || shed.count('room') === 1) {
      if (expected.length < 40)
        expected.push(photos(shed, 10 * expected.length), photos(kitchen, 10 * expected.length + 5));
      await world.clock.advance(100);
    }
    const sent = (index: number) =>
      expected
        .filter((_, at) => at % 2 === index)
        .flat()
        .toSorted();
    await world.clock.until(
      () => kitchen.sink.stored.length >= sent(0).length && shed.sink.stored.length >= sent(1).length,
    );
    await world.clock.advance(20_000);
    expect(
      kitchen
        .of('photo-received')
        .map(({ photo }) => photo)
        .toSorted(),
    ).toEqual(sent(0));
    expect(
      shed
        .of('photo-received')
        .map(({ photo }) => photo)
        .toSorted(),
    ).toEqual(sent(1));
    expect(new Set(shed.of('photo-delivered').map(({ photo }) => photo))).toEqual(new Set(sent(0)));
    // Who goes on as before hears that these failed for one peer, and were delivered to the other.
    expect(shed.count('photo-failed')).toBe(0);
  });

  test('at the same time for all leaves a room of new peers that know each other', async () => {
    const world = new World(3, TTL_MS);
    const members = await world.meet('shed', 'kitchen', 'porch');
    const photo = members[0]?.share(1);
    await world.clock.until(() => members[0]?.count('photo-delivered') === 2);
    await world.clock.until(() => members.every((one) => one.count('room') === 2 && one.connected === 2));
    await world.clock.advance(30_000);
    for (const member of members) {
      expect(
        member.room
          .peers()
          .map(({ peer }) => peer)
          .toSorted(),
      ).toEqual(
        members
          .filter((one) => one !== member)
          .map(({ room }) => room.you)
          .toSorted(),
      );
      expect(member.sink.stored).toHaveLength(member === members[0] ? 0 : 1);
      if (member !== members[0]) expect(member.of('photo-received').map((event) => event.photo)).toEqual([photo]);
    }
    expect(world.network.alive().length).toBeLessThanOrEqual(6);
  });

  test('while the daemon was away ends when it is back, and nobody is lost', async () => {
    const world = new World(3, TTL_MS);
    const [shed, kitchen] = await world.meet('shed', 'kitchen');
    if (shed === undefined || kitchen === undefined) throw new Error('nobody');
    const before = [shed.room.you, kitchen.room.you];
    world.daemon.kill();
    await world.clock.advance(2 * TTL_MS);
    expect([shed.connected, kitchen.connected]).toEqual([1, 1]);
    world.daemon.start();
    await world.clock.until(() => [shed, kitchen].every((one) => one.count('room') === 2));
    await world.clock.until(() => [shed, kitchen].every((one) => one.connected === 1));
    expect(before).not.toContain(shed.room.you);
    const photo = shed.share(3);
    await world.clock.until(() => kitchen.of('photo-received').some((one) => one.photo === photo));
    expect(shed.room.peers()).toMatchObject([{ peer: kitchen.room.you, connected: true }]);
  });

  test('ends the links to peers that hear nothing of the daemon, which are told over them', async () => {
    const world = new World(3, TTL_MS);
    const [shed, kitchen] = await world.meet('shed', 'kitchen');
    if (shed === undefined || kitchen === undefined) throw new Error('nobody');
    world.daemon.kill();
    await world.clock.advance(2 * TTL_MS);
    world.daemon.onClientText = (text, { owner }) => (owner === 'kitchen' ? undefined : text);
    world.daemon.start();
    await world.clock.until(() => shed.count('room') === 2 && kitchen.count('peer-left') === 1);
    // Who was there, and is not in the room that shed came back to.
    expect(shed.of('peer-left')).toMatchObject([{ peer: kitchen.room.you, name: 'kitchen', reason: 'lost' }]);
    await world.clock.advance(5_000);
    expect(world.network.alive('shed')).toEqual([]);
    world.daemon.onClientText = (text) => text;
    await world.clock.until(() => shed.connected === 1 && kitchen.connected === 1);
  });

  test('can be followed by leaving, which the others hear over the links of before', async () => {
    const world = new World(3, TTL_MS);
    const [shed, kitchen] = await world.meet('shed', 'kitchen');
    if (shed === undefined || kitchen === undefined) throw new Error('nobody');
    await world.clock.advance(TTL_MS - 10_000);
    // Kitchen hears nothing of the daemon any more, and does not know it yet.
    world.daemon.socketOf('kitchen').isCut = true;
    shed.onEvent = ({ type }) => {
      if (type === 'peer-reconnecting') void shed.room.leave();
    };
    await world.clock.until(() => kitchen.count('peer-left') === 1);
    expect(kitchen.of('peer-left')).toMatchObject([{ reason: 'left' }]);
    await world.clock.advance(5_000);
    expect(world.network.alive('shed')).toEqual([]);
    expect(shed.timers.pending).toBe(0);
  });

  test('can be left at the sight of any event of it, and nothing is left running', async () => {
    for (let at = 1; at < 12; at += 1) {
      const world = new World(3, 10_000);
      const [shed, kitchen] = await world.meet('shed', 'kitchen');
      if (shed === undefined || kitchen === undefined) throw new Error('nobody');
      let seen = 0;
      shed.onEvent = () => {
        seen += 1;
        if (seen === at) void shed.room.leave();
      };
      await world.clock.advance(60_000);
      expect(seen).toBe(at);
      expect(shed.timers.pending).toBe(0);
      expect(world.network.alive('shed')).toEqual([]);
    }
  });
});

describe('a photo that failed', () => {
  test('goes out again to the peer that did not get it, and to nobody else', async () => {
    const world = new World();
    const [shed, kitchen, porch] = await world.meet('shed', 'kitchen', 'porch');
    if (shed === undefined || kitchen === undefined || porch === undefined) throw new Error('nobody');
    kitchen.sink.before = () => Promise.reject(new Error('the disk is full'));
    const photo = shed.share(1);
    await world.clock.until(() => shed.count('photo-failed') === 1 && shed.count('photo-delivered') === 1);
    kitchen.sink.before = () => Promise.resolve();
    shed.room.retry(photo, kitchen.room.you);
    shed.room.retry(photo, kitchen.room.you);
    shed.room.retry('unknown', kitchen.room.you);
    shed.room.retry(photo, 'nobody');
    await world.clock.until(() => shed.count('photo-delivered') === 2);
    await world.clock.advance(10_000);
    expect(shed.of('photo-delivered').map(({ peer }) => peer)).toEqual([porch.room.you, kitchen.room.you]);
    expect([kitchen.sink.stored.length, porch.sink.stored.length]).toEqual([1, 1]);
  });
});

describe('a device that was asleep', () => {
  test('and is told to hurry is back in less than 10 s, whatever died meanwhile, and nothing is lost', async () => {
    const world = new World();
    const [shed, kitchen] = await world.meet('shed', 'kitchen');
    if (shed === undefined || kitchen === undefined) throw new Error('nobody');
    world.network.cut();
    world.daemon.onClientText = (text, socket) => (socket.owner === 'shed' ? undefined : text);
    const photo = shed.share(1);
    shed.room.hurry();
    await world.clock.advance(3_100);
    world.daemon.onClientText = (text) => text;
    await world.clock.advance(6_900);
    expect(shed.of('photo-delivered').map((event) => event.photo)).toEqual([photo]);
    expect(shed.of('room').map(({ again }) => again)).toEqual([false, true]);
  });
});

describe('leaving', () => {
  test('is heard by everybody as leaving, within a moment, and is silent here', async () => {
    const world = new World();
    const [ada, ben, cleo] = await world.meet('ada', 'ben', 'cleo');
    if (ada === undefined || ben === undefined || cleo === undefined) throw new Error('nobody');
    const known = ada.events.length;
    const at = world.clock.now();
    let left = false;
    void ada.room.leave().then(() => (left = true));
    await world.clock.until(() => left);
    expect(world.clock.now() - at).toBeLessThan(100);
    await world.clock.advance(60_000);
    expect(ada.events).toHaveLength(known);
    for (const member of [ben, cleo]) {
      expect(member.of('peer-left')).toMatchObject([{ peer: ada.room.you, name: 'ada', reason: 'left' }]);
      expect(member.connected).toBe(1);
    }
    expect(world.network.alive('ada')).toEqual([]);
    expect(ada.timers.pending).toBe(0);
  });

  test('takes a photo that is on its way with it, and no timer waits for the receipt', async () => {
    const world = new World();
    const [ada, ben] = await world.meet('ada', 'ben');
    if (ada === undefined || ben === undefined) throw new Error('nobody');
    world.network.bytesPerMs = 10;
    ada.share(1, 2_000_000);
    await world.clock.until(() => ben.count('photo-progress') > 1);
    let left = false;
    void ada.room.leave().then(() => (left = true));
    await world.clock.until(() => left);
    expect(ada.timers.pending).toBe(0);
    await world.clock.until(() => ben.count('peer-left') === 1);
    expect(ben.sink.stored).toEqual([]);
  });

  test('works whatever the moment, and leaves nothing running', async () => {
    for (let ms = 0; ms < 80; ms += 3) {
      const world = new World();
      const ada = await world.join('ada');
      const ben = await world.join('ben');
      await world.clock.advance(ms);
      const leaving = Promise.all([ben.room.leave(), ben.room.leave()]);
      await world.clock.advance(3_000);
      await leaving;
      expect(world.network.alive('ben')).toEqual([]);
      expect(ben.timers.pending).toBe(0);
      await world.clock.until(() => ada.room.peers().length === 0);
    }
  });

  test('while somebody else joins leaves nothing running', async () => {
    const world = new World();
    const [ada] = await world.meet('ada', 'ben');
    if (ada === undefined) throw new Error('nobody');
    // Nobody answers the goodbye, so it takes its whole second.
    world.network.cut();
    const leaving = ada.room.leave();
    await world.clock.advance(100);
    await world.join('cleo');
    await world.clock.advance(60_000);
    await leaving;
    expect(world.network.alive('ada')).toEqual([]);
    expect(ada.timers.pending).toBe(0);
  });

  test('by everybody at once is fine', async () => {
    const world = new World();
    const members = await world.meet('ada', 'ben', 'cleo');
    const leaving = Promise.all(members.map(({ room }) => room.leave()));
    await world.clock.advance(200);
    await leaving;
    expect(world.network.alive()).toEqual([]);
    for (const member of members) expect(member.timers.pending).toBe(0);
  });

  test('at the sight of any event leaves nothing running', async () => {
    for (const type of ['room', 'peer-joined', 'peer-connected', 'photo-received', 'photo-delivered'] as const) {
      const world = new World();
      const ada = await world.join('ada');
      ada.share(1);
      ada.onEvent = (event) => {
        if (event.type === type) void ada.room.leave();
      };
      const ben = await world.join('ben');
      ben.share(2);
      if (type === 'room') {
        world.daemon.kill();
        world.daemon.start();
      }
      await world.clock.advance(20_000);
      expect(world.network.alive('ada')).toEqual([]);
      expect(ada.timers.pending).toBe(0);
      expect(ada.events.at(-1)?.type).toBe(type);
    }
  });

  test('is the end of sharing', async () => {
    const world = new World();
    const ada = await world.join('ada');
    await ada.room.leave();
    expect(() => ada.share(1)).toThrow(expect.objectContaining({ code: 'aborted' }));
    expect(ada.room.peers()).toEqual([]);
  });

  test('tells of a photo that was just being stored, and of nothing once it is over', async () => {
    const world = new World();
    const [ada, ben] = await world.meet('ada', 'ben');
    if (ada === undefined || ben === undefined) throw new Error('nobody');
    const finish: (() => void)[] = [];
    ben.sink.before = () => new Promise((resolve) => finish.push(resolve));
    ada.share(1);
    await world.clock.until(() => finish.length === 1);
    ada.share(2);
    await settle();
    world.network.cut();
    const leaving = ben.room.leave();
    finish[0]?.();
    await settle();
    expect(ben.count('photo-received')).toBe(1);
    await world.clock.advance(2_000);
    await leaving;
    finish[1]?.();
    await settle();
    expect(ben.count('photo-received')).toBe(1);
  });
});

describe('joining', () => {
  test('that is given up in time leaves nothing running', async () => {
    for (const ms of [0, 2, 4, 7, 9]) {
      const world = new World();
      await world.join('ada');
      const ben = new Member(world, 'ben');
      const abort = new AbortController();
      const joining = ben.joining({ signal: abort.signal });
      const outcome = joining.then(
        () => 'joined',
        (error: { code: string }) => error.code,
      );
      await world.clock.advance(ms);
      abort.abort(new Error('enough'));
      await world.clock.advance(20_000);
      if ((await outcome) === 'joined') await Promise.all([(await joining).leave(), world.clock.advance(3_000)]);
      else expect(await outcome).toBe('aborted');
      expect(ben.timers.pending).toBe(0);
      expect(world.network.alive('ben')).toEqual([]);
    }
  });

  test('that is given up at the sight of the room leaves nothing running', async () => {
    const world = new World();
    await world.join('ada');
    const ben = new Member(world, 'ben');
    const abort = new AbortController();
    ben.onEvent = () => abort.abort();
    const joining = ben.joining({ signal: abort.signal });
    const rejected = expect(joining).rejects.toMatchObject({ code: 'aborted' });
    await world.clock.advance(20_000);
    await rejected;
    expect(ben.timers.pending).toBe(0);
    expect(world.network.alive('ben')).toEqual([]);
  });

  test('that was given up before it began does not even ask', async () => {
    const world = new World();
    await expect(world.join('ada', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    expect(world.daemon.sockets).toEqual([]);
  });

  test.each([
    ['a room name', { room: 'no such/room' }],
    ['a secret', { secret: 'two words' }],
    ['a server', { server: 'nonsense' }],
  ])('with %s that is none is refused as usage', async (_what, options) => {
    const world = new World();
    await expect(world.join('ada', options)).rejects.toMatchObject({ code: 'usage' });
  });
});

test('a daemon that does not want us back ends everything: the last event says so', async () => {
  const world = new World();
  const [ada, ben] = await world.meet('ada', 'ben');
  if (ada === undefined || ben === undefined) throw new Error('nobody');
  world.daemon.socketOf('ada').end('superseded');
  await world.clock.advance(60_000);
  expect(ada.events.at(-1)).toMatchObject({ type: 'ended', error: { code: 'superseded' } });
  expect(ben.of('peer-left')).toMatchObject([{ reason: 'left' }]);
  expect(ada.timers.pending).toBe(0);
  expect(world.network.alive('ada')).toEqual([]);
});

test('signals that nobody can read, and those of strangers, disturb nothing', async () => {
  const world = new World();
  const [ada, ben] = await world.meet('ada', 'ben');
  if (ada === undefined || ben === undefined) throw new Error('nobody');
  const payloads = ['', 'null', '[]', '{"type":"description"}', '{"__proto__":{}}', '['.repeat(10_000), '\u0000'];
  for (const payload of payloads)
    for (const from of [ben.room.you, 'Z'.repeat(16)])
      world.daemon.socketOf('ada').tell(`${JSON.stringify({ type: 'signal', from })}\n${payload}`);
  await world.clock.advance(30_000);
  expect([ada.connected, ben.connected]).toEqual([1, 1]);
  expect(ada.count('peer-reconnecting')).toBe(0);
});
