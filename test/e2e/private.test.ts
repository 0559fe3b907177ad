import { chmod, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { parseRoomAddress } from '../../src/protocol/room-address.ts';
import { AccessKeys } from '../../src/signal/access.ts';
import { CliProcess, startDaemon, startPeer } from './cli-process.ts';
import { temporaryDirectory } from './temporary.ts';

const KEY = 'Wm3uZ0pXyQ7c9kVtB1sR5nEhJ2gLd8aF';
const NEW_KEY = 'pT6bY4vC8xN1mK0qL3wE7rU5iO9aS2dF';
const WRONG = 'w'.repeat(32);
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let keys: string;
let wrong: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  keys = await keyFile('keys', `# of this test\n\n${NEW_KEY}\n${KEY}\n`);
  wrong = await keyFile('wrong', WRONG);
});
afterAll(() => directory[Symbol.asyncDispose]());

async function keyFile(name: string, text: string): Promise<string> {
  await writeFile(directory.file(name), text, { mode: 0o600 });
  return directory.file(name);
}

function privateDaemon(...args: string[]): Promise<CliProcess & { url: string }> {
  return startDaemon('--access-key-file', keys, ...args);
}

async function mint(...args: string[]): Promise<string> {
  await using command = new CliProcess(['token', '--room', 'garden', '--access-key-file', keys, ...args]);
  expect(await command.exit(), command.describe()).toBe(0);
  expect(command.stderr).toBe('');
  return command.stdout;
}

const JOIN = ['--no-save', '--expect-peers', '1', '--timeout', '60s'];

describe('a private daemon', () => {
  test('lets in who has a key or a token, from wherever it comes, and says nothing of either', async () => {
    await using daemon = await privateDaemon('--capacity', '6');
    expect(daemon.of('ready')).toMatchObject([{ private: true }]);
    const token = (await mint()).trim();
    expect(token).toMatch(TOKEN);
    await writeFile(directory.file('token'), `${token}\n`);
    const link = await mint('--link', daemon.url);
    expect(parseRoomAddress(link.trim())).toEqual({ room: 'garden', server: daemon.url, access: expect.any(String) });
    const old = await keyFile('old', KEY);
    for (const [room, args, options] of [
      ['garden', ['--access-key-file', keys]],
      ['garden', ['--access-key-file', old, '--transport', 'sse']],
      ['garden', ['--access-token-file', directory.file('token')]],
      ['garden', ['--access-token-file', '-'], { input: token }],
      ['garden', [], { env: { SNAP_SHARE_ACCESS: token } }],
      [link.trim(), []],
    ] as const) {
      await using peer = startPeer(daemon, room, ['--no-save', ...args], options);
      expect(await peer.event('room')).toMatchObject({ room: 'garden' });
      for (const secret of [KEY, NEW_KEY, token]) expect(peer.describe()).not.toContain(secret);
    }
    for (const secret of [KEY, NEW_KEY, token]) expect(daemon.describe()).not.toContain(secret);
    expect(daemon.of('refused')).toEqual([]);
  });

  test.each(['ws', 'sse'])(
    'refuses over %s who has none that is good here, at once and in words',
    async (transport) => {
      await using daemon = await privateDaemon();
      const attic = ['--access-token-file', '-'];
      await using minted = new CliProcess(['token', '--room', 'attic', '--access-key-file', keys]);
      expect(await minted.exit()).toBe(0);
      const expired = await new AccessKeys([KEY]).mint('garden', Date.now() - 3_600_000, Date.now() - 1_000);
      for (const [args, input, problem, words] of [
        [[], undefined, 'missing', 'got none'],
        [['--access-key-file', wrong], undefined, 'wrong', 'got neither'],
        [attic, minted.stdout, 'other-room', 'got one for another'],
        [attic, expired, 'expired', 'got one that has expired'],
      ] as const) {
        const options = input === undefined ? {} : { input };
        await using peer = startPeer(daemon, 'garden', [...JOIN, '--transport', transport, ...args], options);
        expect(await peer.exit(), peer.describe()).toBe(4);
        expect(peer.lines.at(-1)).toMatchObject({
          error: {
            code: 'access-denied',
            retryable: false,
            message: expect.stringMatching(new RegExp(`^the daemon at ${daemon.url} is private: .*${words}$`)),
          },
        });
        const refused = { reason: 'access-denied', room: 'garden', problem };
        expect(await daemon.event('refused', (line) => line['problem'] === problem)).toMatchObject(refused);
      }
    },
  );

  test('lists who is in a room for who has a key or a token, and tells others why not', async () => {
    await using daemon = await privateDaemon();
    await using seated = startPeer(daemon, 'garden', ['--no-save', '--name', 'shed', '--access-key-file', keys]);
    await seated.event('room');
    const server = ['--server', daemon.url, '--json'];
    await using listing = new CliProcess(['peers', 'garden', ...server, '--access-key-file', keys]);
    expect(await listing.exit(), listing.describe()).toBe(0);
    expect(listing.of('peer')).toMatchObject([{ name: 'shed' }]);
    await using denied = new CliProcess(['peers', 'garden', ...server]);
    expect(await denied.exit(), denied.describe()).toBe(4);
    expect(denied.lines.at(-1)).toMatchObject({
      error: {
        code: 'access-denied',
        message: `the daemon at ${daemon.url} is private: expected a key or a token, got none`,
      },
    });
  });

  test('looks at nothing more from an address that has shown too much that is wrong, and goes on with others', async () => {
    await using daemon = await privateDaemon();
    await using seated = startPeer(daemon, 'garden', ['--no-save', '--access-key-file', keys]);
    await seated.event('room');
    for (let count = 0; count < 10; count += 1) expect(await guess(daemon)).toBe('access-denied');
    await using limited = startPeer(daemon, 'garden', ['--no-save', '--access-key-file', keys, '--timeout', '20s']);
    await using patient = startPeer(daemon, 'garden', ['--no-save', '--access-key-file', keys]);
    expect(await limited.exit(), limited.describe()).toBe(4);
    expect(limited.lines.at(-1)).toMatchObject({ error: { code: 'too-many-attempts', retryable: true } });
    const { message } = await patient.event('warning');
    expect(message).toMatch(/too many joins from this address have failed; trying again in \d+ s$/);
    patient.kill('SIGTERM');
    expect(await patient.exit()).toBe(143);
    expect(await guess(daemon, '127.0.0.2', KEY)).toBe('welcome');
    await seated.event('peer-joined');
    expect(seated.of('daemon-lost')).toEqual([]);
  });

  test('is told by a proxy that it trusts who has shown what is wrong', async () => {
    await using daemon = await privateDaemon('--trust-proxy', '10.0.0.0/8,loopback');
    for (let count = 0; count < 10; count += 1)
      expect(await guess(daemon, undefined, WRONG, '198.51.100.7')).toBe('access-denied');
    expect(await guess(daemon, undefined, KEY, '198.51.100.7')).toBe(429);
    expect(await guess(daemon, undefined, KEY, '198.51.100.8')).toBe('welcome');
  });

  test('is not started without a key, with a bad one, or for systems whose clients have none', async () => {
    const bad = await keyFile('bad', `# first\n${KEY}\nshort\n`);
    const cases = [
      [['--access-key-file', directory.file('none')], /could not read .*none.* \(ENOENT\)/],
      [['--access-key-file', await keyFile('empty', '# nothing\n')], /expected an access key in .*empty.*, got none/],
      [['--access-key-file', bad], /^line 3 of .*bad.*: expected a key of 32 to 256 .*, got 5 characters/],
      [['--access-key-file', keys, '--compat', 'forward'], /--compat.*no way to show a key/],
      [['--trust-proxy', 'loopback,everybody'], /--trust-proxy.*got "everybody"/],
    ] as const;
    for (const [args, words] of cases) {
      await using daemon = new CliProcess(['serve', '--port', '0', '--json', ...args]);
      expect(await daemon.exit(), daemon.describe()).toBe(2);
      expect(daemon.lines.at(-1)).toMatchObject({ error: { code: 'usage', message: expect.stringMatching(words) } });
      expect(daemon.describe()).not.toContain(KEY);
    }
  });

  test('warns of keys that everybody on the machine can read', async () => {
    const open = await keyFile('open', KEY);
    await chmod(open, 0o644);
    await using daemon = await startDaemon('--access-key-file', open);
    expect(daemon.of('warning')).toMatchObject([{ code: 'access-keys-exposed' }]);
  });

  test('tells a person that it is private', async () => {
    await using daemon = new CliProcess(['serve', '--port', '0', '--access-key-file', keys]);
    const { stderr } = daemon.child;
    if (stderr === null) throw new Error('the daemon has no standard error');
    while (!daemon.stderr.includes('it is private')) await once(stderr, 'data');
    expect(daemon.stdout).toBe('');
  });
});

describe('snap-share token', () => {
  test('tells a script what it has made', async () => {
    const args = ['token', '--room', 'garden#aSecretOfTheGarden', '--access-key-file', keys, '--json', '--ttl', '2h'];
    await using command = new CliProcess([...args, '--link', 'https://snap.example.org']);
    expect(await command.exit(), command.describe()).toBe(0);
    const { token, link, expires, room } = await command.event('token');
    expect({ room, token }).toEqual({ room: 'garden', token: expect.stringMatching(TOKEN) });
    expect(link).toBe(`https://snap.example.org/r/garden#aSecretOfTheGarden&access=${String(token)}`);
    expect(Math.abs(Date.parse(String(expires)) - Date.now() - 7_200_000)).toBeLessThan(60_000);
    expect(command.lines.map(({ event }) => event)).toEqual(['hello', 'token', 'done']);
  });

  test.each([
    [[], /--room/],
    [['--room', 'garden'], /--access-key-file/],
    [['--room', 'our garden', '--access-key-file', 'KEYS'], /expected a room name/],
    [['--room', 'garden', '--access-key-file', 'NONE'], /could not read/],
    [['--room', 'garden', '--access-key-file', 'KEYS', '--ttl', 'long'], /Expected a duration/],
    [['--room', 'garden', '--access-key-file', 'KEYS', '--link', 'snap'], /Expected an address/],
    [['--room', 'garden', '--access-key-file', 'KEYS', '--secret-file', 'KEYS'], /expected --link/],
  ])('says what it needs: %j', async (args, words) => {
    const given = args.map((arg) => (arg === 'KEYS' ? keys : arg === 'NONE' ? directory.file('none') : arg));
    await using command = new CliProcess(['token', ...given]);
    expect(await command.exit()).toBe(2);
    expect(command.stderr).toMatch(words);
    expect(command.stdout).toBe('');
  });
});

test('a peer is told when it is given access twice', async () => {
  const cases = [
    ['garden', '--access-key-file', keys, '--access-token-file', 'x'],
    [`http://127.0.0.1:9/r/garden#&access=${KEY}`, '--access-key-file', keys],
  ];
  for (const args of cases) {
    await using peer = new CliProcess(['join', ...args, '--json']);
    expect(await peer.exit(), peer.describe()).toBe(2);
    expect(peer.describe()).not.toContain(KEY);
  }
});

/** What a join from this address comes to: a type of message, the reason of a close, or the status of a refusal. */
async function guess(
  daemon: { url: string },
  localAddress = '127.0.0.1',
  access = WRONG,
  forwarded?: string,
): Promise<string | number> {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  const ws = new WebSocket(new URL('ws', daemon.url.replace(/^http/, 'ws')), 'snap-share.v1', {
    localAddress,
    headers,
  });
  ws.on('error', () => {});
  try {
    return await new Promise((resolve) => {
      ws.on('open', () =>
        ws.send(JSON.stringify({ type: 'join', room: 'garden', name: '', kind: 'terminal', access })),
      );
      ws.on('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode));
      ws.on('message', (data: Buffer) => {
        const { type } = JSON.parse(data.toString()) as { type: string };
        if (type !== 'error') resolve(type);
      });
      ws.on('close', (_code, reason) => resolve(reason.toString()));
    });
  } finally {
    ws.terminate();
  }
}
