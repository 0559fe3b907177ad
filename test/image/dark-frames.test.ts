import { describe, expect, it } from 'vitest';
import { untilBright } from '../../src/image/dark-frames.ts';
import { bytesOf, halves } from './fixtures.ts';

const bright = () => bytesOf(halves(64, 32).jpeg());
const dark = () => bytesOf(halves(64, 32).modulate({ brightness: 0.01 }).linear(0.05, 0).jpeg());

describe('a camera whose first frames are dark', () => {
  it('is asked again for a later one', async () => {
    const frames = [await dark(), await bright()];
    const skips: number[] = [];
    const frame = await untilBright(5, async (skip) => {
      skips.push(skip);
      return frames[skips.length - 1] ?? new Uint8Array();
    });
    expect(frame).toBe(frames[1]);
    expect(skips).toEqual([5, 15]);
  });

  it('in the dark still delivers what it sees', async () => {
    const night = await dark();
    let captures = 0;
    const frame = await untilBright(15, async () => {
      captures += 1;
      return night;
    });
    expect(frame).toBe(night);
    expect(captures).toBe(3);
  });

  it('is asked once when its picture is good', async () => {
    const good = await bright();
    let captures = 0;
    await untilBright(15, async () => {
      captures += 1;
      return good;
    });
    expect(captures).toBe(1);
  });
});
