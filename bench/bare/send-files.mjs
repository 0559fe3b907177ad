// Sends files over one bare channel, each when its path is told on standard input: send-files.mjs <relay>
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { openChannel, sendBytes } from './channel.mjs';

const [relay] = process.argv.slice(2);

const { channel } = await openChannel(relay, 'sender', 'receiver');
console.log(JSON.stringify({ event: 'ready' }));
for await (const path of createInterface({ input: process.stdin })) {
  const bytes = await readFile(path);
  const startedAt = performance.now();
  await sendBytes(channel, bytes);
  console.log(JSON.stringify({ event: 'delivered', ms: performance.now() - startedAt }));
}
