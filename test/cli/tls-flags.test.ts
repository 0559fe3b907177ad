import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CliEvent } from '../../src/cli/events.ts';
import { tlsFor, type TlsFlags } from '../../src/cli/tls-flags.ts';
import { makeSelfSigned } from '../../src/signal/self-signed.ts';
import { temporaryDirectory } from '../e2e/temporary.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
const YEAR_MS = 365 * 86_400_000;

beforeAll(async () => {
  directory = await temporaryDirectory();
  for (const [name, at] of [
    ['now', Date.now()],
    ['old', Date.now() - 2 * YEAR_MS],
    ['early', Date.now() + YEAR_MS],
  ] as const) {
    const { cert, key } = await makeSelfSigned(['localhost'], at);
    await writeFile(directory.file(`${name}.crt`), cert);
    await writeFile(directory.file(`${name}.key`), key);
  }
});
afterAll(() => directory[Symbol.asyncDispose]());

const files = (cert: string, key: string): TlsFlags => ({ tlsCert: directory.file(cert), tlsKey: directory.file(key) });

async function run(flags: TlsFlags) {
  const events: CliEvent[] = [];
  const context = {
    env: { SNAP_SHARE_STATE: directory.file('state') },
    report: (event: CliEvent) => events.push(event),
  };
  return { tls: await tlsFor(flags, '127.0.0.1', context), events };
}

test('without a flag there is no TLS, and nothing is made', async () => {
  expect(await run({})).toEqual({ tls: undefined, events: [] });
});

test('a certificate and its key are read from their files', async () => {
  const { tls, events } = await run(files('now.crt', 'now.key'));
  expect(String(tls?.cert)).toContain('BEGIN CERTIFICATE');
  expect(String(tls?.key)).toContain('BEGIN PRIVATE KEY');
  expect(events).toEqual([]);
});

test.each([
  ['old', 'certificate-expired'],
  ['early', 'certificate-not-yet-valid'],
])('an %s certificate is served, with a warning', async (name, code) => {
  const { tls, events } = await run(files(`${name}.crt`, `${name}.key`));
  expect(tls).toBeDefined();
  expect(events).toEqual([expect.objectContaining({ event: 'warning', code })]);
});

describe('is refused, with the flag and the file at fault:', () => {
  test.each<[string, () => TlsFlags, RegExp]>([
    ['a certificate without a key', () => ({ tlsCert: 'x' }), /--tls-cert and --tls-key together/],
    ['a key without a certificate', () => ({ tlsKey: 'x' }), /--tls-cert and --tls-key together/],
    ['two certificates', () => ({ ...files('now.crt', 'now.key'), tlsSelfSigned: true }), /one of --tls-self-signed/],
    ['a missing certificate', () => files('none.crt', 'now.key'), /--tls-cert ".*none\.crt", could not .* \(ENOENT\)/],
    ['a missing key', () => files('now.crt', 'none.key'), /--tls-key ".*none\.key", could not read it \(ENOENT\)/],
    ['a directory', () => ({ tlsCert: directory.path, tlsKey: directory.path }), /--tls-cert .* \(EISDIR\)/],
    ['files in the wrong order', () => files('now.key', 'now.crt'), /certificate in PEM .* --tls-cert ".*now\.key"/],
    [
      'the key of another certificate',
      () => files('now.crt', 'old.key'),
      /--tls-cert ".*", got another one in --tls-key/,
    ],
  ])('%s', async (_what, flags, message) => {
    await expect(run(flags())).rejects.toMatchObject({ code: 'usage', message: expect.stringMatching(message) });
  });
});
