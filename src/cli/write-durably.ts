import { open } from 'node:fs/promises';

/** Writes a new file; resolves once its bytes are on the disk. */
export async function writeDurably(path: string, data: Uint8Array | string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
}
