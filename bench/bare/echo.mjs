// The smallest server on ws that keeps connections and answers each message.
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });

server.on('connection', (socket) => {
  socket.on('message', (data, binary) => socket.send(data, { binary }));
  socket.on('error', () => socket.terminate());
});

server.on('listening', () => {
  console.log(JSON.stringify({ event: 'ready', url: `ws://127.0.0.1:${server.address().port}/` }));
});
