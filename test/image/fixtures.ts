import { deflateSync } from 'node:zlib';
import { ImageError } from '../../src/image/errors.ts';
import sharp, { type Sharp } from 'sharp';

/** Left half red, right half blue, upright; `noise` makes it hard to compress. */
export function halves(width = 800, height = 400, noise = 0): Sharp {
  const data = new Uint8Array(width * height * 3);
  let random = 1;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
      const at = (y * width + x) * 3;
      const change = (random / 2_147_483_648) * noise;
      data[at] = (x < width / 2 ? 220 : 20) + (x < width / 2 ? -change : change);
      data[at + 1] = 20 + change;
      data[at + 2] = (x < width / 2 ? 20 : 220) + (x < width / 2 ? change : -change);
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

export const bytesOf = async (picture: Sharp): Promise<Uint8Array> => new Uint8Array(await picture.toBuffer());

/** As a phone held upright writes it: turned pixels, orientation 6, a position, XMP, and a wide-gamut profile. */
export async function phonePhoto(): Promise<Uint8Array> {
  const turned = await halves().rotate(270).png().toBuffer();
  return bytesOf(
    sharp(turned)
      .withMetadata({ orientation: 6 })
      .withExifMerge({
        IFD0: { Make: 'Phone', Artist: 'shed' },
        IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1', GPSLongitudeRef: 'W', GPSLongitude: '0/1 7/1 0/1' },
      })
      .withXmp(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>',
      )
      .withIccProfile('p3')
      .jpeg({ quality: 95 }),
  );
}

/** The mean colour of a spot, as the name of the half it came from. */
export async function colourAt(bytes: Uint8Array, leftFraction: number): Promise<'red' | 'blue' | 'other'> {
  const { width, height } = await sharp(bytes).metadata();
  const spot = { left: Math.floor(width * leftFraction), top: Math.floor(height / 2), width: 1, height: 1 };
  const pixel = await sharp(bytes).toColourspace('srgb').removeAlpha().extract(spot).raw().toBuffer();
  const [red = 0, , blue = 0] = pixel;
  // Generous: print has no such blue, and wide-gamut pixels are brighter.
  if (red > 2 * blue) return 'red';
  return blue > 2 * red ? 'blue' : 'other';
}

/** The first page red, the others blue. */
export async function animatedGif(pages: number): Promise<Uint8Array> {
  const page = (r: number, b: number) =>
    ({ create: { width: 40, height: 30, channels: 3, background: { r, g: 20, b } } }) as const;
  const first = await sharp(page(220, 20)).png().toBuffer();
  const other = await sharp(page(20, 220)).png().toBuffer();
  const frames = Array.from({ length: pages }, (_, i) => (i === 0 ? first : other));
  return bytesOf(sharp(frames, { join: { animated: true } }).gif());
}

/** The error with which something is refused; any other outcome fails the test. */
export async function refusal(work: Promise<unknown>): Promise<ImageError> {
  const outcome = await work.catch((cause: unknown) => cause);
  if (outcome instanceof ImageError) return outcome;
  throw new Error('Expected an ImageError', { cause: outcome });
}

/** A valid PNG of one colour, one bit a pixel: 14,000 × 14,000 of them are a few dozen kilobytes. */
export function flatPng(width: number, height: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const rows = Buffer.alloc((1 + Math.ceil(width / 8)) * height);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return new Uint8Array(
    Buffer.concat([
      signature,
      pngChunk('IHDR', header),
      pngChunk('IDAT', deflateSync(rows)),
      pngChunk('IEND', Buffer.alloc(0)),
    ]),
  );
}

export function pngChunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

// node:zlib has crc32 only from Node 22 on.
function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}

/** The first box of an ISO media file with these brands, and some bytes of nothing. */
export function mediaFile(major: string, ...compatible: string[]): Uint8Array {
  const box = Buffer.alloc(16 + compatible.length * 4);
  box.writeUInt32BE(box.length, 0);
  box.write(`ftyp${major}`, 4, 'latin1');
  compatible.forEach((brand, i) => box.write(brand, 16 + i * 4, 'latin1'));
  return new Uint8Array(Buffer.concat([box, Buffer.alloc(64)]));
}

export const text = (content: string): Uint8Array => new TextEncoder().encode(content);
