import { basename } from 'node:path';
import type { PhotoInput } from '../peer/photo.ts';

/** How pictures are made ready to be shared (design: at most 1,600 px and 300 kB, without metadata). */
export interface PictureOptions {
  readonly maxEdge?: number;
  readonly maxBytes?: number;
  readonly format?: 'jpeg' | 'webp' | 'avif' | 'png';
  /** The file's own bytes, metadata and all, after the same checks. */
  readonly original?: boolean;
}

/** A picture ready to be shared, with where it came from. */
export interface PreparedPhoto extends PhotoInput {
  readonly source: string;
  /** Of the picture before it was compressed. */
  readonly inputBytes: number;
}

/** Where pictures come from. `take` may be called again for the next one. */
export interface PhotoSource {
  readonly label: string;
  /** `onDecoding`: the slow part has begun, on a thread of its own. Not every source says so. */
  take(signal: AbortSignal, onDecoding?: () => void): Promise<PreparedPhoto>;
}

/** A file of this machine. `-` is standard input. */
export function fileSource(path: string, stdin: AsyncIterable<Uint8Array>, options: PictureOptions): PhotoSource {
  return {
    label: path === '-' ? 'standard input' : path,
    async take(signal, onDecoding) {
      const { readImageFile, readImageStream } = await import('../image/read-file.ts');
      const bytes = path === '-' ? await readImageStream(stdin) : await readImageFile(path, { signal });
      const name = path === '-' ? {} : { name: basename(path) };
      return prepare(bytes, path === '-' ? 'standard input' : basename(path), { ...options, onDecoding }, name);
    },
  };
}

/** A webcam, through the system's own capture tool. */
export function cameraSource(device: string | undefined, options: PictureOptions): PhotoSource {
  const label = device === undefined ? 'camera' : `camera ${device}`;
  return {
    label,
    async take(signal) {
      const { captureFrame } = await import('../image/capture.ts');
      const bytes = await captureFrame({ signal, ...(device === undefined ? {} : { device }) });
      return prepare(bytes, label, options, {});
    },
  };
}

/** Drawn here, different every time: for trying things out without a camera. */
export function testPatternSource(name: string, now: () => Date, options: PictureOptions): PhotoSource {
  let frame = 0;
  return {
    label: 'test pattern',
    async take() {
      const { drawTestPattern } = await import('../image/test-pattern.ts');
      const bytes = await drawTestPattern({ name, at: now(), frame });
      frame += 1;
      return prepare(bytes, 'test pattern', options, {});
    },
  };
}

async function prepare(
  input: Uint8Array,
  source: string,
  options: PictureOptions & { readonly onDecoding?: (() => void) | undefined },
  name: { name?: string },
): Promise<PreparedPhoto> {
  const { compressImage } = await import('../image/compress.ts');
  const { bytes, type, width, height } = await compressImage(input, options);
  return { bytes, mediaType: type, width, height, source, inputBytes: input.length, ...name };
}
