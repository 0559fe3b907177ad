import sharp from 'sharp';
import type { PhotoInput } from '../../src/peer/photo.ts';

/** A JPEG of one colour, ready to be shared. */
export async function picture(width: number, height: number, background: string): Promise<PhotoInput> {
  const bytes = await sharp({ create: { width, height, channels: 3, background } })
    .jpeg()
    .toBuffer();
  return { bytes, mediaType: 'image/jpeg', width, height };
}
