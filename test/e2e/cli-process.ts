import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/snap-share.js', import.meta.url));

/** Processes that are still running: a test that was cut off at its time-out never gets to its own clean-up. */
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** One line of `--json` output. */
export interface Line {
  readonly v: number;
  readonly event: string;
  readonly t: number;
  readonly [field: string]: unknown;
}

interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Given to standard input, which is closed after it. */
  readonly input?: string | Uint8Array;
  /** The executable and its first arguments, instead of this checkout's command. */
  readonly command?: readonly string[];
}

/** A real process of the command line, with its events as they come. */
export class CliProcess implements AsyncDisposable {
  readonly lines: Line[] = [];
  readonly child: ChildProcess;
  readonly #ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  #stdout = '';
  #stderr = '';
  #watchers: (() => void)[] = [];
  #over = false;

  constructor(args: readonly string[], options: CliOptions = {}) {
    const [command = process.execPath, ...first] = options.command ?? [process.execPath, BIN];
    this.child = spawn(command, [...first, ...args], {
      cwd: options.cwd,
      // Only what the test gives: nobody's own settings shall decide.
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    running.add(this.child);
    this.child.stdin?.on('error', () => {});
    this.child.stdin?.end(options.input);
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    if (this.child.stdout !== null) {
      this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
      createInterface({ input: this.child.stdout }).on('line', (text) => {
        if (!text.startsWith('{')) return;
        this.lines.push(JSON.parse(text) as Line);
        this.#wake();
      });
    }
    this.#ended = once(this.child, 'close').then(([code, signal]) => {
      running.delete(this.child);
      this.#over = true;
      this.#wake();
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Lines of one kind so far. */
  of(event: string): Line[] {
    return this.lines.filter((line) => line.event === event);
  }

  /** The nth line of a kind, or one that fulfils a condition, as soon as it is there. */
  async event(event: string, matching: number | ((line: Line) => boolean) = 1): Promise<Line> {
    for (;;) {
      const lines = this.of(event);
      const found = typeof matching === 'number' ? lines[matching - 1] : lines.find(matching);
      if (found !== undefined) return found;
      if (this.#over) throw new Error(`ended without ${event}: ${this.describe()}`);
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  /** The exit code; a signal that ended the process counts as a failure of the test. */
  async exit(): Promise<number> {
    const { code, signal } = await this.#ended;
    if (code === null) throw new Error(`ended by ${String(signal)}: ${this.describe()}`);
    return code;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  describe(): string {
    return [...this.lines.map((line) => JSON.stringify(line)), this.#stderr].join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) this.child.kill('SIGKILL');
    await this.#ended;
  }

  #wake(): void {
    for (const watcher of this.#watchers.splice(0)) watcher();
  }
}

/** A daemon on a free port, ready. */
export async function startDaemon(...args: string[]): Promise<CliProcess & { url: string }> {
  const daemon = new CliProcess(['serve', '--port', '0', '--json', ...args]);
  const { url } = await daemon.event('ready');
  return Object.assign(daemon, { url: String(url) });
}

/** A peer in a room; `args` as on the command line. */
export function startPeer(
  daemon: { url: string },
  room: string,
  args: readonly string[],
  options?: CliOptions,
): CliProcess {
  return new CliProcess(['join', room, '--server', daemon.url, '--json', ...args], options);
}
