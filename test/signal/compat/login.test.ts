import { describe, expect, test } from 'vitest';
import { serve, type Daemon } from '../../../src/index.ts';
import { loadDialect } from '../../../src/signal/compat/names.ts';
import { JsonClient } from './json-client.ts';

async function start(): Promise<Daemon> {
  return serve({ port: 0, dialects: [{ open: await loadDialect('login') }] });
}

async function login(client: JsonClient, name: unknown): Promise<unknown> {
  client.say({ type: 'login', login: name });
  return (await client.hearType('login'))['success'];
}

describe('a client of the system `login`', () => {
  test('takes a login that nobody has, is refused one that is taken, and frees its own by leaving', async () => {
    await using daemon = await start();
    await using shed = await JsonClient.open(daemon.url);
    await using kitchen = await JsonClient.open(daemon.url);
    expect(await login(shed, 'constructor')).toBe(true);
    expect(await login(kitchen, 'constructor')).toBe(false);
    // One of somebody else's is not freed, whoever asks.
    kitchen.say({ type: 'logout', login: 'constructor' });
    expect(await login(kitchen, 'constructor')).toBe(false);
    shed.say({ type: 'logout', login: 'constructor' });
    await shed.settle();
    expect(await login(kitchen, 'constructor')).toBe(true);
    // A second login replaces the first; the same one again is no other.
    expect(await login(kitchen, '__proto__')).toBe(true);
    expect(await login(kitchen, '__proto__')).toBe(true);
    expect(await login(shed, 'constructor')).toBe(true);
    await kitchen[Symbol.asyncDispose]();
    await expect.poll(() => login(shed, '__proto__')).toBe(true);
  });

  test('reaches another one by login, is named by its own, and candidates go out in both spellings', async () => {
    await using daemon = await start();
    await using shed = await JsonClient.open(daemon.url);
    await using kitchen = await JsonClient.open(daemon.url);
    await login(shed, 'shed');
    await login(kitchen, 'kitchen');
    shed.say({ type: 'offer', offer: { sdp: 'o' }, from: 'forged', to: 'kitchen' });
    expect(await kitchen.hearType('offer')).toEqual({
      type: 'offer',
      offer: { sdp: 'o' },
      from: 'shed',
      to: 'kitchen',
    });
    kitchen.say({ type: 'answer', answer: { sdp: 'a' }, to: 'shed' });
    expect(await shed.hearType('answer')).toEqual({
      type: 'answer',
      answer: { sdp: 'a' },
      from: 'kitchen',
      to: 'shed',
    });
    for (const spelling of ['ice-candidate', 'iceCandidate']) {
      shed.say({ type: 'ice-candidate', [spelling]: null, to: 'kitchen' });
      shed.say({ type: 'ice-candidate', [spelling]: { n: 1 }, to: 'kitchen' });
      expect(await kitchen.hearType('ice-candidate')).toEqual({
        type: 'ice-candidate',
        'ice-candidate': { n: 1 },
        iceCandidate: { n: 1 },
        from: 'shed',
        to: 'kitchen',
      });
    }
    await kitchen.settle();
    expect(kitchen.told).toEqual([]);
    expect(shed.told).toEqual([]);
  });

  test('meets those who came in at another port: a login is taken at both', async () => {
    const open = await loadDialect('login');
    await using daemon = await serve({ port: 0, dialects: [{ open }, { open, port: 0 }] });
    const [here = '', there = ''] = daemon.dialectUrls;
    expect(there).not.toBe(here);
    await using shed = await JsonClient.open(here);
    await using kitchen = await JsonClient.open(there);
    expect(await login(shed, 'shed')).toBe(true);
    expect(await login(kitchen, 'shed')).toBe(false);
    expect(await login(kitchen, 'kitchen')).toBe(true);
    shed.say({ type: 'offer', offer: 1, to: 'kitchen' });
    expect(await kitchen.hearType('offer')).toMatchObject({ from: 'shed' });
  });
});
