// Takes what is sent over a bare channel and says so: receive.mjs <relay>
import { acceptChannels } from './channel.mjs';

const [relay] = process.argv.slice(2);

await acceptChannels(relay, 'receiver', (channel) => {
  let missing;
  channel.onMessage.subscribe((data) => {
    if (typeof data === 'string') missing = Number(data);
    else missing -= data.length;
    if (missing === 0) channel.send('ok');
  });
});
console.log(JSON.stringify({ event: 'ready' }));
