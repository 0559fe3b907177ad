import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, watch } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkDeviceNode, chooseCamera, listCameras } from '../../src/image/camera-device.ts';
import { captureFrame } from '../../src/image/capture.ts';
import { ImageError } from '../../src/image/errors.ts';
import { inspectImage } from '../../src/image/inspect.ts';
import { asNobody } from './as-nobody.ts';
import { bytesOf, colourAt, halves, refusal } from './fixtures.ts';

let folder: string;
const realPath = process.env['PATH'] ?? '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snap-share-test-'));
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'tmp'));
  vi.stubEnv('TMPDIR', join(folder, 'tmp'));
});
afterEach(async () => {
  const left = (await readdir(join(folder, 'tmp'))).filter((name) => name.startsWith('snap-share-'));
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
  expect(left, 'files left behind').toEqual([]);
});

/** A camera program that behaves as the script says. */
async function fakeTool(script: string): Promise<void> {
  await writeFile(join(folder, 'fswebcam'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${folder}:${realPath}`);
}

/** A tool that never ends, with a child of its own; both leave their numbers in `pids`. */
const hangs = () =>
  fakeTool(`sleep 100000 & echo "$$ $!" > '${folder}/pids.new'; mv '${folder}/pids.new' '${folder}/pids'; wait`);

async function pidsOfTool(): Promise<number[]> {
  const path = join(folder, 'pids');
  const watcher = watch(folder);
  try {
    while (!existsSync(path)) await new Promise((resolve) => watcher.once('change', resolve));
  } finally {
    watcher.close();
  }
  return (await readFile(path, 'utf8')).trim().split(' ').map(Number);
}

/** A zombie has ended: it only waits for a parent that may never ask. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

const untilGone = (pids: readonly number[]) => vi.waitUntil(() => !pids.some(isAlive), { timeout: 30_000 });

describe('a frame', () => {
  it('comes through the real node-webcam and the real fswebcam', async () => {
    const bytes = await captureFrame({ device: 'TEST:', width: 640, height: 480, skipFrames: 2 });
    expect(await inspectImage(bytes)).toEqual({ type: 'image/jpeg', width: 640, height: 480 });
  });

  it('can come from a file, whatever its name', async () => {
    const path = join(folder, "a $(touch pwned) '; touch pwned; `touch pwned`.jpg");
    await writeFile(path, await bytesOf(halves(320, 240).jpeg()));
    const bytes = await captureFrame({ device: `FILE:${path}`, width: 320, height: 240 });
    expect([await colourAt(bytes, 0.1), await colourAt(bytes, 0.9)]).toEqual(['red', 'blue']);
    expect(existsSync('pwned') || existsSync(join(folder, 'pwned'))).toBe(false);
  });

  it('is written where no other user can look', async () => {
    await fakeTool(`stat -c %a . > '${folder}/mode'`);
    await refusal(captureFrame({ device: 'TEST:' }));
    expect((await readFile(join(folder, 'mode'), 'utf8')).trim()).toBe('700');
  });

  it('does not come with our secrets in the environment of the tool', async () => {
    vi.stubEnv('SNAP_SHARE_SECRET', 'correct horse');
    await fakeTool(`env > '${folder}/env'`);
    await expect(captureFrame({ device: 'TEST:' })).rejects.toMatchObject({ code: 'camera-failed' });
    const seen = await readFile(join(folder, 'env'), 'utf8');
    expect(seen).not.toContain('correct horse');
    expect(seen).toContain('LC_ALL=C');
  });
});

describe('a camera that fails says why:', () => {
  it.each([
    ['busy', 'VIDIOC_S_FMT: Device or resource busy', 'camera-busy'],
    ['forbidden', 'open: Permission denied', 'camera-no-permission'],
    ['unplugged', 'stat: No such file or directory', 'camera-absent'],
    ['stuck', 'Timed out waiting for frame!', 'camera-hung'],
    ['no camera', 'Unable to find a source module that can read TEST:.', 'camera-bad-device'],
    ['something else', 'VIDIOC_DQBUF: Input/output error', 'camera-failed'],
  ])('%s', async (_, message, code) => {
    // As the real one: it says so, and ends with success.
    await fakeTool(`printf '\\033[31m${message}\\n' >&2`);
    const error = await refusal(captureFrame({ device: 'TEST:' }));
    expect(error.code).toBe(code);
    expect(String(error.cause)).toContain(message);
    expect(error.message).toMatch(/^\P{Cc}+$/u);
  });

  it('a tool that ends with an error', async () => {
    await fakeTool('echo "Segmentation fault" >&2; exit 139');
    const error = await refusal(captureFrame({ device: 'TEST:' }));
    expect(error.code).toBe('camera-failed');
    expect(error.message).toContain('Segmentation fault');
  });

  it('a tool that writes half a picture', async () => {
    await writeFile(join(folder, 'half.jpg'), (await bytesOf(halves(320, 240, 90).jpeg())).subarray(0, 3_000));
    await fakeTool(`cp '${folder}/half.jpg' frame.jpg`);
    await expect(captureFrame({ device: 'TEST:' })).rejects.toMatchObject({ code: 'camera-failed' });
  });

  it('a tool that is not installed', async () => {
    vi.stubEnv('PATH', folder);
    const error = await refusal(captureFrame({ device: 'TEST:' }));
    expect(error.code).toBe('camera-tool-missing');
    expect(error.message).toContain('apt install fswebcam');
  });

  it('a picture in place of a camera that is missing', async () => {
    const device = `FILE:${folder}/none.jpg`;
    await expect(captureFrame({ device })).rejects.toMatchObject({ code: 'file-missing' });
    await expect(captureFrame({ device: `FILE:${folder}` })).rejects.toMatchObject({ code: 'file-is-directory' });
  });
});

describe('a camera that hangs', () => {
  it('is given up at the deadline, and nothing of it runs on', async () => {
    await hangs();
    const error = await refusal(captureFrame({ device: 'TEST:', deadlineMs: 4_000 }));
    expect(error.code).toBe('camera-hung');
    expect(error.message).toContain('4 s');
    await untilGone(await pidsOfTool());
  });

  it('is left at once when the user leaves', async () => {
    await hangs();
    const abort = new AbortController();
    const capture = captureFrame({ device: 'TEST:', deadlineMs: 600_000, signal: abort.signal });
    const settled = expect(capture).rejects.toThrow('left');
    const pids = await pidsOfTool();
    expect(pids.every(isAlive)).toBe(true);
    abort.abort(new Error('left'));
    await settled;
    await untilGone(pids);
  });

  it('does not outlive a peer that is killed', async () => {
    await hangs();
    const module = new URL('../../src/image/capture.ts', import.meta.url).href;
    const script = `const { captureFrame } = await import('${module}'); await captureFrame({ device: 'TEST:' });`;
    const tsx = createRequire(import.meta.url).resolve('tsx');
    const peer = spawn(process.execPath, ['--import', tsx, '--input-type=module', '--eval', script], {
      stdio: 'ignore',
    });
    const pids = await pidsOfTool();
    peer.kill('SIGKILL');
    await untilGone(pids);
    const left = () => readdir(join(folder, 'tmp'));
    await vi.waitUntil(async () => !(await left()).some((name) => name.startsWith('snap-share-')), { timeout: 30_000 });
  });
});

describe('the name of a camera', () => {
  it('reaches the shell only as a plain word', async () => {
    const prefixes = ['', '/dev/', '/dev/video', 'TEST:', 'FILE:', '/dev/../dev/video', '-'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...prefixes),
        fc.string({ unit: 'binary', maxLength: 20 }),
        async (prefix, rest) => {
          const result = await chooseCamera(prefix + rest, 'linux').catch((cause: unknown) => cause);
          if (result instanceof Error) expect(result).toBeInstanceOf(ImageError);
          else
            expect((result as { device: string }).device).toMatch(
              /^(\/dev\/video\d{1,3}|TEST:[A-Za-z0-9]*|FILE:source)$/,
            );
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(['/dev/video0;reboot', '/dev/video$(id)', 'TEST:`id`', '/etc/passwd', '/dev/null', '--help', 'FILE:', ''])(
    'is refused when it is %j',
    async (device) => {
      await expect(captureFrame({ device })).rejects.toMatchObject({ code: 'camera-bad-device' });
    },
  );

  it.each([{ width: 1e9 }, { height: Number.NaN }, { width: 640.5 }, { skipFrames: -1 }])(
    'does not come with numbers like %j',
    async (values) => {
      await expect(captureFrame({ device: 'TEST:', ...values })).rejects.toMatchObject({ code: 'camera-bad-device' });
    },
  );

  it('of a camera that is not there is refused as absent', async () => {
    await expect(captureFrame({ device: '/dev/video987' })).rejects.toMatchObject({ code: 'camera-absent' });
    await expect(captureFrame({ device: '987' })).rejects.toMatchObject({ code: 'camera-absent' });
  });

  it('on a Mac is taken unless it could end its quotes', async () => {
    expect(await chooseCamera('FaceTime HD Camera (Built-in)', 'darwin')).toMatchObject({ kind: 'real' });
    for (const name of ["a'; id '", '-q', 'a\nb', '']) {
      await expect(chooseCamera(name, 'darwin')).rejects.toMatchObject({ code: 'camera-bad-device' });
    }
  });
});

describe('the device node', () => {
  it('must be a device', async () => {
    await writeFile(join(folder, 'video0'), '');
    await expect(checkDeviceNode(join(folder, 'video0'))).rejects.toMatchObject({ code: 'camera-bad-device' });
    await expect(checkDeviceNode(join(folder, 'video1'))).rejects.toMatchObject({ code: 'camera-absent' });
  });

  // Making a device node takes root.
  it.skipIf(process.getuid?.() !== 0)('that the user may not open is named as such', async () => {
    const node = join(folder, 'video0');
    execFileSync('mknod', ['-m', '600', node, 'c', '1', '3']);
    await expect(checkDeviceNode(node)).resolves.toBeUndefined();
    expect(await asNobody('camera-device.ts', 'checkDeviceNode', node)).toBe('camera-no-permission');
  });

  it('of each camera is listed by number', async () => {
    for (const name of ['video10', 'video2', 'video', 'videos', 'null']) await writeFile(join(folder, name), '');
    expect(await listCameras(folder)).toEqual([join(folder, 'video2'), join(folder, 'video10')]);
    expect(await listCameras(join(folder, 'none'))).toEqual([]);
  });
});
