import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { CaptureJob } from './capture-job.ts';
import { LIMITS } from './limits.ts';

// The folder runs as it is (tsx, vitest) and compiled; Node 20 needs help with the former.
const IS_SOURCE = import.meta.url.endsWith('.ts');
const CHILD = IS_SOURCE
  ? new URL('./capture-child.ts', import.meta.url)
  : new URL('./capture-child.js', import.meta.url);

/**
 * Runs the capturing process in `folder` and resolves, once it and everything it started is gone, with what it printed.
 * An abort kills the whole process group and rejects with the signal's reason.
 */
export async function runCapture(job: CaptureJob, folder: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const child = fork(CHILD, {
    cwd: folder,
    // A process group of its own, so that the shell and the tool can be ended with it.
    detached: true,
    execArgv: IS_SOURCE ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : [],
    env: childEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const kill = () => killGroup(child);
  signal.addEventListener('abort', kill, { once: true });
  try {
    const output = collect(child);
    // Nobody asks for it when the child does not even start.
    output.catch(() => undefined);
    // The child may end before it has read its job; that is told by its output, or the lack of it.
    child.send(job, () => undefined);
    await once(child, 'exit');
    // The tool, should it have survived the child: it would keep the pipes open.
    kill();
    signal.throwIfAborted();
    return await output;
  } finally {
    signal.removeEventListener('abort', kill);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in the group.
  }
}

function collect({ stdout, stderr }: ChildProcess): Promise<string> {
  let text = '';
  const ends = [stdout, stderr].map(async (stream) => {
    if (stream === null) return;
    stream.setEncoding('utf8');
    stream.on('data', (piece: string) => {
      text = (text + piece).slice(-LIMITS.toolOutputBytes);
    });
    await once(stream, 'close');
  });
  return Promise.all(ends).then(() => text);
}

/** English errors, and none of our own settings: a room's secret is no business of a camera tool. */
function childEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('SNAP_SHARE_') && name !== 'NODE_OPTIONS' && name !== 'LANGUAGE',
  );
  return { ...Object.fromEntries(entries), LC_ALL: 'C' };
}
