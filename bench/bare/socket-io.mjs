// A signaling relay as one writes it on Socket.IO: the receiver is addressed by its id, the sender stamped.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const server = createServer();
const io = new Server(server);

io.on('connection', (socket) => {
  socket.on('message', (message) => {
    io.to(message.id).emit('message', { ...message, contact: socket.id });
  });
});

server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ event: 'ready', url: `http://127.0.0.1:${server.address().port}/` }));
});
