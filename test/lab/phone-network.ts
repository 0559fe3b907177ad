import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A network with this machine at one end and a phone at the other. Needs root on Linux. */
export interface PhoneNetwork extends AsyncDisposable {
  /** This machine's address there. */
  readonly address: string;
  /** An executable that runs another one with the same arguments, on the phone. */
  runner(executable: string): Promise<string>;
  /** Airplane mode, or no longer. */
  setConnected(connected: boolean): Promise<void>;
}

/** Networks of one test process; others that run at the same time have another process id. */
let made = 0;

/** A network namespace with a virtual cable to it. */
export async function openPhoneNetwork(): Promise<PhoneNetwork> {
  made += 1;
  // Names of interfaces have at most 15 characters.
  const name = `snap${process.pid % 1_000_000}n${made}`;
  const subnet = `10.${200 + (process.pid % 50)}.${(process.pid >> 6) & 255}`;
  const [here, phone] = [`${subnet}.${4 * made + 1}`, `${subnet}.${4 * made + 2}`];
  const ip = (...args: string[]): Promise<unknown> => run('ip', args);
  const inside = (...args: string[]): Promise<unknown> => ip('-n', name, ...args);
  const directory = await mkdtemp(join(tmpdir(), 'snap-share-phone-'));
  const close = async (): Promise<void> => {
    // The other end of the cable goes with the namespace.
    await ip('netns', 'delete', name).catch(() => {});
    await rm(directory, { recursive: true, force: true });
  };
  const connect = async (): Promise<void> => {
    await inside('link', 'set', 'phone', 'up');
    // A route goes with its interface.
    await inside('route', 'replace', 'default', 'via', here);
  };
  try {
    await ip('netns', 'add', name);
    await inside('link', 'set', 'lo', 'up');
    await ip('link', 'add', `${name}h`, 'type', 'veth', 'peer', 'name', 'phone', 'netns', name);
    await ip('address', 'add', `${here}/30`, 'dev', `${name}h`);
    await ip('link', 'set', `${name}h`, 'up');
    await inside('address', 'add', `${phone}/30`, 'dev', 'phone');
    await connect();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    address: here,
    async runner(executable) {
      const path = join(directory, 'run');
      await writeFile(path, `#!/bin/sh\nexec ip netns exec ${name} ${executable} "$@"\n`);
      await chmod(path, 0o755);
      return path;
    },
    setConnected: async (connected) => {
      if (connected) await connect();
      else await inside('link', 'set', 'phone', 'down');
    },
    [Symbol.asyncDispose]: close,
  };
}
