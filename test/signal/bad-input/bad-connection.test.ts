import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { DaemonEvent } from '../../../src/signal/events.ts';
import { openCable } from '../../lab/cable.ts';
import { rawSocket, readToEnd, until } from '../ws-client.ts';
import { exchange, hear, type Place } from './system.ts';
import { SYSTEMS, World } from './world.ts';

/** What the kernel may hold between two sockets of this machine, and as much again. */
const FLOOD_BYTES = 32_000_000;
const LETTER = 'x'.repeat(60_000);

const BURSTS = 10;
const BURST = 100;

describe.each(SYSTEMS.map((system) => ({ name: system.name, system })))('a client of $name', ({ system }) => {
  test('that never reads is cut before it fills the memory', async () => {
    const log = new Log();
    await using world = await World.open({ queuedBytes: 262_144, closeMs: 50, sweepMs: 20 }, log.add);
    await using cable = await openCable(world.placeOf(system));
    await using party = await world.gather(system, cable);
    const { self, other, third } = party;
    const { connections } = world.daemon.stats();
    cable.stall();
    log.clear();
    for (let sent = 0; !log.hasDeparture; sent += LETTER.length) {
      expect(sent).toBeLessThan(FLOOD_BYTES);
      // Where letters are answered, the one that comes too late is refused.
      await other.send(self, LETTER).catch(() => {});
      await world.exchange();
    }
    await hear([third], system.farewell);
    await until(() => world.daemon.stats().connections < connections);
    await world.exchange();
    expect(world.failures).toEqual([]);
    // Otherwise it would wait for an answer to its goodbye.
    await cable[Symbol.asyncDispose]();
  });

  test('that has not even sent a request in time is cut', async () => {
    await using world = await World.open({ requestMs: 500, sweepMs: 20 });
    const place = world.placeOf(system);
    const [silent, slow] = [await knock(place), await knock(place)];
    slow.write(system.knock.request(0).slice(0, -2));
    expect(await readToEnd(silent)).toMatch(/^(HTTP\/1\.1 408 .*)?$/s);
    expect(await readToEnd(slow)).toMatch(/^HTTP\/1\.1 408 /);
    await world.exchange();
  });

  const { silence } = system;
  if (typeof silence === 'function') {
    test('that connects and never speaks is cut', async () => {
      await using world = await World.open({ joinMs: 1_000, sweepMs: 20 });
      const { connections } = world.daemon.stats();
      await silence(world.placeOf(system));
      await until(() => world.daemon.stats().connections === connections);
      await world.exchange();
    });
  } else {
    test(`that connects and never speaks: does not apply, since ${silence.because}`, () =>
      expect(silence.because).not.toBe(''));
  }

  test('whose machine has vanished is noticed, and its place is free', async () => {
    const log = new Log();
    const limits = { pingMs: 200, silentMs: 1_500, seatHoldMs: 50, closeMs: 50, sweepMs: 20 };
    await using world = await World.open(limits, log.add);
    await using cable = await openCable(world.placeOf(system));
    await using party = await world.gather(system, cable);
    const { room, name, self, other, third } = party;
    const { connections } = world.daemon.stats();
    await system.prove?.(self);
    cable.cut();
    log.clear();
    while (!log.hasDeparture) await world.exchange();
    await hear([other, third], [...system.farewell, ...system.freed]);
    await until(() => world.daemon.stats().connections === connections - 1);
    await using newcomer = await system.enter(world.placeOf(system), room, name, [other, third]);
    await exchange([newcomer, other, third]);
    await world.exchange();
    expect(world.failures).toEqual([]);
    await cable[Symbol.asyncDispose]();
  });

  test('and a thousand more from its address: as many as there is room for, and nobody else notices', async () => {
    const log = new Log();
    const limits = { connections: 50, joinMs: 1_000, pingMs: 200, silentMs: 1_500, resumeMs: 100, sweepMs: 20 };
    await using world = await World.open(limits, log.add);
    const { connections } = world.daemon.stats();
    const place = world.placeOf(system);
    const statuses: number[] = [];
    for (let burst = 0; burst < BURSTS; burst += 1) {
      const connects = Array.from({ length: BURST }, async (_, nth) => {
        const socket = await knock(place);
        socket.write(system.knock.request(BURST * burst + nth));
        const [answer] = (await once(socket, 'data')) as [Buffer];
        statuses.push(Number(/^HTTP\/1\.1 (\d+) /.exec(answer.toString('latin1'))?.[1]));
        return socket;
      });
      const sockets = await Promise.all([...connects, world.exchange()]);
      for (const socket of sockets) socket?.destroy();
    }
    const refused = statuses.filter((status) => status === 503).length;
    expect(statuses).toHaveLength(BURSTS * BURST);
    expect(statuses.filter((status) => status === system.knock.status).length).toBe(BURSTS * BURST - refused);
    // The first burst alone has more than there is room for.
    expect(refused).toBeGreaterThanOrEqual(BURST - (limits.connections - connections));
    expect(log.refusals).toBe(refused);
    await until(() => world.daemon.stats().connections === connections);
    await world.exchange();
    expect(world.failures).toEqual([]);
  });
});

/** What a daemon has reported. */
class Log {
  #events: DaemonEvent[] = [];

  readonly add = (event: DaemonEvent): void => void this.#events.push(event);

  clear(): void {
    this.#events = [];
  }

  get hasDeparture(): boolean {
    return this.#events.some(({ type }) => type === 'peer-left' || type === 'peer-away');
  }

  get refusals(): number {
    return this.#events.filter((event) => event.type === 'refused' && event.reason === 'too-many-connections').length;
  }
}

function knock({ url }: Place): Promise<Socket> {
  return rawSocket({ port: Number(new URL(url).port) });
}
