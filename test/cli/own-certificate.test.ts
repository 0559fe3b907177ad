import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ownCertificate, ownNames, stateDirectory } from '../../src/cli/own-certificate.ts';
import { readCertificate, type TlsPair } from '../../src/signal/certificate.ts';
import { makeSelfSigned } from '../../src/signal/self-signed.ts';
import { temporaryDirectory } from '../e2e/temporary.ts';

const NOW = Date.now();
const DAY_MS = 86_400_000;
const NAMES = ['localhost'];

/** What a daemon that starts now uses, and what its owner is told. */
async function start(
  directory: string,
  now = NOW,
): Promise<{ fingerprint: string; warnings: string[]; pair: TlsPair }> {
  const warnings: string[] = [];
  const pair = await ownCertificate(directory, { names: NAMES, now, warn: (message) => warnings.push(message) });
  return { fingerprint: readCertificate(pair).fingerprint, warnings, pair };
}

describe('the certificate of this machine', () => {
  test('is made once and then stays, in a file that only its owner can read', async () => {
    await using directory = await temporaryDirectory();
    const state = directory.file('made/for/it');
    const first = await start(state);
    const second = await start(state);
    expect(second.fingerprint).toBe(first.fingerprint);
    expect([...first.warnings, ...second.warnings]).toEqual([]);
    expect((await stat(state)).mode & 0o777).toBe(0o700);
    expect((await stat(join(state, 'tls.pem'))).mode & 0o777).toBe(0o600);
    expect(await readdir(state)).toEqual(['tls.pem']);
  });

  test('is the same for daemons that are started in the same moment', async () => {
    await using directory = await temporaryDirectory();
    const state = directory.file('made/for/it');
    const started = await Promise.all(Array.from({ length: 8 }, () => start(state)));
    const { fingerprint } = await start(state);
    expect(started.map((one) => one.fingerprint)).toEqual(Array.from({ length: 8 }, () => fingerprint));
    expect(started.flatMap(({ warnings }) => warnings)).toEqual([]);
    expect(await readdir(state)).toEqual(['tls.pem']);
  });

  test('is kept until 30 days before its end, and its owner is told that the fingerprint changes', async () => {
    await using directory = await temporaryDirectory();
    const { fingerprint, pair } = await start(directory.path);
    const { validTo } = readCertificate(pair);
    expect(await start(directory.path, validTo - 30 * DAY_MS)).toMatchObject({ fingerprint, warnings: [] });
    const renewed = await start(directory.path, validTo - 29 * DAY_MS);
    expect(renewed.fingerprint).not.toBe(fingerprint);
    expect(renewed.warnings).toEqual([
      `the certificate in ${JSON.stringify(directory.file('tls.pem'))} is valid until ${new Date(validTo).toISOString().slice(0, 10)} only: ` +
        'a new one with another fingerprint takes its place',
    ]);
    expect((await start(directory.path, validTo)).fingerprint).toBe(renewed.fingerprint);
  });

  test.each<[string, (pem: string) => Promise<string>]>([
    ['cut off', async (pem) => pem.slice(0, pem.length / 2)],
    ['empty', async () => ''],
    ['something else', async () => 'hello'],
    ['a certificate with the key of another', async (pem) => pem + (await makeSelfSigned(NAMES, NOW)).key],
  ])('takes the place of a file that is %s, with a word to its owner', async (_what, damage) => {
    await using directory = await temporaryDirectory();
    const { fingerprint } = await start(directory.path);
    const file = directory.file('tls.pem');
    const pem = await readFile(file, 'utf8');
    await writeFile(file, await damage(pem.replace(/-----BEGIN PRIVATE KEY-----[^]*/, '')));
    const replaced = await start(directory.path);
    expect(replaced.warnings).toEqual([expect.stringContaining('is damaged')]);
    expect(replaced.fingerprint).not.toBe(fingerprint);
    expect(await start(directory.path)).toMatchObject({ fingerprint: replaced.fingerprint, warnings: [] });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('that cannot be kept is said so, with what to do', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(directory.file('file'), '');
    await mkdir(directory.file('state/tls.pem'), { recursive: true });
    for (const place of [directory.file('file'), directory.file('file/state'), directory.file('state'), '/proc/state'])
      await expect(start(place)).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringMatching(/^[^\n]*SNAP_SHARE_STATE[^\n]*$/),
      });
  });
});

test('the state directory is the one that the environment names, if it names one', () => {
  expect(stateDirectory({ SNAP_SHARE_STATE: '/a', XDG_STATE_HOME: '/b' })).toBe('/a');
  expect(stateDirectory({ SNAP_SHARE_STATE: '', XDG_STATE_HOME: '/b' })).toBe('/b/snap-share');
  expect(stateDirectory({ XDG_STATE_HOME: '' })).toMatch(/\/\.local\/state\/snap-share$/);
});

test('the certificate is for this machine under all its names, and never for an address that means all', () => {
  const always = ['localhost', '127.0.0.1', '::1', hostname(), `${hostname().split('.')[0]}.local`];
  expect(ownNames('127.0.0.1')).toEqual(expect.arrayContaining(always));
  expect(ownNames('192.0.2.7')).toContain('192.0.2.7');
  expect(ownNames('snap.test')).toContain('snap.test');
  for (const host of ['0.0.0.0', '::', 'fe80::1', 'not a name']) expect(ownNames(host)).not.toContain(host);
  const names = ownNames('localhost');
  expect(names).toEqual([...new Set(names)]);
});
