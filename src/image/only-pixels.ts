import type { ImageType } from './sniff.ts';

/**
 * Whether a file holds nothing but what is needed to show it: no EXIF, XMP, IPTC, comment, profile, preview picture,
 * animation, nor a byte after the end (phones append whole videos there, with their own position). Walks the container
 * itself with a list of what is allowed, because a decoder reports only the metadata it knows.
 * AVIF, GIF and TIFF are never said to be clean. Any bytes may come; never throws.
 */
export function holdsOnlyPixels(bytes: Uint8Array, type: ImageType): boolean {
  switch (type) {
    case 'image/jpeg':
      return jpegIsClean(bytes);
    case 'image/png':
      return pngIsClean(bytes);
    case 'image/webp':
      return webpIsClean(bytes);
    case 'image/avif':
    case 'image/gif':
    case 'image/tiff':
      return false;
  }
}

/** ITU-T T.81, annex B. */
function jpegIsClean(bytes: Uint8Array): boolean {
  let offset = 2;
  while (offset + 4 <= bytes.length) {
    if (bytes[offset] !== 0xff) return false;
    const marker = bytes[offset + 1] ?? 0;
    const length = uint16(bytes, offset + 2);
    if (length < 2) return false;
    if (!jpegSegmentIsClean(bytes, offset, marker, length)) return false;
    offset += 2 + length;
    if (marker === 0xda) offset = endOfScan(bytes, offset);
    if (bytes[offset] === 0xff && bytes[offset + 1] === 0xd9) return offset + 2 === bytes.length;
  }
  return false;
}

function jpegSegmentIsClean(bytes: Uint8Array, offset: number, marker: number, length: number): boolean {
  // JFIF without a thumbnail is always 16 bytes; Adobe's colour transform is always 14.
  if (marker === 0xe0) return length === 16 && latin(bytes, offset + 4, 5) === 'JFIF\0';
  if (marker === 0xee) return length === 14 && latin(bytes, offset + 4, 5) === 'Adobe';
  const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc8;
  const isTableOrScan = marker >= 0xda && marker <= 0xdd && marker !== 0xdc;
  return isFrame || isTableOrScan;
}

/** The entropy-coded data ends at the first marker that is neither a stuffed 0xFF nor a restart. */
function endOfScan(bytes: Uint8Array, from: number): number {
  let offset = bytes.indexOf(0xff, from);
  while (offset !== -1) {
    const next = bytes[offset + 1] ?? 0;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return offset;
    offset = bytes.indexOf(0xff, offset + 1);
  }
  return bytes.length;
}

// Not iCCP (a profile can carry text), eXIf, tEXt, zTXt, iTXt, tIME, nor the animation of APNG.
const PNG_CHUNKS = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'sRGB', 'gAMA', 'cHRM', 'sBIT', 'bKGD', 'pHYs']);

/** PNG (third edition), section 5. */
function pngIsClean(bytes: Uint8Array): boolean {
  let offset = 8;
  while (offset + 12 <= bytes.length) {
    const name = latin(bytes, offset + 4, 4);
    if (!PNG_CHUNKS.has(name)) return false;
    offset += 12 + uint32(bytes, offset);
    if (name === 'IEND') return offset === bytes.length;
  }
  return false;
}

const WEBP_CHUNKS = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH']);

/** RFC 9649, section 2. */
function webpIsClean(bytes: Uint8Array): boolean {
  if (bytes.length < 12 || uint32LittleEndian(bytes, 4) + 8 !== bytes.length) return false;
  let offset = 12;
  while (offset + 8 <= bytes.length) {
    if (!WEBP_CHUNKS.has(latin(bytes, offset, 4))) return false;
    const length = uint32LittleEndian(bytes, offset + 4);
    offset += 8 + length + (length % 2);
  }
  return offset === bytes.length;
}

const uint16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
const uint32 = (bytes: Uint8Array, at: number): number => uint16(bytes, at) * 0x1_0000 + uint16(bytes, at + 2);
const uint32LittleEndian = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 0x100 + (bytes[at + 2] ?? 0) * 0x1_0000 + (bytes[at + 3] ?? 0) * 0x100_0000;
const latin = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));
