// A terminal that shares pictures, each when its path is told on standard input: share-files.mjs <server> <room> <secret>
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { joinRoom } from '../../dist/index.js';

const [server, roomName, secret] = process.argv.slice(2);
const say = (event, fields) => console.log(JSON.stringify({ event, ...fields }));

let startedAt;
const room = await joinRoom({
  server,
  room: roomName,
  secret,
  name: 'shed',
  kind: 'terminal',
  sink: { store: async () => ({ stored: false }) },
  onEvent(event) {
    if (event.type === 'peer-refused' || event.type === 'photo-failed' || event.type === 'ended') throw event.error;
    if (event.type === 'peer-connected') say('ready');
    if (event.type === 'photo-delivered') say('delivered', { ms: performance.now() - startedAt });
  },
});
for await (const path of createInterface({ input: process.stdin })) {
  const bytes = new Uint8Array(await readFile(path));
  startedAt = performance.now();
  room.share({ bytes, mediaType: 'image/jpeg', width: 1_600, height: 1_200 });
}
