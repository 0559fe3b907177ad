import sharp, { type Sharp } from 'sharp';

const WIDTH = 4_032;
const HEIGHT = 3_024;
/** The picture begins with 63 × 47 pixels. */
const DOUBLINGS = 6;

/**
 * Writes what a phone would: a JPEG of 12 megapixels and 2 to 3 MB, lying on its side. The picture is noise with details
 * of all sizes, like a landscape has, so that it compresses like one.
 */
export async function writeCameraPhoto(file: string): Promise<void> {
  let picture = noise(DOUBLINGS);
  for (let doublings = DOUBLINGS - 1; doublings >= 0; doublings -= 1) {
    const detail = await noise(doublings).png({ compressionLevel: 0 }).toBuffer();
    const larger = picture
      .resize({ ...sizeAt(doublings), fit: 'fill' })
      .composite([{ input: detail, blend: 'soft-light' }]);
    picture = sharp(await larger.png({ compressionLevel: 0 }).toBuffer());
  }
  await picture.withMetadata({ orientation: 6 }).jpeg({ quality: 90 }).toFile(file);
}

/** Finer details are fainter. */
function noise(doublings: number): Sharp {
  const sigma = 3 + 5 * doublings;
  return sharp({
    create: { ...sizeAt(doublings), channels: 3, background: 'grey', noise: { type: 'gaussian', mean: 128, sigma } },
  });
}

/** So many doublings before the full size. */
function sizeAt(doublings: number): { width: number; height: number } {
  return { width: Math.round(WIDTH / 2 ** doublings), height: Math.round(HEIGHT / 2 ** doublings) };
}
