import { describe, expect, test } from 'vitest';
import { serve, type Daemon } from '../../../src/index.ts';
import { loadDialect } from '../../../src/signal/compat/names.ts';
import { JsonClient, type Json } from './json-client.ts';

async function start(): Promise<Daemon> {
  return serve({ port: 0, dialects: [{ open: await loadDialect('forward') }] });
}

const isError = ({ type }: Json): boolean => type === 'error';

test('pages of other sites are refused before they can say anything', async () => {
  await using daemon = await start();
  await expect(JsonClient.open(daemon.url, '', { origin: 'https://elsewhere.example' })).rejects.toThrow('403');
});

describe('a client of the system `forward`', () => {
  test('is told who is there under both names, without itself, and nobody is told of it', async () => {
    await using daemon = await start();
    await using first = await JsonClient.open(daemon.url);
    expect(await first.hearType('connected-peers')).toEqual({ type: 'connected-peers', peerIds: [] });
    expect(await first.hearType('peers')).toEqual({ type: 'peers', peerIds: [] });
    await using second = await JsonClient.open(daemon.url);
    const { peerIds } = await second.hearType('peers');
    expect(await second.hearType('connected-peers')).toEqual({ type: 'connected-peers', peerIds });
    expect(peerIds).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    await first.settle();
    expect(first.told).toEqual([]);
  });

  test.each([
    ['document', { action: 'forward-icecandidate', candidate: { n: 1 } }, 'icecandidate', { candidate: { n: 1 } }],
    ['other', { action: 'forward-ice-candidate', iceCandidate: { n: 1 } }, 'ice-candidate', { iceCandidate: { n: 1 } }],
  ])('offers, answers and sends candidates in the spelling %s', async (_, candidate, type, body) => {
    await using daemon = await start();
    await using old = await JsonClient.open(daemon.url);
    await using newcomer = await JsonClient.open(daemon.url);
    const { peerIds } = await newcomer.hearType('peers');
    const [toPeerId] = peerIds as string[];
    newcomer.say({ action: 'forward-offer', offer: { sdp: 'o' }, toPeerId, fromPeerId: 'forged' });
    const { fromPeerId, ...offer } = await old.hearType('offer');
    expect(offer).toEqual({ type: 'offer', offer: { sdp: 'o' } });
    expect(fromPeerId).not.toBe('forged');
    old.say({ action: 'forward-answer', answer: { sdp: 'a' }, toPeerId: fromPeerId });
    expect(await newcomer.hearType('answer')).toEqual({ type: 'answer', answer: { sdp: 'a' }, fromPeerId: toPeerId });
    // Before it has spoken, it is spoken to in both.
    newcomer.say({ ...candidate, toPeerId });
    for (const both of ['icecandidate', 'ice-candidate'])
      expect(await old.hearType(both)).toMatchObject({ fromPeerId });
    old.say({ ...candidate, toPeerId: fromPeerId });
    expect(await newcomer.hearType(type)).toEqual({ type, ...body, fromPeerId: toPeerId });
    newcomer.say({ ...candidate, toPeerId });
    expect(await old.hearType(type)).toEqual({ type, ...body, fromPeerId });
    await Promise.all([newcomer.settle(), old.settle()]);
    expect(
      [...old.told, ...newcomer.told].filter(({ type }) => type !== 'connected-peers' && type !== 'peers'),
    ).toEqual([]);
  });

  test('may say that there are no more candidates, which is nobody else’s business', async () => {
    await using daemon = await start();
    await using old = await JsonClient.open(daemon.url);
    await using newcomer = await JsonClient.open(daemon.url);
    const { peerIds } = await newcomer.hearType('peers');
    const [toPeerId] = peerIds as string[];
    newcomer.say({ action: 'forward-ice-candidate', iceCandidate: null, toPeerId });
    newcomer.say({ action: 'forward-icecandidate', candidate: null, toPeerId });
    newcomer.say({ action: 'forward-offer', offer: 1, toPeerId });
    await old.hearType('offer');
    expect(old.told.map(({ type }) => type)).toEqual(['connected-peers', 'peers']);
    expect(newcomer.told.filter(isError)).toEqual([]);
  });
});
