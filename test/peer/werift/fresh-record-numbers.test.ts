import { Socket } from 'node:dgram';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connectWerift } from '../../../src/peer/werift/connection.ts';
import { openLink, roundTrip } from '../../contract/rtc-end.ts';

test('no two encrypted records of a connection have the same number, and so never the same nonce', async () => {
  const send = vi.spyOn(Socket.prototype, 'send');
  onTestFinished(() => send.mockRestore());
  const [caller, answerer] = await openLink(connectWerift);
  for (let turn = 0; turn < 20; turn += 1) await roundTrip(caller, answerer);
  await Promise.all([caller.close(), answerer.close()]);

  const sockets = [...new Set(send.mock.contexts)];
  /** By sender and number: the different records that were sent under it. A repeated flight is the same one again. */
  const records = new Map<string, Set<string>>();
  send.mock.calls.forEach(([datagram], index) => {
    const sender = sockets.indexOf(send.mock.contexts[index]);
    for (const [number, record] of encryptedRecords(datagram as Buffer)) {
      const key = `${sender} ${number}`;
      records.set(key, (records.get(key) ?? new Set()).add(record));
    }
  });
  expect(records.size).toBeGreaterThan(40);
  expect([...records.values()].filter(({ size }) => size > 1)).toEqual([]);
});

/** Epoch and number of each record of a datagram that is encrypted (RFC 6347 section 4.1), with its bytes. */
function encryptedRecords(datagram: Buffer): [number: string, record: string][] {
  const found: [string, string][] = [];
  // Anything else is STUN (RFC 7983).
  if (datagram.readUInt8(0) < 20 || datagram.readUInt8(0) > 63) return found;
  for (let at = 0; at + 13 <= datagram.length;) {
    const end = at + 13 + datagram.readUInt16BE(at + 11);
    if (datagram.readUInt16BE(at + 3) > 0)
      found.push([datagram.toString('hex', at + 3, at + 11), datagram.toString('hex', at, end)]);
    at = end;
  }
  return found;
}
