// Takes as many seats as each line of standard input says, and keeps them.
import { createInterface } from 'node:readline';

const AT_ONCE = 32;

/** `take` takes the nth seat and resolves when it has been answered. */
export async function takeSeats(take) {
  let seats = 0;
  const takeUntil = async (until) => {
    while (seats < until) {
      const seat = seats;
      seats += 1;
      await take(seat);
    }
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const until = seats + Number(line);
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: AT_ONCE }, () => takeUntil(until)));
    console.log(JSON.stringify({ event: 'seated', ms: performance.now() - startedAt }));
  }
}
