import { rm, writeFile } from 'node:fs/promises';

const WIDTH = 64;
const HEIGHT = 48;
const FRAMES = 10;

/**
 * A camera that Chromium plays from a file. It opens the file each time that a page asks for a camera, so that it can be
 * unplugged and plugged in while pages are open.
 */
export class Y4mCamera {
  readonly #path: string;

  /** `path` ends in `.y4m`. */
  constructor(path: string) {
    this.#path = path;
  }

  get args(): string[] {
    return [
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${this.#path}`,
    ];
  }

  plugIn(): Promise<void> {
    return this.#write(FRAMES);
  }

  unplug(): Promise<void> {
    return rm(this.#path);
  }

  /** It starts, and fails with its first picture. */
  loosen(): Promise<void> {
    return this.#write(0);
  }

  /** YUV4MPEG2, 4:2:0: each frame a line and its planes. */
  #write(wholeFrames: number): Promise<void> {
    const frame = Buffer.concat([Buffer.from('FRAME\n'), Buffer.alloc((WIDTH * HEIGHT * 3) / 2, 100)]);
    const header = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip C420\n`);
    const frames = wholeFrames === 0 ? [frame.subarray(0, 6)] : Array.from({ length: wholeFrames }, () => frame);
    return writeFile(this.#path, Buffer.concat([header, ...frames]));
  }
}
