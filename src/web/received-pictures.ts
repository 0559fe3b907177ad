import type { PhotoSink } from '../peer/photo.ts';
import type { MediaType, PhotoHeader } from '../protocol/control.ts';
import { SnapError } from '../protocol/errors.ts';
import { MAX_PIXELS, readImageHeader } from './image-header.ts';

/** Received photos, checked and waiting to be shown. */
export interface ReceivedPictures {
  readonly sink: PhotoSink;
  /** The `blob:` address of a photo that was just let through. Its new owner revokes it. */
  take(peer: string, photo: string): string | undefined;
}

/**
 * A sink that lets through only what this browser decodes to the announced picture, and keeps its bytes until somebody takes
 * them as a `blob:` of that type. Blobs and their addresses are made by another process, which may be busy: the receipt has
 * gone out by then, and says that the photo was checked.
 */
export function createReceivedPictures(): ReceivedPictures {
  const pictures = new Map<string, { readonly mediaType: MediaType; readonly bytes: Uint8Array<ArrayBuffer> }>();
  return {
    sink: {
      async store(photo, bytes, { peer }) {
        // A copy, so that what is checked is what is shown.
        const picture = { mediaType: photo.mediaType, bytes: new Uint8Array(bytes) };
        await checkPicture(photo, picture.bytes);
        pictures.set(`${peer} ${photo.photo}`, picture);
        return { stored: false };
      },
    },
    take(peer, photo) {
      const key = `${peer} ${photo}`;
      const picture = pictures.get(key);
      pictures.delete(key);
      return picture && URL.createObjectURL(new Blob([picture.bytes], { type: picture.mediaType }));
    },
  };
}

async function checkPicture(photo: PhotoHeader, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const found = readImageHeader(bytes);
  if (found === undefined) throw refused(`expected ${photo.mediaType} as announced, got no picture`);
  if (found.mediaType !== photo.mediaType)
    throw refused(`expected ${photo.mediaType} as announced, got ${found.mediaType}`);
  const { width = photo.width, height = photo.height } = found.stored ?? {};
  const pixels = Math.max(width * height, photo.width * photo.height);
  if (pixels > MAX_PIXELS)
    throw refused(`expected at most ${MAX_PIXELS / 1e6} megapixels, got ${Math.round(pixels / 1e6)}`);
  if (await decodesTo(photo, bytes)) return;
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes], { type: photo.mediaType }), { imageOrientation: 'from-image' });
  } catch (cause) {
    throw refused(`this browser cannot read the ${photo.mediaType} picture`, cause);
  }
  const decoded = `${bitmap.width}×${bitmap.height}`;
  bitmap.close();
  if (decoded !== `${photo.width}×${photo.height}`)
    throw refused(`expected ${photo.width}×${photo.height} as announced, got ${decoded}`);
}

/**
 * Decodes the whole picture where the page may use the codecs directly (WebCodecs; secure pages of some browsers): half the
 * time of `createImageBitmap`, which also fetches the bytes back out of the blob. False says nothing about the picture yet.
 */
async function decodesTo({ mediaType, width, height }: PhotoHeader, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  // Frames that do not say how they are turned do not show whether the size is that of the upright picture.
  if (!('ImageDecoder' in globalThis) || !('rotation' in VideoFrame.prototype)) return false;
  let decoder: ImageDecoder | undefined;
  try {
    decoder = new ImageDecoder({ data: bytes, type: mediaType });
    const { image, complete } = await decoder.decode();
    const isAsAnnounced = complete && image.displayWidth === width && image.displayHeight === height;
    image.close();
    return isAsAnnounced;
  } catch {
    return false;
  } finally {
    decoder?.close();
  }
}

function refused(message: string, cause?: unknown): SnapError {
  return new SnapError('photo-refused', message, { cause });
}
