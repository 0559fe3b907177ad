import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory that is gone when its scope ends. */
export async function temporaryDirectory(): Promise<
  AsyncDisposable & { path: string; file: (name: string) => string }
> {
  const path = await mkdtemp(join(tmpdir(), 'snap-share-test-'));
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
