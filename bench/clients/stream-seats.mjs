// Takes as many seats over event streams as each line of standard input says, three to a room, and keeps them:
// stream-seats.mjs <snap-share|web-connections|bare> <url>
import { openStream, post } from './stream.mjs';
import { takeSeats } from './take-seats.mjs';

const [name, url] = process.argv.slice(2);

const dialects = {
  async 'snap-share'(seat) {
    const stream = await openStream(new URL('events?protocol=snap-share.v1', url));
    const token = /"stream":"([\w-]+)"/.exec(await stream.until('"stream"'))[1];
    const join = { type: 'join', room: `room-${Math.floor(seat / 3)}`, name: 'idle', kind: 'terminal' };
    await post(new URL(`events/${token}?from=1`, url), JSON.stringify(JSON.stringify(join)));
    await stream.until('welcome');
  },
  async 'web-connections'(seat) {
    const stream = await openStream(new URL(`messages/seat-${seat}`, url));
    await stream.until('listing');
  },
  async bare(seat) {
    const stream = await openStream(new URL(`seat-${seat}`, url));
    await stream.until('open');
    await post(new URL(`seat-${seat}`, url), '"hello"');
    await stream.until('hello');
  },
};

await takeSeats(dialects[name]);
