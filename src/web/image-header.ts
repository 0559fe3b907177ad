import type { MediaType } from '../protocol/control.ts';

/** Pixels of a picture that is decoded here: what the terminal takes, too. Decoded they are 200 MB. */
export const MAX_PIXELS = 50_000_000;

/** What the first bytes of a picture say; nothing is decoded, so a bomb of pixels costs nothing. */
export interface ImageHeader {
  readonly mediaType: MediaType;
  /** Pixels as stored, before any orientation; undefined where the header does not say it plainly. */
  readonly stored?: { readonly width: number; readonly height: number };
}

/** The picture's type by its magic number, or undefined for anything else: SVG, HTML, documents. */
export function readImageHeader(bytes: Uint8Array): ImageHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (startsWith(bytes, 0, '\u00ff\u00d8\u00ff')) return header('image/jpeg', jpegSize(view));
  if (startsWith(bytes, 0, '\u0089PNG\r\n\u001a\n'))
    return header(
      'image/png',
      at(view, 24, () => size(view.getUint32(16), view.getUint32(20))),
    );
  if (startsWith(bytes, 0, 'GIF87a') || startsWith(bytes, 0, 'GIF89a'))
    return header(
      'image/gif',
      at(view, 10, () => size(view.getUint16(6, true), view.getUint16(8, true))),
    );
  if (startsWith(bytes, 0, 'RIFF') && startsWith(bytes, 8, 'WEBP')) return header('image/webp', webpSize(bytes, view));
  if (startsWith(bytes, 4, 'ftypavi')) return header('image/avif', avifSize(bytes, view));
  if (startsWith(bytes, 0, 'II*\0') || startsWith(bytes, 0, 'MM\0*')) return { mediaType: 'image/tiff' };
  return undefined;
}

/**
 * Is it a JPEG of the kind that every browser decodes, whole from its first marker to its last? Eight bits, baseline or
 * progressive, grey or colour, and nothing said of how it is turned: what every peer of ours makes of a photo.
 */
export function isPlainJpeg(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!startsWith(bytes, 0, '\u00ff\u00d8\u00ff') || !startsWith(bytes, bytes.length - 2, '\u00ff\u00d9')) return false;
  let isPlain = false;
  const reachesScan = eachJpegSegment(view, (marker, start, end) => {
    if (isFrame(marker))
      isPlain =
        (marker === 0xc0 || marker === 0xc2) &&
        end - start > 5 &&
        [1, 3].includes(view.getUint8(start + 5)) &&
        view.getUint8(start) === 8;
    return marker === 0xe1;
  });
  return isPlain && reachesScan;
}

/** Does a JPEG say where it was taken? EXIF 2.32: a GPS tag (0x8825) in the first directory of an APP1 segment. */
export function saysWhere(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!startsWith(bytes, 0, '\u00ff\u00d8\u00ff')) return false;
  let found = false;
  eachJpegSegment(view, (marker, start, end) => {
    if (marker !== 0xe1 || !startsWith(bytes, start, 'Exif\0\0') || start + 14 > end) return false;
    const tiff = start + 6;
    const little = view.getUint16(tiff) === 0x4949;
    const directory = tiff + view.getUint32(tiff + 4, little);
    if (directory + 2 > end) return false;
    const entries = view.getUint16(directory, little);
    for (let index = 0; index < entries; index += 1) {
      const entry = directory + 2 + index * 12;
      if (entry + 12 > end) return false;
      if (view.getUint16(entry, little) === 0x8825) found = true;
    }
    return found;
  });
  return found;
}

type Size = ImageHeader['stored'];

function header(mediaType: MediaType, stored: Size): ImageHeader {
  return stored === undefined ? { mediaType } : { mediaType, stored };
}

function size(width: number, height: number): Size {
  return { width, height };
}

/** Nothing is read beyond the end. */
function at(view: DataView, bytesNeeded: number, read: () => Size): Size {
  return view.byteLength >= bytesNeeded ? read() : undefined;
}

/** ITU-T T.81, annex B: the frame header (SOF) holds the size. */
function jpegSize(view: DataView): Size {
  let found: Size;
  eachJpegSegment(view, (marker, start, end) => {
    if (!isFrame(marker) || start + 5 > end) return false;
    found = size(view.getUint16(start + 3), view.getUint16(start + 1));
    return true;
  });
  return found;
}

/** Start of frame, of any process. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** Until `visit` has seen enough. True when it has come to the scan: only pixels follow. */
function eachJpegSegment(view: DataView, visit: (marker: number, start: number, end: number) => boolean): boolean {
  let offset = 2;
  while (offset + 4 <= view.byteLength && view.getUint8(offset) === 0xff) {
    const marker = view.getUint8(offset + 1);
    // Fill bytes may stand before a marker.
    if (marker === 0xff) {
      offset += 1;
      continue;
    }
    if (marker === 0xda) return true;
    const end = offset + 2 + view.getUint16(offset + 2);
    if (end > view.byteLength || visit(marker, offset + 4, end)) return false;
    offset = end;
  }
  return false;
}

/** RFC 9649: lossy (VP8), lossless (VP8L) and extended (VP8X) files keep it in three places. */
function webpSize(bytes: Uint8Array, view: DataView): Size {
  if (view.byteLength < 30) return undefined;
  if (startsWith(bytes, 12, 'VP8 ')) return size(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
  if (startsWith(bytes, 12, 'VP8L')) {
    const bits = view.getUint32(21, true);
    return size((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
  }
  if (!startsWith(bytes, 12, 'VP8X')) return undefined;
  const edge = (offset: number): number => view.getUint16(offset, true) + (view.getUint8(offset + 2) << 16) + 1;
  return size(edge(24), edge(27));
}

/** ISO/IEC 23008-12: the largest image spatial extent (`ispe`), for grids have one for each tile, too. */
function avifSize(bytes: Uint8Array, view: DataView): Size {
  let largest: Size;
  for (let offset = 4; offset + 16 <= Math.min(bytes.length, 65_536); offset += 1) {
    if (!startsWith(bytes, offset, 'ispe')) continue;
    const [width, height] = [view.getUint32(offset + 8), view.getUint32(offset + 12)];
    if (largest === undefined || width * height > largest.width * largest.height) largest = size(width, height);
  }
  return largest;
}

function startsWith(bytes: Uint8Array, offset: number, text: string): boolean {
  if (offset + text.length > bytes.length) return false;
  for (let index = 0; index < text.length; index += 1)
    if (bytes[offset + index] !== text.charCodeAt(index)) return false;
  return true;
}
