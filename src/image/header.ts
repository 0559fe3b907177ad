import { openImage } from './decode.ts';
import { withinDeadline } from './deadline.ts';
import { ImageError } from './errors.ts';
import { LIMITS } from './limits.ts';
import type { Metadata } from './sharp.ts';
import { sniff, type ImageType } from './sniff.ts';

/** What a picture says of itself; nothing of it is proven until the picture has been decoded. */
export interface Header {
  readonly type: ImageType;
  /** Upright, that is after the orientation has been applied. */
  readonly width: number;
  readonly height: number;
  readonly pixels: number;
  readonly metadata: Metadata;
}

/** Reads and judges the header alone: whatever is too large is refused here, before a pixel is decoded. */
export async function readHeader(bytes: Uint8Array): Promise<Header> {
  const type = acceptedType(bytes);
  if (bytes.length > LIMITS.inputBytes) throw tooManyBytes();
  const metadata = await readMetadata(bytes, type);
  const { width, height } = metadata.autoOrient;
  const pixels = width * height;
  if (pixels > LIMITS.pixels || Math.max(width, height) > LIMITS.edgePx) {
    throw new ImageError(
      'image-too-large',
      `The picture has ${width} × ${height} pixels; at most ${LIMITS.pixels / 1e6} megapixels and an edge of ` +
        `${LIMITS.edgePx} are taken. Scale it down first.`,
    );
  }
  return { type, width, height, pixels, metadata };
}

export const tooManyBytes = (): ImageError =>
  new ImageError(
    'image-too-large',
    `The file is larger than ${LIMITS.inputBytes / 2 ** 20} MiB, the most that is read. Scale the picture down first.`,
  );

function acceptedType(bytes: Uint8Array): ImageType {
  const sniffed = sniff(bytes);
  const wanted = 'a JPEG, PNG, WebP, AVIF, GIF or TIFF picture';
  switch (sniffed.kind) {
    case 'image':
      return sniffed.type;
    case 'refused':
      throw new ImageError(
        'image-unsupported',
        `Expected ${wanted}, but this is ${sniffed.what}. Export it as JPEG or PNG and send that.`,
      );
    case 'unknown':
      throw new ImageError(
        'image-unsupported',
        `Expected ${wanted}, but ${bytes.length === 0 ? 'there are no bytes' : 'this is none by its first bytes'}. Send another file.`,
      );
  }
}

async function readMetadata(bytes: Uint8Array, type: ImageType): Promise<Metadata> {
  // The pixel limit is off for the header only, so that the refusal can say how large the picture claims to be.
  const input = await openImage(bytes, { limitInputPixels: false });
  let metadata: Metadata;
  try {
    metadata = await withinDeadline(LIMITS.decodeMs, () => input.metadata());
  } catch (cause) {
    if (cause instanceof ImageError) throw cause;
    throw new ImageError(
      'image-unreadable',
      `The file begins like ${type} but its header is damaged. Export the picture again, or send another.`,
      { cause },
    );
  }
  if (metadata.mediaType !== type) {
    throw new ImageError(
      'image-unsupported',
      `The file begins like ${type} but holds ${metadata.mediaType ?? metadata.format}. Export it as JPEG or PNG and send that.`,
    );
  }
  return metadata;
}
