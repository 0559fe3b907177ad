import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Every supported line of Node, as the npm registry has it. */
const NODES = ['20', '22', '24'];

let directory: string;
let tarball: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snap-share-package-'));
  await run('npm', ['pack', '--pack-destination', directory], { cwd: ROOT });
  const packed = (await readdir(directory)).find((name) => name.endsWith('.tgz'));
  if (packed === undefined) throw new Error('npm pack made no tarball');
  tarball = join(directory, packed);
});

afterAll(() => rm(directory, { recursive: true, force: true }));

/** The executable of another Node, installed from the npm registry. */
async function installNode(major: string): Promise<string> {
  const prefix = join(directory, `node-${major}`);
  await mkdir(prefix);
  await writeFile(join(prefix, 'package.json'), '{"private":true}');
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  await run('npm', ['install', '--no-audit', '--no-fund', `${name}@${major}`], { cwd: prefix });
  return join(prefix, 'node_modules', name, 'bin', 'node');
}

test('the tarball holds what runs and what explains it, and nothing else', async () => {
  const { stdout } = await run('tar', ['-tzf', tarball]);
  const files = stdout
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));
  for (const needed of [
    'bin/snap-share.js',
    'dist/index.js',
    'dist/index.d.ts',
    'README.md',
    'PROTOCOL.md',
    'LICENSE',
    'CHANGELOG.md',
    'docs/compat.md',
  ])
    expect(files).toContain(needed);
  expect(
    files.filter((path) => !/^(bin|dist)\/|^(package\.json|[A-Z]+\.md|LICENSE|docs\/compat\.md)$/.test(path)),
  ).toEqual([]);
});

test.each(NODES)(
  'installed globally, it runs three peers under Node %s without any development dependency',
  async (major) => {
    const node = await installNode(major);
    const prefix = join(directory, `global-${major}`);
    await run('npm', ['install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', tarball], {
      cwd: directory,
    });
    const command = join(prefix, 'bin', 'snap-share');
    const { stdout: version } = await run(node, [command, '--version']);
    const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(version.trim()).toBe(manifest.version);
    const { stdout } = await run(node, [command, 'loopback', '--peers', '3', '--json', '--timeout', '60s']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; exit?: number });
    expect(lines.filter(({ event }) => event === 'photo-delivered')).toHaveLength(6);
    expect(lines.at(-1)).toMatchObject({ event: 'done', exit: 0 });
  },
);

test('a program can use it as a library, with types', async () => {
  const prefix = join(directory, 'library');
  await mkdir(prefix);
  await writeFile(join(prefix, 'package.json'), '{"private":true,"type":"module"}');
  await run('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: prefix });
  const program = `
    import { joinRoom, serve, SnapError, type PeerEvent, type Room } from 'snap-share';
    const daemon = await serve({ port: 0 });
    const sink = { store: () => Promise.resolve({ stored: false }) };
    const join = (name: string, onEvent: (event: PeerEvent) => void): Promise<Room> =>
      joinRoom({ server: daemon.url, room: 'library', name, kind: 'terminal', sink, onEvent });
    let connected = (): void => {};
    const done = new Promise<void>((resolve) => (connected = resolve));
    const one = await join('one', (event) => { if (event.type === 'peer-connected') connected(); });
    const two = await join('two', () => {});
    await done;
    await Promise.all([one.leave(), two.leave()]);
    await daemon.close();
    console.log(new SnapError('timeout', 'fine').retryable);
  `;
  await writeFile(join(prefix, 'program.ts'), program);
  const compiler = join(ROOT, 'node_modules/.bin/tsc');
  const flags = [
    '--strict',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--types',
    'node',
    '--skipLibCheck',
    'false',
  ];
  const types = ['--typeRoots', join(ROOT, 'node_modules/@types')];
  await run(compiler, [...flags, ...types, 'program.ts'], { cwd: prefix });
  const { stdout } = await run(process.execPath, ['program.js'], { cwd: prefix });
  expect(stdout.trim()).toBe('true');
});
