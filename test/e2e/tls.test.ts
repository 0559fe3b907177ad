import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { phonePhoto } from '../image/fixtures.ts';
import { CliProcess, startPeer } from './cli-process.ts';
import { temporaryDirectory } from './temporary.ts';
import { startTlsDaemon } from './tls-daemon.ts';

const OTHER = 'ab'.repeat(32);

test('two terminals exchange a photo through a daemon that they know by its fingerprint only', async () => {
  await using directory = await temporaryDirectory();
  await using daemon = await startTlsDaemon(directory.file('state'));
  expect(daemon.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/$/);
  expect(daemon.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  await writeFile(directory.file('phone.jpg'), await phonePhoto());
  await using host = new CliProcess(
    [
      'join',
      '--server',
      daemon.url,
      '--json',
      '--file',
      directory.file('phone.jpg'),
      '--expect-peers',
      '1',
      '--no-save',
    ],
    { env: { SNAP_SHARE_TLS_FINGERPRINT: daemon.fingerprint } },
  );
  const { link } = await host.event('room');
  expect(link).toMatch(/^https:\/\/.*\/r\/.*#/);
  const fingerprint = daemon.fingerprint.replaceAll(':', '').toLowerCase();
  const saving = ['--save', directory.file('in'), '--expect-photos', '1'];
  await using guest = new CliProcess(['join', String(link), '--json', '--tls-fingerprint', fingerprint, ...saving]);
  expect(await guest.exit(), guest.describe()).toBe(0);
  expect(await host.exit(), host.describe()).toBe(0);
  expect(await readdir(directory.file('in'))).toHaveLength(1);
  expect(guest.of('peer-connected')[0]).toMatchObject({ verified: true });
});

test('a daemon with another fingerprint is not joined: the command ends with 10 and names both', async () => {
  await using directory = await temporaryDirectory();
  await using daemon = await startTlsDaemon(directory.file('state'));
  await using peer = startPeer(daemon, 'garden', ['--no-save', '--tls-fingerprint', OTHER]);
  expect(await peer.exit(), peer.describe()).toBe(10);
  const { error } = peer.lines.at(-1) as unknown as { error: { code: string; message: string; retryable: boolean } };
  expect(error).toMatchObject({ code: 'certificate-refused', retryable: false });
  expect(error.message).toContain(daemon.fingerprint);
  expect(error.message).toContain(OTHER.toUpperCase().replace(/..(?=.)/g, '$&:'));
  expect([...daemon.of('peer-joined'), ...daemon.of('refused')]).toEqual([]);
});

test('without a fingerprint a self-signed daemon is not joined, and the error says what to add', async () => {
  await using directory = await temporaryDirectory();
  await using daemon = await startTlsDaemon(directory.file('state'));
  await using peer = startPeer(daemon, 'garden', ['--no-save']);
  expect(await peer.exit(), peer.describe()).toBe(10);
  expect(peer.lines.at(-1)).toMatchObject({
    error: { code: 'certificate-refused', message: expect.stringMatching(/^\P{Cc}*--tls-fingerprint\P{Cc}*$/u) },
  });
});

test('a certificate that the machine trusts needs no fingerprint', async () => {
  await using directory = await temporaryDirectory();
  await using daemon = await startTlsDaemon(directory.file('state'));
  const env = { NODE_EXTRA_CA_CERTS: directory.file('state/tls.pem') };
  await using peer = startPeer(daemon, 'garden', ['--no-save'], { env });
  await peer.event('room');
});

test('a daemon that was restarted has the same fingerprint, and its peers come back', async () => {
  await using directory = await temporaryDirectory();
  const before = await startTlsDaemon(directory.file('state'));
  const { port } = new URL(before.url);
  await using peer = startPeer(before, 'garden', ['--no-save', '--tls-fingerprint', before.fingerprint]);
  await peer.event('room');
  before.kill('SIGTERM');
  expect(await before.exit()).toBe(143);
  await peer.event('daemon-lost');
  await using after = await startTlsDaemon(directory.file('state'), '--port', port);
  expect(after.fingerprint).toBe(before.fingerprint);
  expect(await peer.event('room', 2)).toMatchObject({ again: true });
});

test('a person is told the fingerprint', async () => {
  await using directory = await temporaryDirectory();
  const args = ['serve', '--port', '0', '--tls-self-signed'];
  await using daemon = new CliProcess(args, { env: { SNAP_SHARE_STATE: directory.file('state') } });
  const { stderr } = daemon.child;
  if (stderr === null) throw new Error('the daemon has no standard error');
  while (!/SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2} /.test(daemon.stderr)) await once(stderr, 'data');
  expect(daemon.stderr).toMatch(/listening on https:\/\//);
  expect(daemon.stdout).toBe('');
});
