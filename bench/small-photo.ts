import sharp, { type Sharp } from 'sharp';

const WIDTH = 1_600;
const HEIGHT = 1_200;
const QUALITY = 86;
/** What such a picture may have: a little below the 300 kB that our own preparation aims at. */
const BYTES = { min: 285_000, max: 296_000 };

/**
 * A picture as page and terminal send them: a JPEG of 1600×1200 and about 290 kB, another one at each call. Noise of all
 * sizes, fine enough to need the bytes at a quality that both would choose.
 */
export async function smallPhoto(): Promise<Uint8Array> {
  let picture = noise(1);
  for (const share of [8, 4, 2]) {
    const coarse = await noise(share)
      .resize(WIDTH, HEIGHT, { kernel: 'cubic' })
      .png({ compressionLevel: 0 })
      .toBuffer();
    const mixed = picture.composite([{ input: coarse, blend: 'soft-light' }]);
    picture = sharp(await mixed.png({ compressionLevel: 0 }).toBuffer());
  }
  const pixels = await picture.png({ compressionLevel: 0 }).toBuffer();
  let [low, high] = [0, 2];
  for (;;) {
    // More contrast, more bytes.
    const contrast = (low + high) / 2;
    const jpeg = await sharp(pixels)
      .linear(contrast, 128 * (1 - contrast))
      .jpeg({ quality: QUALITY })
      .toBuffer();
    if (jpeg.length >= BYTES.min && jpeg.length <= BYTES.max) return new Uint8Array(jpeg);
    if (jpeg.length < BYTES.min) low = contrast;
    else high = contrast;
  }
}

/** Grey noise in three channels, of so small a share of the full size. */
function noise(share: number): Sharp {
  return sharp({
    create: {
      width: WIDTH / share,
      height: HEIGHT / share,
      channels: 3,
      background: 'grey',
      noise: { type: 'gaussian', mean: 128, sigma: 20 },
    },
  });
}
