import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import type { ClientMessage } from '../../src/protocol/signaling.ts';
import { AccessKeys } from '../../src/signal/access.ts';
import { AccessGate } from '../../src/signal/access-gate.ts';
import { DAEMON_LIMITS } from '../../src/signal/daemon-limits.ts';
import type { Line } from '../../src/signal/switchboard.ts';

const KEY = 'k'.repeat(32);
const WRONG = 'w'.repeat(32);
const MINUTE = 60_000;

function join(access: string): Buffer {
  const message: ClientMessage = { type: 'join', room: 'garden', name: '', kind: 'terminal', access };
  return Buffer.from(JSON.stringify(message));
}

/** A gate without a network: what comes through it, and how each line ends, is told in order. */
function start() {
  const time = { awake: 0, date: 1_800_000_000_000 };
  const told: string[] = [];
  const keys = new AccessKeys([KEY]);
  let wake = (): void => {};
  const tell = (text: string): void => {
    told.push(text);
    wake();
  };
  const inner = {
    open: () => {},
    receive: (_: Line, data: Buffer) => tell(`in ${(JSON.parse(data.toString()) as ClientMessage).type}`),
    cut: (_: Line, reason: string) => tell(reason),
    gone: () => {},
  };
  const gate = new AccessGate(inner, keys, {
    limits: DAEMON_LIMITS,
    now: () => time.awake,
    date: () => time.date,
    addressOf: ({ headers }) => headers.host ?? '',
    onEvent: () => {},
  });
  const from = (address: string): IncomingMessage => ({ headers: { host: address } }) as IncomingMessage;
  const open = (address = '192.0.2.1'): Line => {
    const line: Line = { send: () => {}, close: (reason) => tell(reason), queuedBytes: 0, transport: 'ws' };
    gate.open(line, from(address));
    return line;
  };
  return {
    time,
    keys,
    gate,
    open,
    from,
    told,
    /** What has been told once there is so much. */
    until: async (count: number): Promise<readonly string[]> => {
      while (told.length < count) await new Promise<void>((resolve) => (wake = resolve));
      return told;
    },
  };
}

test('a token that expires lets nobody in any more, and cuts nobody who is in', async () => {
  const { gate, keys, open, time, until } = start();
  const token = await keys.mint('garden', time.date, time.date + MINUTE);
  const seated = open();
  gate.receive(seated, join(token));
  await until(1);
  time.date += MINUTE;
  gate.receive(open(), join(token));
  await until(2);
  gate.receive(seated, Buffer.from('{"type":"ping"}'));
  expect(await until(3)).toEqual(['in join', 'access-denied', 'in ping']);
});

test('an address from which too many joins have failed is listened to again when its time is over', async () => {
  const { gate, from, open, time, until } = start();
  for (let count = 1; count <= DAEMON_LIMITS.failedJoins; count += 1) {
    expect(gate.refuse(from('192.0.2.1'))).toBeUndefined();
    gate.receive(open(), join(WRONG));
    await until(count);
  }
  expect(gate.refuse(from('192.0.2.1'))).toMatchObject({ status: 429, code: 'too-many-attempts', retryAfterS: 60 });
  expect(gate.refuse(from('192.0.2.2'))).toBeUndefined();
  time.awake = DAEMON_LIMITS.failedJoinMs - 1;
  expect(gate.refuse(from('192.0.2.1'))).toMatchObject({ retryAfterS: 1 });
  gate.receive(open(), join(KEY));
  gate.receive(open('192.0.2.2'), join(KEY));
  await until(12);
  time.awake = DAEMON_LIMITS.failedJoinMs;
  expect(gate.refuse(from('192.0.2.1'))).toBeUndefined();
  gate.receive(open(), join(KEY));
  const told = await until(13);
  expect(told.slice(10).toSorted()).toEqual(['in join', 'in join', 'too-many-attempts']);
  expect(told.at(-1)).toBe('in join');
});

test('a client that is gone before its join was looked at learns nothing, joins nothing and counts for nothing', async () => {
  const { gate, from, open, told, until } = start();
  for (let count = 0; count < DAEMON_LIMITS.failedJoins; count += 1) {
    const line = open();
    gate.receive(line, join(WRONG));
    if (count === 0) gate.gone(line);
  }
  await until(DAEMON_LIMITS.failedJoins - 1);
  const leaving = open();
  gate.receive(leaving, join(KEY));
  gate.gone(leaving);
  gate.receive(open(), join(KEY));
  await until(DAEMON_LIMITS.failedJoins);
  expect(told.filter((text) => text === 'in join')).toHaveLength(1);
  expect(gate.refuse(from('192.0.2.1'))).toBeUndefined();
});
