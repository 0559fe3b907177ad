import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { turnServer } from '../../src/signal/turn-credentials.ts';

test('each peer gets TURN credentials of its own that expire and do not hold the secret', () => {
  const urls = ['turn:turn.example.org:3478'];
  const at = Date.UTC(2026, 10, 20);
  const one = turnServer(urls, 'shared secret', 'AAAAAAAAAAAAAAAA', at);
  const two = turnServer(urls, 'shared secret', 'BBBBBBBBBBBBBBBB', at);
  expect(one.username).toBe(`${at / 1_000 + 43_200}:AAAAAAAAAAAAAAAA`);
  expect(one.credential).toBe(
    createHmac('sha1', 'shared secret')
      .update(one.username ?? '')
      .digest('base64'),
  );
  expect(two.credential).not.toBe(one.credential);
  expect(JSON.stringify([one, two])).not.toContain('shared secret');
});
