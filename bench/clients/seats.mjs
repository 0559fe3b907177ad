// Takes as many seats as each line of standard input says, three to a room, and keeps them: seats.mjs <url>
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

const AT_ONCE = 32;

const [url] = process.argv.slice(2);
let seats = 0;

for await (const line of createInterface({ input: process.stdin })) {
  const until = seats + Number(line);
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, () => takeSeats(until)));
  console.log(JSON.stringify({ event: 'seated', ms: performance.now() - startedAt }));
}

async function takeSeats(until) {
  while (seats < until) {
    const room = `room-${Math.floor(seats / 3)}`;
    seats += 1;
    const socket = new WebSocket(url, ['snap-share.v1'], { perMessageDeflate: false });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'join', room, name: 'idle', kind: 'terminal' }));
    // The welcome of a daemon, or the echo.
    await once(socket, 'message');
  }
}
