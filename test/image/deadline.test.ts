import { describe, expect, it } from 'vitest';
import { withinDeadline } from '../../src/image/deadline.ts';

describe('a picture that takes too long', () => {
  it('is given up at the deadline, even when the codec never returns', async () => {
    const forever = () => new Promise<never>(() => undefined);
    await expect(withinDeadline(5, forever)).rejects.toMatchObject({ code: 'image-timeout' });
  });

  it('is called slow, not damaged, when the codec itself gives up', async () => {
    const codecTimeout = new Error('timeout');
    const busy = async () => {
      const end = performance.now() + 10;
      while (performance.now() < end);
      throw codecTimeout;
    };
    await expect(withinDeadline(5, busy)).rejects.toMatchObject({ code: 'image-timeout', cause: codecTimeout });
  });

  it('does not change the error of one that fails in time', async () => {
    const failure = new Error('damaged');
    await expect(withinDeadline(60_000, () => Promise.reject(failure))).rejects.toBe(failure);
  });
});
