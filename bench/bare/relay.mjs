// A signaling relay as one writes it on ws: JSON in, the receiver looked up by id, the sender stamped, JSON out.
import { WebSocketServer } from 'ws';

const clients = new Map();
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });

server.on('connection', (socket, request) => {
  const id = new URL(request.url, 'ws://relay').searchParams.get('id');
  clients.set(id, socket);
  socket.on('message', (data) => {
    const message = JSON.parse(data.toString());
    message.from = id;
    clients.get(message.to)?.send(JSON.stringify(message));
  });
  socket.on('close', () => clients.delete(id));
  socket.on('error', () => socket.terminate());
});

server.on('listening', () => {
  console.log(JSON.stringify({ event: 'ready', url: `ws://127.0.0.1:${server.address().port}/` }));
});
