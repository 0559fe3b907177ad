import { decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { AccessKeys } from '../../src/signal/access.ts';
import { DAEMON_LIMITS } from '../../src/signal/daemon-limits.ts';
import { DOCUMENT, examplesOf, tableUnder } from './document.ts';

interface Vector {
  readonly key: string;
  readonly room: string;
  readonly token: string;
  readonly from: number;
  readonly until: number;
}

describe.each(examplesOf('vector', 'access-token').map(({ text }) => JSON.parse(text) as Vector))(
  'the access token of PROTOCOL.md',
  ({ key, room, token, from, until }) => {
    const keys = new AccessKeys([key]);

    test('is what a holder of the key makes', async () => {
      expect(await keys.mint(room, 1_000 * from, 1_000 * until)).toBe(token);
    });

    test('is good for its room and its time', async () => {
      expect(await keys.check(token, room, 1_000 * from)).toBeUndefined();
      expect(await keys.check(token, room, 1_000 * until - 1)).toBeUndefined();
      expect(await keys.check(token, room, 1_000 * until)).toBe('expired');
      expect(await keys.check(token, 'attic', 1_000 * from)).toBe('other-room');
    });

    test('has the claims that the document lists', async () => {
      const { payload } = await jwtVerify(token, Buffer.from(key), { currentDate: new Date(1_000 * from) });
      expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT' });
      const rows = tableUnder('## Private daemons').map(([claim = '']) => claim.replaceAll('`', ''));
      expect([...Object.keys(payload), 'nbf'].toSorted()).toEqual(rows.toSorted());
    });
  },
);

test('the figures of the document are those of the daemon', () => {
  const { failedJoins, failedJoinMs } = DAEMON_LIMITS;
  expect(DOCUMENT.replaceAll(/\s+/g, ' ')).toContain(
    `From the ${failedJoins}th within ${failedJoinMs / 1_000} s of the first`,
  );
});
