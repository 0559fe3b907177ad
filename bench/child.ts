import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** One line of a child's standard output. */
export interface Line {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** Nothing that is measured here takes longer, ms. */
const DEADLINE_MS = 60_000;
/** The unit of times in /proc: USER_HZ is 100 on every Linux that Node runs on, ms. */
const TICK_MS = 10;

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => process.exit(128 + constants.signals[signal]));

/** A process of a benchmark. It speaks in lines of JSON with an `event`, as our own commands do. */
export class Child implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #lines: Line[] = [];
  #stderr = '';
  #wake = (): void => {};

  /** `args` are those of node: its flags, a script and what the script is given. */
  constructor(args: readonly string[]) {
    const { PATH, HOME } = process.env;
    const child = spawn(process.execPath, args, { env: { PATH, HOME }, stdio: 'pipe' });
    alive.add(child);
    this.#child = child;
    this.#closed = once(child, 'close').finally(() => {
      alive.delete(child);
      this.#wake();
    });
    child.stdin.on('error', () => {});
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    createInterface({ input: child.stdout }).on('line', (text) => {
      this.#lines.push(JSON.parse(text) as Line);
      this.#wake();
    });
  }

  /** The next line of a kind that nobody has been given yet. Rejects when the process ends or stays silent. */
  async event(event: string): Promise<Line> {
    const until = performance.now() + DEADLINE_MS;
    for (;;) {
      const at = this.#lines.findIndex((line) => line.event === event);
      const [line] = at < 0 ? [] : this.#lines.splice(at, 1);
      if (line !== undefined) return line;
      if (!alive.has(this.#child)) throw new Error(`ended without ${event}: ${this.#describe()}`);
      if (performance.now() >= until) throw new Error(`no ${event} in time: ${this.#describe()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, until - performance.now());
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Resolves when the process has ended by itself and well. */
  async ended(): Promise<void> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), DEADLINE_MS);
    await this.#closed;
    clearTimeout(timer);
    if (this.#child.exitCode !== 0) throw new Error(`did not end well: ${this.#describe()}`);
  }

  tell(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** What it has used of the processors so far, all its threads together. */
  cpuMs(): number {
    // proc_pid_stat(5): the name in parentheses may hold anything, utime and stime are the 12th and 13th field after it.
    const fields = this.#proc('stat')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  }

  residentBytes(): number {
    // The figures in /proc/<pid>/status are estimates since Linux 6.2; these are counted.
    return Number(/^Rss:\s+(\d+) kB$/m.exec(this.#proc('smaps_rollup'))?.[1]) * 1_024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (alive.has(this.#child)) this.#child.kill('SIGKILL');
    await this.#closed;
  }

  #proc(file: string): string {
    return readFileSync(`/proc/${this.#child.pid}/${file}`, 'utf8');
  }

  #describe(): string {
    return [this.#child.spawnargs.join(' '), ...this.#lines.map((line) => JSON.stringify(line)), this.#stderr].join(
      '\n',
    );
  }
}

/** The path of a file of this checkout, given relative to `bench/`. */
export function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

/** The arguments of our own command. */
export function snapShare(...args: string[]): string[] {
  return [pathOf('../bin/snap-share.js'), ...args, '--json'];
}

/** A server that says where it listens. */
export async function startServer(args: readonly string[]): Promise<Child & { readonly url: string }> {
  const server = new Child(args);
  const { url } = await server.event('ready');
  return Object.assign(server, { url: String(url) });
}

/** Our daemon, on a free port. */
export function startDaemon(nodeFlags: readonly string[] = []): Promise<Child & { readonly url: string }> {
  return startServer([...nodeFlags, ...snapShare('serve', '--port', '0')]);
}

/** Our daemon with another system at a port of its own, whose address is the `url`. */
export async function startDialect(
  name: string,
  nodeFlags: readonly string[] = [],
): Promise<Child & { readonly url: string }> {
  const server = new Child([...nodeFlags, ...snapShare('serve', '--port', '0', '--compat', `${name}@0`)]);
  const { compat } = await server.event('ready');
  const [{ url }] = compat as [{ url: string }];
  return Object.assign(server, { url });
}

/** A bare server of `bench/bare`. */
export function startBare(file: string, nodeFlags: readonly string[] = []): Promise<Child & { readonly url: string }> {
  return startServer([...nodeFlags, pathOf(`bare/${file}`)]);
}
