import { bytesToHex } from '@noble/hashes/utils.js';
import { nobleCrypto } from '../peer/browser/crypto.ts';
import { MAX_PIXELS, readImageHeader, saysWhere } from './image-header.ts';
import { readableBytes } from './readable.ts';

/** A picture that is ready to be sent: upright, small, and nothing in it but pixels. */
export interface Draft {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** In hexadecimal. Computed while nobody waits for it, not when Send is pressed. */
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  /** A `blob:` of these very bytes. Its owner revokes it. */
  readonly url: string;
  /** What was done to it, in words. */
  readonly note: string;
}

/** The terminal's own limits (src/image/limits.ts). */
const MAX_EDGE_PX = 1_600;
const MAX_BYTES = 300_000;
const MIN_EDGE_PX = 64;
const INPUT_BYTES = 64 * 1024 * 1024;
const QUALITIES = [0.86, 0.76, 0.66, 0.56];

/** Why a file cannot be sent, with what to do. */
export class DraftError extends Error {
  override readonly name = 'DraftError';
}

/** @throws DraftError */
export async function draftFromFile(file: Blob): Promise<Draft> {
  if (file.size > INPUT_BYTES)
    throw new DraftError(`This file has ${readableBytes(file.size)}; up to ${readableBytes(INPUT_BYTES)} can be sent.`);
  const beginning = new Uint8Array(await file.slice(0, 262_144).arrayBuffer());
  const { width = 0, height = 0 } = readImageHeader(beginning)?.stored ?? {};
  if (width * height > MAX_PIXELS)
    throw new DraftError(
      `This picture has ${Math.round((width * height) / 1e6)} megapixels; up to ${MAX_PIXELS / 1e6} can be sent. Make it smaller first.`,
    );
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch (cause) {
    throw new DraftError('This file is no picture that your browser can read. JPEG, PNG and WebP work everywhere.', {
      cause,
    });
  }
  const located = saysWhere(beginning);
  try {
    const { blob, ...draft } = await encode(bitmap, bitmap.width, bitmap.height);
    const removed = located ? 'location removed' : 'no hidden details inside';
    return { ...draft, note: `${removed} · ${readableBytes(file.size)} → ${readableBytes(blob.size)}` };
  } finally {
    bitmap.close();
  }
}

/** The frame a video shows this moment. */
export async function draftFromVideo(video: HTMLVideoElement): Promise<Draft> {
  const { blob, ...draft } = await encode(video, video.videoWidth, video.videoHeight);
  return { ...draft, note: `${draft.width} × ${draft.height} · ${readableBytes(blob.size)}` };
}

async function encode(
  source: CanvasImageSource,
  width: number,
  height: number,
): Promise<Omit<Draft, 'note'> & { blob: Blob }> {
  if (width < 1 || height < 1) throw new DraftError('The camera has not shown a picture yet. Try again.');
  let scale = Math.min(1, MAX_EDGE_PX / Math.max(width, height));
  for (;;) {
    const canvas = draw(source, Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
    for (const quality of QUALITIES) {
      const blob = await toJpeg(canvas, quality);
      if (blob.size > MAX_BYTES && scale * Math.max(width, height) > MIN_EDGE_PX) continue;
      const bytes = new Uint8Array(await blob.arrayBuffer());
      const sha256 = bytesToHex(nobleCrypto.sha256(bytes));
      return { blob, bytes, sha256, width: canvas.width, height: canvas.height, url: URL.createObjectURL(blob) };
    }
    scale *= 0.8;
  }
}

function draw(source: CanvasImageSource, width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (context === null) throw new DraftError('Your browser has no memory left for this picture. Close other tabs.');
  // JPEG has no transparency: paper, not black, is what people expect behind a drawing.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, 0, 0, width, height);
  return canvas;
}

function toJpeg(canvas: HTMLCanvasElement, quality: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => {
        if (blob?.type === 'image/jpeg') resolve(blob);
        else reject(new DraftError('Your browser could not write this picture. A smaller one may work.'));
      },
      'image/jpeg',
      quality,
    );
  });
}
