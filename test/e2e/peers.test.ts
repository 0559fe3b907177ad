import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { listPeers } from '../../src/index.ts';
import { openMiddlebox } from '../lab/middlebox.ts';
import { CliProcess, startDaemon, startPeer } from './cli-process.ts';
import { temporaryDirectory } from './temporary.ts';
import { startTlsDaemon } from './tls-daemon.ts';

/** `snap-share peers` with these arguments, ended. */
async function peers(args: readonly string[], env: Record<string, string> = {}): Promise<CliProcess> {
  const cli = new CliProcess(['peers', ...args], { env });
  await cli.exit();
  return cli;
}

test('a script reads who is in a room, how they came and since when, and nobody there is told', async () => {
  await using daemon = await startDaemon();
  const startedAt = Date.now();
  await using shed = startPeer(daemon, 'garden#aSecret', ['--no-save', '--name', 'shed']);
  const first = await shed.event('room');
  await using kitchen = startPeer(daemon, 'garden#aSecret', ['--no-save', '--name', 'kitchen', '--transport', 'sse']);
  const second = await kitchen.event('room');
  await shed.event('peer-connected');
  const before = shed.lines.length;
  for (const transport of ['ws', 'sse', 'auto']) {
    const cli = await peers(['garden', '--server', daemon.url, '--transport', transport, '--json']);
    expect(await cli.exit(), cli.describe()).toBe(0);
    expect(cli.lines.map(({ event }) => event)).toEqual(['hello', 'listing', 'peer', 'peer', 'done']);
    expect(cli.of('listing')).toMatchObject([{ room: 'garden', capacity: 3, peers: 2 }]);
    expect(cli.of('peer')).toMatchObject([
      { peer: first['you'], name: 'shed', kind: 'terminal', number: 1, transport: 'ws' },
      { peer: second['you'], name: 'kitchen', kind: 'terminal', number: 2, transport: 'sse' },
    ]);
    for (const { since, ageMs } of cli.of('peer')) {
      expect(Date.parse(String(since))).toBeGreaterThan(startedAt - 1_000);
      expect(Date.parse(String(since))).toBeLessThanOrEqual(Date.now());
      expect(ageMs).toBeGreaterThanOrEqual(0);
    }
    expect(cli.of('done')).toMatchObject([{ ok: true, exit: 0 }]);
  }
  expect(shed.lines).toHaveLength(before);
  expect(daemon.of('peer-joined')).toHaveLength(2);
  expect(daemon.of('refused')).toEqual([]);
});

test('a person gets a line for each, with names that can do no harm, and is told when nobody is there', async () => {
  await using daemon = await startDaemon();
  await using shed = startPeer(daemon, 'garden', ['--no-save', '--name', '\u001b[31mshed\n\u202efake']);
  await shed.event('room');
  const full = await peers(['garden', '--server', daemon.url]);
  expect(full.stdout).toMatch(/^ {2}1 {2}terminal {2}ws {3} +\d+ s ago {2}\[31mshed fake\n$/);
  expect(full.stderr).toBe('room garden: 1 of 3 seats are taken\n');
  const empty = await peers(['kitchen', '--server', daemon.url]);
  expect([await empty.exit(), empty.stdout]).toEqual([0, '']);
  expect(empty.stderr).toBe('nobody is in room kitchen\n');
});

test('a room may be given as for join, and its secret goes nowhere', async () => {
  await using daemon = await startDaemon();
  await using box = await openMiddlebox(daemon, 'refuses');
  await using shed = startPeer(daemon, 'garden#s3cretOfTheGarden', ['--no-save']);
  await shed.event('room');
  for (const room of ['garden#s3cretOfTheGarden', `${box.url}r/garden#s3cretOfTheGarden`]) {
    const cli = await peers([room, '--json'], { SNAP_SHARE_SERVER: daemon.url });
    expect(cli.of('peer'), cli.describe()).toHaveLength(1);
    expect(cli.describe()).not.toContain('s3cret');
  }
  expect(box.passed.join('\n')).not.toContain('s3cret');
  expect(box.passed).toContain('GET /events');
});

describe('asking in vain', () => {
  const failureOf = (cli: CliProcess) => cli.lines.at(-1) as unknown as { exit: number; error: { code: string } };

  test('where no daemon is ends with 3', async () => {
    const cli = await peers(['garden', '--server', 'http://127.0.0.1:9', '--json']);
    expect(failureOf(cli)).toMatchObject({ exit: 3, error: { code: 'daemon-unreachable' } });
    expect(await cli.exit()).toBe(3);
  });

  test('for longer than --timeout ends with 3', async () => {
    await using daemon = await startDaemon();
    await using box = await openMiddlebox(daemon, 'swallows');
    const cli = await peers(['garden', '--server', box.url, '--transport', 'ws', '--timeout', '300ms', '--json']);
    expect(failureOf(cli)).toMatchObject({ exit: 3, error: { code: 'daemon-unreachable' } });
    expect(cli.describe()).toContain('did not answer within 0.3 s');
  });

  test('a daemon with another certificate ends with 10, and the right one answers', async () => {
    await using directory = await temporaryDirectory();
    await using daemon = await startTlsDaemon(directory.file('state'));
    const asked = ['garden', '--server', daemon.url, '--json', '--tls-fingerprint'];
    const wrong = await peers([...asked, 'ab'.repeat(32)]);
    expect(failureOf(wrong)).toMatchObject({ exit: 10, error: { code: 'certificate-refused' } });
    const right = await peers([...asked, daemon.fingerprint]);
    expect(right.of('listing'), right.describe()).toMatchObject([{ peers: 0 }]);
  });

  test.each([
    ['no room', []],
    ['a room with a space', ['our garden']],
    ['an unknown transport', ['garden', '--transport', 'pigeon']],
    ['a time that is none', ['garden', '--timeout', 'soon']],
  ])('with %s ends with 2', async (_what, args) => {
    const cli = await peers([...args, '--json']);
    expect(failureOf(cli)).toMatchObject({ exit: 2, error: { code: 'usage' } });
  });

  test('is ended by Ctrl-C with 130', async () => {
    await using daemon = await startDaemon();
    await using box = await openMiddlebox(daemon, 'swallows');
    await using cli = new CliProcess(['peers', 'garden', '--server', box.url, '--transport', 'ws', '--json']);
    await cli.event('hello');
    cli.kill('SIGINT');
    expect(await cli.exit()).toBe(130);
  });
});

test('settings from the config file hold for peers as they do for join', async () => {
  await using daemon = await startDaemon();
  await using directory = await temporaryDirectory();
  await writeFile(directory.file('config.json'), JSON.stringify({ server: daemon.url, name: 'shed' }));
  const cli = await peers(['garden', '--json'], { SNAP_SHARE_CONFIG: directory.file('config.json') });
  expect(cli.of('listing'), cli.describe()).toHaveLength(1);
});

test('a program asks without a process', async () => {
  await using daemon = await startDaemon();
  await using shed = startPeer(daemon, 'garden', ['--no-save', '--name', 'shed']);
  await shed.event('room');
  const { peers, capacity } = await listPeers({ server: daemon.url, room: 'garden' });
  expect([capacity, peers.map(({ name }) => name)]).toEqual([3, ['shed']]);
});
