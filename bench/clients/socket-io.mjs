// The least of a Socket.IO client of version 4 over a WebSocket, for loads.
import { firstMessage } from './first-message.mjs';

/** The path of its WebSocket. */
export const SOCKET_IO_PATH = 'socket.io/?EIO=4&transport=websocket';

/** How a packet with this event begins. */
export const eventStart = (event) => `42["${event}"`;

/** An event as it goes over the WebSocket. */
export const packet = (event, ...args) => `42${JSON.stringify([event, ...args])}`;

/** Joins the namespace of all, and answers pings from then on. Resolves with its id. */
export async function connectSocketIo(socket) {
  socket.on('message', (data) => {
    if (data.length === 1 && data[0] === 0x32) socket.send('3');
  });
  await firstMessage(socket, (text) => text.startsWith('0'));
  socket.send('40');
  const greeting = await firstMessage(socket, (text) => text.startsWith('40'));
  return JSON.parse(greeting.slice(2)).sid;
}
