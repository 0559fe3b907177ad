import type { PhotoSink } from '../peer/photo.ts';
import type { PhotoHeader } from '../protocol/control.ts';
import { SnapError } from '../protocol/errors.ts';
import { isPlainJpeg, MAX_PIXELS, readImageHeader } from './image-header.ts';

/** Received photos, on their way to being shown. */
export interface ReceivedPictures {
  readonly sink: PhotoSink;
  /**
   * The `blob:` address of a photo that was let through. Its new owner revokes it.
   * @throws SnapError `photo-refused` when it cannot be read after all
   */
  take(peer: string, photo: string): Promise<string>;
}

interface Picture {
  readonly photo: PhotoHeader;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly isDecoded: boolean;
}

/**
 * A sink that lets through only what is the announced picture, and keeps its bytes until somebody takes them as a `blob:` of
 * that type. Nothing is given out that this browser has not decoded. That takes as long as a fast network does, so a plain
 * JPEG, whose header leaves nothing to refuse but damage that its sender would see, too, is decoded after its receipt.
 */
export function createReceivedPictures(): ReceivedPictures {
  const pictures = new Map<string, Picture>();
  return {
    sink: {
      async store(photo, received, { peer }) {
        // A copy, so that what is checked is what is shown.
        const bytes = new Uint8Array(received);
        checkHeader(photo, bytes);
        const isDecoded = !isPlainJpeg(bytes);
        if (isDecoded) await checkDecoded(photo, bytes);
        pictures.set(`${peer} ${photo.photo}`, { photo, bytes, isDecoded });
        return { stored: false };
      },
    },
    async take(peer, photo) {
      const key = `${peer} ${photo}`;
      const picture = pictures.get(key);
      pictures.delete(key);
      if (picture === undefined) throw refused('it was shown before');
      if (!picture.isDecoded) await checkDecoded(picture.photo, picture.bytes);
      return URL.createObjectURL(blobOf(picture.photo, picture.bytes));
    },
  };
}

/** What the announcement and the first bytes say; nothing is decoded. */
function checkHeader(photo: PhotoHeader, bytes: Uint8Array): void {
  const found = readImageHeader(bytes);
  if (found === undefined) throw refused(`expected ${photo.mediaType} as announced, got no picture`);
  if (found.mediaType !== photo.mediaType)
    throw refused(`expected ${photo.mediaType} as announced, got ${found.mediaType}`);
  const { width = photo.width, height = photo.height } = found.stored ?? {};
  const pixels = Math.max(width * height, photo.width * photo.height);
  if (pixels > MAX_PIXELS)
    throw refused(`expected at most ${MAX_PIXELS / 1e6} megapixels, got ${Math.round(pixels / 1e6)}`);
  if (isPlainJpeg(bytes)) checkSize(photo, width, height);
}

async function checkDecoded(photo: PhotoHeader, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(blobOf(photo, bytes), { imageOrientation: 'from-image' });
  } catch (cause) {
    throw refused(`this browser cannot read the ${photo.mediaType} picture`, cause);
  }
  const { width, height } = bitmap;
  bitmap.close();
  checkSize(photo, width, height);
}

function checkSize(photo: PhotoHeader, width: number, height: number): void {
  if (width !== photo.width || height !== photo.height)
    throw refused(`expected ${photo.width}×${photo.height} as announced, got ${width}×${height}`);
}

function blobOf({ mediaType }: PhotoHeader, bytes: Uint8Array<ArrayBuffer>): Blob {
  return new Blob([bytes], { type: mediaType });
}

function refused(message: string, cause?: unknown): SnapError {
  return new SnapError('photo-refused', message, { cause });
}
