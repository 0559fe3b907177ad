import type { PhotoSink } from '../peer/photo.ts';
import type { PhotoHeader } from '../protocol/control.ts';
import { SnapError } from '../protocol/errors.ts';
import { readImageHeader } from './image-header.ts';

/** Pixels: what the terminal takes, too. Decoded they are 200 MB. */
const MAX_PIXELS = 50_000_000;

/** Received photos, checked and waiting to be shown. */
export interface ReceivedPictures {
  readonly sink: PhotoSink;
  /** The `blob:` address of a photo that was just stored. Its new owner revokes it. */
  take(peer: string, photo: string): string | undefined;
}

/** A sink that lets through only what this browser decodes to the announced picture, and makes it a `blob:` of that type. */
export function createReceivedPictures(): ReceivedPictures {
  const urls = new Map<string, string>();
  return {
    sink: {
      async store(photo, bytes, { peer }) {
        // A copy, so that what is checked is what is shown.
        const blob = new Blob([new Uint8Array(bytes)], { type: photo.mediaType });
        await checkPicture(photo, bytes, blob);
        urls.set(`${peer} ${photo.photo}`, URL.createObjectURL(blob));
        return { stored: false };
      },
    },
    take(peer, photo) {
      const key = `${peer} ${photo}`;
      const url = urls.get(key);
      urls.delete(key);
      return url;
    },
  };
}

async function checkPicture(photo: PhotoHeader, bytes: Uint8Array, blob: Blob): Promise<void> {
  const found = readImageHeader(bytes);
  if (found === undefined) throw refused(`expected ${photo.mediaType} as announced, got no picture`);
  if (found.mediaType !== photo.mediaType)
    throw refused(`expected ${photo.mediaType} as announced, got ${found.mediaType}`);
  const { width = photo.width, height = photo.height } = found.stored ?? {};
  const pixels = Math.max(width * height, photo.width * photo.height);
  if (pixels > MAX_PIXELS)
    throw refused(`expected at most ${MAX_PIXELS / 1e6} megapixels, got ${Math.round(pixels / 1e6)}`);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image' });
  } catch (cause) {
    throw refused(`this browser cannot read the ${photo.mediaType} picture`, cause);
  }
  const decoded = `${bitmap.width}×${bitmap.height}`;
  bitmap.close();
  if (decoded !== `${photo.width}×${photo.height}`)
    throw refused(`expected ${photo.width}×${photo.height} as announced, got ${decoded}`);
}

function refused(message: string, cause?: unknown): SnapError {
  return new SnapError('photo-refused', message, { cause });
}
