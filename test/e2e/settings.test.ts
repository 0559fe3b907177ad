import { readFile, stat, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { phonePhoto } from '../image/fixtures.ts';
import { CliProcess, startDaemon, startPeer } from './cli-process.ts';
import { temporaryDirectory } from './temporary.ts';

const SECRET = 'Zk3vQ0m9XcT1bYw8LrD5Ug';

test('a room secret from a file, standard input or the environment opens the same room as one in the argument', async () => {
  await using daemon = await startDaemon('--capacity', '4');
  await using directory = await temporaryDirectory();
  await writeFile(directory.file('secret'), `${SECRET}\n`);
  const args = ['--no-save', '--expect-peers', '3', '--timeout', '60s'];
  const peers = [
    startPeer(daemon, `garden#${SECRET}`, args),
    startPeer(daemon, 'garden', [...args, '--secret-file', directory.file('secret')]),
    startPeer(daemon, 'garden', [...args, '--secret-file', '-'], { input: `${SECRET}\n` }),
    startPeer(daemon, 'garden', args, { env: { SNAP_SHARE_SECRET: SECRET } }),
  ];
  for (const peer of peers) {
    expect(await peer.exit(), peer.describe()).toBe(0);
    expect(peer.of('peer-connected').every(({ verified }) => verified === true)).toBe(true);
    expect(peer.describe()).not.toContain(SECRET);
  }
});

test('join without a room makes one, and whoever has its link is verified', async () => {
  await using daemon = await startDaemon();
  await using host = new CliProcess(['join', '--server', daemon.url, '--json', '--no-save']);
  const { link } = await host.event('room');
  await using guest = new CliProcess(['join', String(link), '--json', '--no-save', '--expect-peers', '1']);
  expect(await guest.exit(), guest.describe()).toBe(0);
  expect(guest.of('peer-connected')[0]).toMatchObject({ verified: true });
});

test('flags win over the environment, and the environment over the config file', async () => {
  await using daemon = await startDaemon();
  await using directory = await temporaryDirectory();
  await writeFile(directory.file('config.json'), JSON.stringify({ server: 'http://127.0.0.1:9', name: 'from-file' }));
  await using watcher = startPeer(daemon, 'garden', ['--no-save']);
  await watcher.event('room');
  const env = { SNAP_SHARE_CONFIG: directory.file('config.json'), SNAP_SHARE_SERVER: daemon.url };
  const args = ['join', 'garden', '--json', '--no-save', '--expect-peers', '1'];
  await using fromFile = new CliProcess(args, { env });
  expect(await fromFile.exit(), fromFile.describe()).toBe(0);
  await using fromFlag = new CliProcess([...args, '--name', 'from-flag'], { env });
  expect(await fromFlag.exit(), fromFlag.describe()).toBe(0);
  await watcher.event('peer-joined', 2);
  expect(watcher.of('peer-joined').map(({ name }) => name)).toEqual(['from-file', 'from-flag']);
});

test('--on-photo runs a command for each stored photo, which finds what it needs in its environment', async () => {
  await using daemon = await startDaemon();
  await using directory = await temporaryDirectory();
  await writeFile(directory.file('phone.jpg'), await phonePhoto());
  const log = directory.file('log');
  const name = '$(touch owned); `touch owned`';
  const receiving = [
    '--save',
    directory.file('in'),
    '--on-photo',
    `printf '%s|%s' "$SNAP_SHARE_FROM" "$SNAP_SHARE_PATH" > ${log}.part && mv ${log}.part ${log}`,
  ];
  await using receiver = startPeer(daemon, 'garden', [...receiving, '--expect-photos', '1'], { cwd: directory.path });
  await receiver.event('room');
  await using sender = startPeer(daemon, 'garden', [
    '--file',
    directory.file('phone.jpg'),
    '--name',
    name,
    '--expect-peers',
    '1',
  ]);
  expect([await receiver.exit(), await sender.exit()]).toEqual([0, 0]);
  // The receiver has ended, and with it its command.
  expect(await readFile(log, 'utf8')).toBe(`${name}|${String(receiver.of('photo-received')[0]?.['path'])}`);
  await expect(stat(directory.file('owned'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('standard output of a person’s run holds results only: the paths of the photos', async () => {
  await using daemon = await startDaemon();
  await using directory = await temporaryDirectory();
  await using sender = startPeer(daemon, 'garden', ['--test-pattern', '--name', '\u001b[31mred']);
  await sender.event('room');
  await using receiver = new CliProcess([
    'join',
    'garden',
    '--server',
    daemon.url,
    '--save',
    directory.path,
    '--expect-photos',
    '1',
  ]);
  expect(await receiver.exit(), receiver.stderr).toBe(0);
  const paths = receiver.stdout.trim().split('\n');
  expect(paths).toHaveLength(1);
  expect((await stat(paths[0] ?? '')).isFile()).toBe(true);
  // No terminal, so no colour; and none that a stranger smuggled in with a name.
  expect(receiver.stderr).not.toContain('\u001b');
});
