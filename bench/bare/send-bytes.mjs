// Random bytes over a bare channel: send-bytes.mjs <relay> <bytes>
import { randomBytes } from 'node:crypto';
import { openChannel, sendBytes } from './channel.mjs';

const [relay, count] = process.argv.slice(2);

const bytes = randomBytes(Number(count));
const { channel, close } = await openChannel(relay, 'sender', 'receiver');
const startedAt = performance.now();
await sendBytes(channel, bytes);
console.log(JSON.stringify({ event: 'delivered', ms: performance.now() - startedAt }));
await close();
