// A compressed photo over a bare channel: send-photo.mjs <relay> <file>
import sharp from 'sharp';
import { openChannel, sendBytes } from './channel.mjs';

const [relay, file] = process.argv.slice(2);

const [{ channel, close }, jpeg] = await Promise.all([
  openChannel(relay, 'sender', 'receiver'),
  sharp(file).rotate().resize(1_600, 1_600, { fit: 'inside' }).jpeg({ quality: 80 }).toBuffer(),
]);
await sendBytes(channel, jpeg);
console.log(JSON.stringify({ event: 'photo-delivered', bytes: jpeg.length }));
await close();
