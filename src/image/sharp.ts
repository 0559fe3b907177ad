import type sharp from 'sharp';
import { ImageError } from './errors.ts';

export type { Metadata, Sharp, SharpOptions } from 'sharp';

type SharpModule = typeof sharp;

// Only these read anything; libvips would otherwise also look for SVG, PDF, its own raw format and HDR gain maps.
const LOADERS = ['Jpeg', 'Png', 'Webp', 'Heif', 'Nsgif', 'Tiff'].map((name) => `VipsForeignLoad${name}Buffer`);

let loading: Promise<SharpModule> | undefined;

/** The only door to sharp, loaded on first use: its import is a good part of the time a command needs to start. */
export function loadSharp(): Promise<SharpModule> {
  loading ??= load();
  return loading;
}

async function load(): Promise<SharpModule> {
  try {
    const { default: sharp } = await import('sharp');
    // A peer lives long and hardly ever sees one picture twice.
    sharp.cache(false);
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({ operation: LOADERS });
    return sharp;
  } catch (cause) {
    throw new ImageError(
      'codec-missing',
      'The image library sharp does not load on this machine: ' +
        'install snap-share again with optional packages (npm install --include=optional).',
      { cause },
    );
  }
}

/** What sharp returns as a Buffer, as the plain bytes that the rest of the program passes on. No copy. */
export const plainBytes = (buffer: Buffer): Uint8Array =>
  new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
