import dgram from 'node:dgram';
import dns from 'node:dns';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, test, vi } from 'vitest';
import { connectWerift } from '../../../src/peer/werift/connection.ts';
import { openLink, roundTrip, RtcEnd } from '../../contract/rtc-end.ts';

test('without ICE servers no datagram goes to a third party, and no name is looked up', async () => {
  const targets: unknown[] = [];
  const names: unknown[] = [];
  const send = vi.spyOn(dgram.Socket.prototype, 'send');
  const lookups = [vi.spyOn(dns, 'lookup'), vi.spyOn(dns.promises, 'lookup')];
  try {
    const [caller, callee] = await openLink(connectWerift);
    for (const candidate of [
      'candidate:1 1 udp 2113937151 host.example.com 9 typ host',
      'candidate:1 1 udp 2113937151 9b36eaac-bb2e-49bb-bb78-21c41c499900.local 9 typ host',
    ])
      caller.connection.addCandidate({ candidate });
    await roundTrip(caller, callee);
    await Promise.all([caller.close(), callee.close()]);
    for (const call of send.mock.calls) targets.push((call as unknown[])[2]);
    for (const lookup of lookups) for (const call of lookup.mock.calls) names.push((call as unknown[])[0]);
  } finally {
    vi.restoreAllMocks();
  }

  const ours = Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []);
  expect(targets.length).toBeGreaterThan(0);
  expect(targets.filter((target) => typeof target !== 'string' || !ours.includes(target))).toEqual([]);
  expect(names.filter((name) => typeof name !== 'string' || isIP(name) === 0)).toEqual([]);
});

test('relay only: without a TURN server no socket is opened and no address is told', async () => {
  const bind = vi.spyOn(dgram.Socket.prototype, 'bind');
  const end = new RtcEnd(connectWerift, { iceServers: [{ urls: ['stun:127.0.0.1:9'] }], relayOnly: true });
  try {
    expect(await end.connection.offer()).not.toMatch(/^a=candidate/m);
    expect(bind).not.toHaveBeenCalled();
  } finally {
    bind.mockRestore();
    await end.close();
  }
  expect(end.candidates).toEqual([]);
});

test('a socket that cannot be opened costs its candidate and nothing else', async () => {
  const bind = vi.spyOn(dgram.Socket.prototype, 'bind').mockImplementation(function fail(this: dgram.Socket) {
    process.nextTick(() => this.emit('error', Object.assign(new Error('bind EMFILE'), { code: 'EMFILE' })));
    return this;
  });
  const end = new RtcEnd(connectWerift);
  try {
    expect(await end.connection.offer()).not.toMatch(/^a=candidate/m);
  } finally {
    bind.mockRestore();
    await end.close();
  }
});
