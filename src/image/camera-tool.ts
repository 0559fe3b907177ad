import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ImageError } from './errors.ts';

// What node-webcam runs on each system, and how to get it.
const TOOLS: Partial<Record<NodeJS.Platform, { readonly name: string; readonly install: string }>> = {
  linux: { name: 'fswebcam', install: 'Install it (sudo apt install fswebcam)' },
  darwin: { name: 'imagesnap', install: 'Install it (brew install imagesnap)' },
};

/** The path of the program that takes pictures here. Rejects with `camera-tool-missing`. */
export async function findCameraTool(platform: NodeJS.Platform, searchPath: string): Promise<string> {
  const tool = TOOLS[platform];
  if (tool === undefined) {
    throw new ImageError(
      'camera-tool-missing',
      'Taking pictures from a terminal works on Linux and macOS only. Use --file, or open the room in a browser.',
    );
  }
  for (const folder of searchPath.split(delimiter)) {
    const candidate = join(folder, tool.name);
    if (folder !== '' && (await isExecutable(candidate))) return candidate;
  }
  throw new ImageError(
    'camera-tool-missing',
    `The camera needs the program ${tool.name}, which is not in PATH. ${tool.install}, or use --file or --test-pattern.`,
  );
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
