import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sniff } from '../../src/image/sniff.ts';
import { bytesOf, halves, mediaFile, text } from './fixtures.ts';

describe('the type of a picture', () => {
  it.each([
    ['jpeg', 'image/jpeg'],
    ['png', 'image/png'],
    ['webp', 'image/webp'],
    ['avif', 'image/avif'],
    ['gif', 'image/gif'],
    ['tiff', 'image/tiff'],
  ] as const)('is told by the bytes of a %s', async (format, type) => {
    expect(sniff(await bytesOf(halves(32, 16).toFormat(format)))).toEqual({ kind: 'image', type });
  });

  it.each([
    ['an SVG drawing', text('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['an SVG drawing', text('\ufeff<?xml version="1.0"?>\n<!-- a -->\n<svg/>')],
    ['an HTML page', text('<!DOCTYPE html><title>404</title>')],
    ['text', text('This is not a photo, é.')],
    ['a HEIC picture', mediaFile('heic', 'mif1', 'heic')],
    ['a HEIC picture', mediaFile('mif1', 'mif1', 'heic')],
    ['an MP4 or QuickTime video', mediaFile('isom', 'iso2', 'mp41')],
    ['a PDF document', text('%PDF-1.7')],
  ])('names %s in the refusal', (what, bytes) => {
    expect(sniff(bytes)).toEqual({ kind: 'refused', what });
  });

  it('is AVIF when any brand says so', () => {
    expect(sniff(mediaFile('mif1', 'mif1', 'avif'))).toEqual({ kind: 'image', type: 'image/avif' });
  });

  it('is found in any bytes without an exception', () => {
    const starts = ['RIFF....WEBP', '....ftyp', '<svg', '<?xml', 'GIF89a', 'BM', ''].map(text);
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 400 }), (start, rest) => {
        const result = sniff(new Uint8Array([...start, ...rest]));
        expect(['image', 'refused', 'unknown']).toContain(result.kind);
      }),
    );
  });
});
