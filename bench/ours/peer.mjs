// One end of a photo's way through the library: peer.mjs <server> <secret> [bytes to send]
import { randomBytes } from 'node:crypto';
import { joinRoom } from '../../dist/index.js';

const [server, secret, count] = process.argv.slice(2);
const say = (event, fields) => console.log(JSON.stringify({ event, ...fields }));

const bytes = count === undefined ? undefined : new Uint8Array(randomBytes(Number(count)));
let startedAt;

const room = await joinRoom({
  server,
  room: 'bench',
  secret,
  name: bytes === undefined ? 'receiver' : 'sender',
  kind: 'terminal',
  sink: { store: async () => ({ stored: false }) },
  onEvent(event) {
    if (event.type === 'peer-refused' || event.type === 'photo-failed' || event.type === 'ended') throw event.error;
    if (bytes === undefined) return;
    if (event.type === 'peer-connected') {
      if (!event.verified) throw new Error('expected a sealed link that the secret vouches for');
      startedAt = performance.now();
      room.share({ bytes, mediaType: 'image/jpeg', width: 4_000, height: 3_000 });
    }
    if (event.type === 'photo-delivered') {
      say('delivered', { ms: performance.now() - startedAt });
      void room.leave();
    }
  },
});
say('ready');
