import { meetBudget } from './budget.ts';
import { decode } from './decode.ts';
import { encode, LADDER, OUTPUT_TYPE, type OutputFormat, type Pixels } from './encode.ts';
import { readHeader, type Header } from './header.ts';
import { decodeFully } from './inspect.ts';
import { LIMITS } from './limits.ts';
import { holdsOnlyPixels } from './only-pixels.ts';
import type { ImageType } from './sniff.ts';

/** A picture ready to be sent. */
export interface Picture {
  readonly bytes: Uint8Array;
  readonly type: ImageType;
  /** Upright. */
  readonly width: number;
  readonly height: number;
}

export interface CompressOptions {
  /** Longest edge in pixels; pictures are never enlarged. */
  readonly maxEdge?: number | undefined;
  /** Bytes of the result. Not a limit for `original`. */
  readonly maxBytes?: number | undefined;
  /** Without one: JPEG, or the file's own when it can be sent as it is. */
  readonly format?: OutputFormat | undefined;
  /** Send the file's own bytes, metadata included, after the same checks. */
  readonly original?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called once the picture is being decoded, on a thread of its own: from then on this thread may be kept busy. */
  readonly onDecoding?: (() => void) | undefined;
}

/**
 * Makes a picture fit to send: upright, sRGB, no metadata, within the edge and the byte budget. A file that is so
 * already is sent as it is. Rejects with an `ImageError`, or with the signal's reason.
 */
export async function compressImage(bytes: Uint8Array, options: CompressOptions = {}): Promise<Picture> {
  const { maxEdge = LIMITS.maxEdgePx, maxBytes = LIMITS.maxBytes, format, original = false } = options;
  const { signal, onDecoding } = options;
  signal?.throwIfAborted();
  const header = await readHeader(bytes);
  const { type, width, height } = header;

  if (original || isReadyToSend(bytes, header, { maxEdge, maxBytes, format })) {
    await decodeFully(bytes, header);
    signal?.throwIfAborted();
    return { bytes, type, width, height };
  }

  const output = format ?? 'jpeg';
  const ladder = LADDER[output];
  const pixels = await decodeUpright(bytes, header, maxEdge, output, onDecoding);
  const edge = Math.max(pixels.width, pixels.height);
  const fitting = await meetBudget({ edge, steps: ladder.length, maxBytes }, async (edge, step) => {
    signal?.throwIfAborted();
    return encode(pixels, edge, ladder[step] ?? ((as) => as));
  });
  signal?.throwIfAborted();
  return { ...fitting, type: OUTPUT_TYPE[output] };
}

/** Encoding such a file again would only make it worse, and often larger. */
function isReadyToSend(
  bytes: Uint8Array,
  { type, width, height, metadata }: Header,
  limits: { readonly maxEdge: number; readonly maxBytes: number; readonly format: OutputFormat | undefined },
): boolean {
  const fits = bytes.length <= limits.maxBytes && Math.max(width, height) <= limits.maxEdge;
  const isWanted = limits.format === undefined || OUTPUT_TYPE[limits.format] === type;
  // CMYK and deep colour are shown differently by every viewer.
  const isPlain = (metadata.space === 'srgb' || metadata.space === 'b-w') && metadata.depth === 'uchar';
  return fits && isWanted && isPlain && holdsOnlyPixels(bytes, type);
}

async function decodeUpright(
  bytes: Uint8Array,
  header: Header,
  maxEdge: number,
  format: OutputFormat,
  onDecoding: (() => void) | undefined,
): Promise<Pixels> {
  const { data, info } = await decode(bytes, header.pixels, (input) => {
    const upright = input.autoOrient().resize(maxEdge, maxEdge, { fit: 'inside', withoutEnlargement: true });
    // JPEG has no transparency, and transparent pixels are often black underneath.
    const opaque = format === 'jpeg' ? upright.flatten({ background: '#ffffff' }) : upright;
    const pixels = opaque.toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    onDecoding?.();
    return pixels;
  });
  return { data, width: info.width, height: info.height, channels: info.channels };
}
