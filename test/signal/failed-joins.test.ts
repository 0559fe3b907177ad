import { describe, expect, test } from 'vitest';
import { FailedJoins, networkOf } from '../../src/signal/failed-joins.ts';

function start(addresses = 100) {
  const clock = { time: 0 };
  const limits = { failedJoins: 3, failedJoinMs: 60_000, failedJoinAddresses: addresses };
  return { clock, failed: new FailedJoins(limits, () => clock.time) };
}

describe('an address', () => {
  test('from which too many joins have failed waits until the time is over that began with the first', () => {
    const { clock, failed } = start();
    failed.add('192.0.2.1');
    clock.time = 10_000;
    failed.add('192.0.2.1');
    expect(failed.waitMs('192.0.2.1')).toBe(0);
    failed.add('192.0.2.1');
    expect(failed.waitMs('192.0.2.1')).toBe(50_000);
    clock.time = 59_999;
    expect(failed.waitMs('192.0.2.1')).toBe(1);
    clock.time = 60_000;
    expect(failed.waitMs('192.0.2.1')).toBe(0);
    failed.add('192.0.2.1');
    expect(failed.waitMs('192.0.2.1')).toBe(0);
  });

  test('is nobody else’s', () => {
    const { failed } = start();
    for (let count = 0; count < 100; count += 1) failed.add('192.0.2.1');
    expect(failed.waitMs('192.0.2.2')).toBe(0);
    expect(failed.waitMs('2001:db8::1')).toBe(0);
    expect(failed.waitMs('')).toBe(0);
  });

  test('of IPv6 stands for all of its network', () => {
    const { failed } = start();
    for (const host of ['1', '2', 'ffff:ffff:ffff:ffff']) failed.add(`2001:db8:0:7:${host}`.replace(/:(\d)$/, '::$1'));
    expect(failed.waitMs('2001:db8:0:7:aaaa::9')).toBe(60_000);
    expect(failed.waitMs('2001:db8:0:8::1')).toBe(0);
  });

  test.each([
    ['2001:DB8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['192.0.2.1', '192.0.2.1'],
    ['unknown', 'unknown'],
    ['', ''],
  ])('%j is counted as %j', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

test('of more addresses than can be remembered the oldest are forgotten', () => {
  const { clock, failed } = start(3);
  for (let count = 0; count < 3; count += 1) failed.add('192.0.2.1');
  for (let host = 2; host <= 3; host += 1) failed.add(`192.0.2.${host}`);
  expect(failed.waitMs('192.0.2.1')).toBe(60_000);
  failed.add('192.0.2.4');
  expect(failed.waitMs('192.0.2.1')).toBe(0);
  // What is over makes room by itself.
  clock.time = 60_000;
  for (let count = 0; count < 3; count += 1) failed.add('192.0.2.5');
  expect(failed.waitMs('192.0.2.5')).toBe(60_000);
});

test('an address that fails again does not make others forgotten', () => {
  const { failed } = start(2);
  for (let count = 0; count < 3; count += 1) failed.add('192.0.2.1');
  for (let count = 0; count < 50; count += 1) failed.add('192.0.2.2');
  expect(failed.waitMs('192.0.2.1')).toBe(60_000);
});
