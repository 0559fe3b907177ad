/** The types a picture may have, here and on the wire. */
export type ImageType = 'image/jpeg' | 'image/png' | 'image/webp' | 'image/avif' | 'image/gif' | 'image/tiff';

/** A picture we take, something we can name but do not take, or neither. */
export type Sniffed =
  | { readonly kind: 'image'; readonly type: ImageType }
  | { readonly kind: 'refused'; readonly what: string }
  | { readonly kind: 'unknown' };

const image = (type: ImageType): Sniffed => ({ kind: 'image', type });
const refused = (what: string): Sniffed => ({ kind: 'refused', what });

/** Says by its first bytes what a file is, whatever its name says. Any bytes may come; never throws. */
export function sniff(bytes: Uint8Array): Sniffed {
  const at = (offset: number, ...expected: (number | string)[]): boolean => {
    const wanted = expected.flatMap((part) => (typeof part === 'string' ? Array.from(part, charCode) : [part]));
    return wanted.every((byte, i) => bytes[offset + i] === byte);
  };

  if (at(0, 0xff, 0xd8, 0xff)) return image('image/jpeg');
  if (at(0, 0x89, 'PNG\r\n', 0x1a, '\n')) return image('image/png');
  if (at(0, 'RIFF') && at(8, 'WEBP')) return image('image/webp');
  if (at(0, 'GIF87a') || at(0, 'GIF89a')) return image('image/gif');
  if (at(0, 'II*', 0) || at(0, 'MM', 0, '*')) return image('image/tiff');
  if (at(4, 'ftyp')) return sniffBrand(bytes);

  if (at(0, 'BM') && at(6, 0, 0, 0, 0)) return refused('a BMP picture');
  if (at(0, 0xff, 0x0a) || at(0, 0, 0, 0, 0x0c, 'JXL ')) return refused('a JPEG XL picture');
  if (at(0, '%PDF-')) return refused('a PDF document');
  if (at(0, 'PK', 3, 4)) return refused('a ZIP archive or office document');
  if (at(0, 0x1a, 0x45, 0xdf, 0xa3)) return refused('a WebM or Matroska video');
  if (at(0, 0x1f, 0x8b)) return refused('a gzip file');
  return sniffText(bytes);
}

/** ISO base media files (ISO/IEC 14496-12, 4.3): a major brand, a version, then the compatible brands. */
function sniffBrand(bytes: Uint8Array): Sniffed {
  const size = ((bytes[0] ?? 0) << 24) | ((bytes[1] ?? 0) << 16) | ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
  const end = Math.min(bytes.length, Math.max(size, 12), 256);
  const brands = [latin(bytes, 8, 12)];
  for (let offset = 16; offset + 4 <= end; offset += 4) brands.push(latin(bytes, offset, offset + 4));
  const isVideo = /^(isom|iso[2-9]|mp4[12]|avc1|qt  |M4V |3g[p2].|dash)$/;

  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return image('image/avif');
  if (brands.some((brand) => /^(hei[cxms]|hev[cxms])$/.test(brand))) return refused('a HEIC picture');
  if (brands.some((brand) => isVideo.test(brand))) return refused('an MP4 or QuickTime video');
  return refused('a media file that is not an AVIF picture');
}

/** Text is only looked for so that the refusal can name it. */
function sniffText(bytes: Uint8Array): Sniffed {
  const head = bytes.subarray(0, 1024);
  if (head.length === 0 || head.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) {
    return { kind: 'unknown' };
  }
  const text = latin(head, 0, head.length).replace('\u00ef\u00bb\u00bf', '').trimStart().toLowerCase();
  if (text.startsWith('<svg') || (/^<(\?xml|!--|!doctype svg)/.test(text) && text.includes('<svg'))) {
    return refused('an SVG drawing');
  }
  if (/^<(!doctype html|html|head|body|!--)/.test(text)) return refused('an HTML page');
  if (text.startsWith('<?xml')) return refused('an XML document');
  return looksLikeText(head) ? refused('text') : { kind: 'unknown' };
}

function looksLikeText(head: Uint8Array): boolean {
  try {
    // `stream`: a character cut in two by the end of the excerpt is not an error.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

const charCode = (character: string): number => character.charCodeAt(0);
const latin = (bytes: Uint8Array, from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));
