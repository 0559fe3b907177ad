import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flatPng, mediaFile, phonePhoto } from '../image/fixtures.ts';
import { CliProcess, startDaemon, startPeer } from './cli-process.ts';
import { mountFullDisk, mountReadOnlyDisk } from './small-disk.ts';
import { temporaryDirectory } from './temporary.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let daemon: Awaited<ReturnType<typeof startDaemon>>;
const servers: Server[] = [];

async function listen(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  daemon = await startDaemon();
  const photo = await phonePhoto();
  await mkdir(directory.file('folder.jpg'));
  await writeFile(directory.file('photo.jpg'), photo);
  await writeFile(directory.file('text.jpg'), 'This is no picture.\n');
  await writeFile(directory.file('truncated.jpg'), photo.subarray(0, photo.length / 2));
  await writeFile(directory.file('bomb.png'), flatPng(14_000, 14_000));
  await writeFile(
    directory.file('drawing.svg'),
    '<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>',
  );
  await writeFile(directory.file('phone.heic'), mediaFile('heic', 'mif1', 'heic'));
  await writeFile(directory.file('empty.jpg'), '');
});

afterAll(async () => {
  for (const server of servers) server.close();
  await daemon[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

/** Runs a command that must fail, and gives the one error a script sees. */
async function failure(args: readonly string[], options?: ConstructorParameters<typeof CliProcess>[1]) {
  await using cli = new CliProcess([...args, '--json'], options);
  const exit = await cli.exit();
  expect(cli.of('done'), cli.describe()).toHaveLength(1);
  const done = cli.lines.at(-1) as unknown as {
    event: string;
    ok: boolean;
    exit: number;
    error: { code: string; message: string };
  };
  expect(done).toMatchObject({ event: 'done', ok: false, exit });
  expect(done.error.message).toMatch(/^\P{Cc}+$/u);
  return { exit, ...done.error };
}

const inRoom = (...args: string[]): string[] => ['join', 'garden', '--server', daemon.url, '--no-save', ...args];

describe('an image file that cannot be shared ends with 9 and says what came', () => {
  test.each([
    ['a missing file', 'missing.jpg', 'file-missing'],
    ['a directory', 'folder.jpg', 'file-is-directory'],
    ['a text file named .jpg', 'text.jpg', 'image-unsupported'],
    ['a truncated JPEG', 'truncated.jpg', 'image-unreadable'],
    ['a PNG of 14,000 × 14,000', 'bomb.png', 'image-too-large'],
    ['an SVG', 'drawing.svg', 'image-unsupported'],
    ['a HEIC', 'phone.heic', 'image-unsupported'],
    ['an empty file', 'empty.jpg', 'file-empty'],
  ])('%s', async (_what, file, code) => {
    expect(await failure(inRoom('--file', directory.file(file)))).toMatchObject({ exit: 9, code });
  });

  test('nothing on standard input', async () => {
    expect(await failure(inRoom('--file', '-'))).toMatchObject({ exit: 9 });
  });
});

describe('a command line that cannot be right ends with 2', () => {
  test.each([
    ['an unknown flag', ['join', 'garden', '--bogus']],
    ['an unknown command', ['bogus']],
    ['a bad duration', ['join', 'garden', '--test-pattern', '--every', 'soon']],
    ['a duration of nothing', ['join', 'garden', '--timeout', '0s']],
    ['a bad room name', ['join', 'my garden']],
    ['a room name that is too long', ['join', 'x'.repeat(65)]],
    ['a secret with a space', ['join', 'garden#two words']],
    ['a link to something else', ['join', 'https://example.org/photos/1']],
    ['a server that is no address', ['join', 'garden', '--server', 'localhost']],
    ['a count without --every', ['join', 'garden', '--test-pattern', '--count', '3']],
    ['--every without a camera', ['join', 'garden', '--every', '3s']],
    ['two live sources', ['join', 'garden', '--camera', '--test-pattern']],
    ['--require-verified without a secret', ['join', 'garden', '--require-verified']],
    ['a missing secret file', ['join', 'garden', '--secret-file', '/nonexistent/secret']],
    ['standard input for two things', ['join', 'garden', '--file', '-', '--secret-file', '-']],
    ['a format nobody knows', ['join', 'garden', '--format', 'bmp']],
    ['a port that is none', ['serve', '--port', '70000']],
    ['a certificate without its key', ['serve', '--port', '0', '--tls-cert', 'cert.pem']],
    ['a certificate that is missing', ['serve', '--port', '0', '--tls-cert', 'missing', '--tls-key', 'missing']],
    ['two certificates', ['serve', '--tls-cert', 'cert.pem', '--tls-key', 'key.pem', '--tls-self-signed']],
    ['a fingerprint that is none', ['join', 'garden', '--tls-fingerprint', 'AB:CD']],
    ['a fingerprint for an address without TLS', ['join', 'garden', '--no-save', '--tls-fingerprint', 'ab'.repeat(32)]],
    ['an origin that is none', ['serve', '--port', '0', '--origin', 'example']],
    ['one peer in a loopback', ['loopback', '--peers', '1']],
  ])('%s', async (_what, args) => {
    expect(await failure(args)).toMatchObject({ exit: 2, code: 'usage' });
  });

  test('a port that is taken', async () => {
    const { port } = new URL(daemon.url);
    expect(await failure(['serve', '--port', port])).toMatchObject({ exit: 2, code: 'usage' });
  });
});

describe('a daemon that is none ends with 3', () => {
  test('nobody listens there', async () => {
    expect(await failure(['join', 'garden', '--no-save', '--server', 'http://127.0.0.1:9'])).toMatchObject({
      exit: 3,
      code: 'daemon-unreachable',
    });
  });

  test('a web server that is no daemon answers', async () => {
    const url = await listen(createServer((_request, response) => response.end('hello')));
    expect(await failure(['join', 'garden', '--no-save', '--server', url])).toMatchObject({
      exit: 3,
      code: 'not-a-daemon',
    });
  });

  test('something that speaks no HTTP answers', async () => {
    const url = await listen(createTcpServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.2\r\n')));
    expect(await failure(['join', 'garden', '--no-save', '--server', url])).toMatchObject({
      exit: 3,
      code: 'not-a-daemon',
    });
  });

  test('something accepts and never answers: --timeout holds', async () => {
    const url = await listen(createTcpServer((socket) => socket.on('error', () => {})));
    const args = ['join', 'garden', '--no-save', '--server', url, '--timeout', '2s', '--expect-peers', '1'];
    expect(await failure(args)).toMatchObject({ exit: 3, code: 'daemon-unreachable' });
  });
});

describe('a camera that cannot be used ends with 8', () => {
  test.each([
    ['no such device', '/dev/video63'],
    ['a device that is no device', '/etc/passwd'],
    ['a device that would reach a shell', '/dev/video0; touch /tmp/owned'],
  ])('%s', async (_what, device) => {
    expect(await failure(inRoom('--camera', device))).toMatchObject({ exit: 8 });
  });
});

describe('a directory that cannot take photos ends with 7', () => {
  test('a file stands where the directory should be', async () => {
    const args = ['join', 'garden', '--server', daemon.url, '--save', directory.file('photo.jpg')];
    expect(await failure(args)).toMatchObject({ exit: 7, code: 'storage-failed' });
  });

  test('the file system is read-only', async () => {
    await using disk = await mountReadOnlyDisk();
    for (const save of [disk.path, `${disk.path}/in/here`, '/proc/in/here']) {
      const args = ['join', 'garden', '--server', daemon.url, '--save', save];
      expect(await failure(args)).toMatchObject({ exit: 7, code: 'storage-failed' });
    }
  });

  test('the disk is full: the sender hears it as a failed transfer, and no partial file stays', async () => {
    await using full = await mountFullDisk();
    await using receiver = startPeer(daemon, 'full', ['--save', full.path, '--expect-photos', '1', '--timeout', '60s']);
    await receiver.event('room');
    await using sender = startPeer(daemon, 'full', [
      '--file',
      directory.file('photo.jpg'),
      '--original',
      '--expect-peers',
      '1',
      '--timeout',
      '60s',
    ]);
    expect(await receiver.exit(), receiver.describe()).toBe(7);
    expect(receiver.lines.at(-1)).toMatchObject({ error: { code: 'storage-failed' } });
    expect(await sender.exit(), sender.describe()).toBe(7);
    expect(sender.describe()).not.toContain(full.path);
    expect((await readdir(full.path)).filter((name) => name !== 'filler')).toEqual([]);
  });
});

test('nobody there: a script is told that it timed out, with 5', async () => {
  expect(await failure(inRoom('--expect-peers', '1', '--timeout', '4s'))).toMatchObject({ exit: 5, code: 'timeout' });
});
