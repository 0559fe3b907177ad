// Takes as many seats over event streams as each line of standard input says, three to a room, and keeps them:
// stream-seats.mjs <snap-share|web-connections|bare> <url>
import { createInterface } from 'node:readline';
import { openStream, post } from './stream.mjs';

const AT_ONCE = 32;

const [name, url] = process.argv.slice(2);
let seats = 0;

for await (const line of createInterface({ input: process.stdin })) {
  const until = seats + Number(line);
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, () => takeSeats(until)));
  console.log(JSON.stringify({ event: 'seated', ms: performance.now() - startedAt }));
}

async function takeSeats(until) {
  while (seats < until) {
    const seat = seats;
    seats += 1;
    if (name === 'bare') {
      const stream = await openStream(new URL(`seat-${seat}`, url));
      await stream.until('open');
      await post(new URL(`seat-${seat}`, url), '"hello"');
      await stream.until('hello');
    } else if (name === 'web-connections') {
      const stream = await openStream(new URL(`messages/seat-${seat}`, url));
      await stream.until('listing');
    } else {
      const stream = await openStream(new URL('events?protocol=snap-share.v1', url));
      const token = /"stream":"([\w-]+)"/.exec(await stream.until('"stream"'))[1];
      const join = { type: 'join', room: `room-${Math.floor(seat / 3)}`, name: 'idle', kind: 'terminal' };
      await post(new URL(`events/${token}?from=1`, url), JSON.stringify(JSON.stringify(join)));
      await stream.until('welcome');
    }
  }
}
