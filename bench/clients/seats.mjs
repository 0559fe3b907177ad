// Takes as many seats as each line of standard input says, and keeps them: seats.mjs <dialect> <url>
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { firstMessage } from './first-message.mjs';
import { connectSocketIo, packet, SOCKET_IO_PATH } from './socket-io.mjs';
import { takeSeats } from './take-seats.mjs';

/** Each takes the nth seat and resolves when it has been answered. */
const dialects = {
  /** Three to a room. Also the bare server, which sends back what it is told. */
  async 'snap-share'(seat) {
    const socket = await open(url, ['snap-share.v1']);
    const room = `room-${Math.floor(seat / 3)}`;
    socket.send(JSON.stringify({ type: 'join', room, name: 'idle', kind: 'terminal' }));
    await once(socket, 'message');
  },
  async forward() {
    // Listens at once: it is greeted as it comes.
    await once(new WebSocket(url, { perMessageDeflate: false }), 'message');
  },
  async login(seat) {
    const socket = await open(url);
    socket.send(JSON.stringify({ type: 'login', login: `seat-${seat}` }));
    await once(socket, 'message');
  },
  async 'web-connections'(seat) {
    const id = `seat-${seat}`;
    const socket = await open(new URL(id, url));
    socket.send(JSON.stringify({ from: id, to: id }));
    await once(socket, 'message');
  },
  async 'snap-photo'(seat) {
    const socket = new WebSocket(new URL(SOCKET_IO_PATH, url), { perMessageDeflate: false });
    await connectSocketIo(socket);
    socket.send(packet('create or join', `room-${Math.floor(seat / 3)}`));
    await firstMessage(socket, (text) => text.startsWith('42'));
  },
  /** Also the bare server over Socket.IO. */
  async 'users-list'() {
    const socket = new WebSocket(new URL(SOCKET_IO_PATH, url), { perMessageDeflate: false });
    await connectSocketIo(socket);
  },
};

const [name, url] = process.argv.slice(2);
await takeSeats(dialects[name]);

async function open(address, protocols) {
  const socket = new WebSocket(address, protocols, { perMessageDeflate: false });
  await once(socket, 'open');
  return socket;
}
