import { glyph, GLYPH_HEIGHT, GLYPH_WIDTH } from './font.ts';
import { LIMITS } from './limits.ts';
import { loadSharp, plainBytes } from './sharp.ts';

export interface TestPattern {
  /** Drawn large; characters beyond ASCII become boxes, and what is too long is cut. */
  readonly name: string;
  readonly at: Date;
  /** Pixels. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** Counts up; each number gives another picture. */
  readonly frame: number;
}

type Colour = readonly [red: number, green: number, blue: number];

const WHITE: Colour = [255, 255, 255];
const DARK: Colour = [24, 26, 32];
const ORANGE: Colour = [255, 120, 0];
// The colour bars of television, at 75 %.
const BARS: readonly Colour[] = [
  [191, 191, 191],
  [191, 191, 0],
  [0, 191, 191],
  [0, 191, 0],
  [191, 0, 191],
  [191, 0, 0],
  [0, 0, 191],
];

/** A picture for machines without a camera: whose it is, when it was made, and something that moves. PNG bytes. */
export async function drawTestPattern(pattern: TestPattern): Promise<Uint8Array> {
  const { name, at, width = 1_280, height = 960, frame } = pattern;
  for (const edge of [width, height]) {
    if (!Number.isInteger(edge) || edge < LIMITS.patternMinEdgePx || edge > LIMITS.patternMaxEdgePx) {
      throw new RangeError(`Expected edges from ${LIMITS.patternMinEdgePx} to ${LIMITS.patternMaxEdgePx}, got ${edge}`);
    }
  }
  const canvas = new Canvas(width, height);
  BARS.forEach((colour, i) => {
    const left = Math.round((i * width) / BARS.length);
    canvas.rectangle(left, 0, Math.round(((i + 1) * width) / BARS.length) - left, height, colour);
  });

  const barHeight = Math.round(height / 2);
  canvas.rectangle(0, barHeight, width, height - barHeight, DARK);
  drawMovement(canvas, barHeight, frame);

  const time = `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  const rowHeight = Math.floor((height - barHeight) / 3);
  canvas.text(name, barHeight, rowHeight, WHITE);
  canvas.text(time, barHeight + rowHeight, rowHeight, WHITE);
  canvas.text(`frame ${frame}`, barHeight + 2 * rowHeight, rowHeight, ORANGE);

  const sharp = await loadSharp();
  const picture = sharp(canvas.data, { raw: { width, height, channels: 3 } });
  return plainBytes(await picture.png({ palette: true, effort: 1 }).toBuffer());
}

/** A ball that bounces over the bars, and a mark that sweeps the picture's width. */
function drawMovement(canvas: Canvas, floor: number, frame: number): void {
  const radius = Math.round(floor / 6);
  const bounce = (step: number, range: number): number =>
    Math.abs(((((frame * step) % (2 * range)) + 2 * range) % (2 * range)) - range);
  const x = radius + bounce(Math.max(1, Math.round(canvas.width / 23)), canvas.width - 2 * radius);
  const y = radius + bounce(Math.max(1, Math.round(floor / 17)), floor - 2 * radius);
  canvas.disc(x, y, radius, DARK);
  canvas.disc(x, y, Math.round(radius * 0.8), WHITE);
  const mark = Math.max(2, Math.round(canvas.width / 100));
  canvas.rectangle(bounce(mark, canvas.width - mark), floor, mark, mark, ORANGE);
}

class Canvas {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;

  constructor(width: number, height: number) {
    this.data = new Uint8Array(width * height * 3);
    this.width = width;
    this.height = height;
  }

  rectangle(left: number, top: number, width: number, height: number, colour: Colour): void {
    const right = Math.min(left + width, this.width);
    for (let y = top; y < Math.min(top + height, this.height); y += 1) {
      for (let x = left; x < right; x += 1) this.data.set(colour, (y * this.width + x) * 3);
    }
  }

  disc(centreX: number, centreY: number, radius: number, colour: Colour): void {
    for (let dy = -radius; dy <= radius; dy += 1) {
      const half = Math.floor(Math.sqrt(radius * radius - dy * dy));
      this.rectangle(centreX - half, centreY + dy, 2 * half + 1, 1, colour);
    }
  }

  /** One line in the middle of a row, as large as the row allows. */
  text(line: string, top: number, rowHeight: number, colour: Colour): void {
    const advance = GLYPH_WIDTH + 1;
    // Smaller dots than this cannot be read on a phone; a line that does not fit even so is cut.
    const smallest = Math.max(1, Math.round(this.width / 640));
    const letters = Array.from(line).slice(0, Math.floor((this.width * 0.94) / (advance * smallest)));
    const dots = Math.max(1, letters.length * advance - 1);
    const scale = Math.max(
      1,
      Math.min(Math.floor((this.width * 0.94) / dots), Math.floor((rowHeight * 0.7) / GLYPH_HEIGHT)),
    );
    const left = Math.round((this.width - dots * scale) / 2);
    const upper = top + Math.round((rowHeight - GLYPH_HEIGHT * scale) / 2);
    letters.forEach((letter, position) => {
      glyph(letter).forEach((column, x) => {
        for (let y = 0; y < GLYPH_HEIGHT; y += 1) {
          if ((column & (1 << y)) === 0) continue;
          this.rectangle(left + (position * advance + x) * scale, upper + y * scale, scale, scale, colour);
        }
      });
    });
  }
}
