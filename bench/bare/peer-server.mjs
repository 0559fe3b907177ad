// PeerServer as its documentation starts it.
import { PeerServer } from 'peer';

PeerServer({ host: '127.0.0.1', port: 0 }, (server) => {
  console.log(JSON.stringify({ event: 'ready', url: `ws://127.0.0.1:${server.address().port}/` }));
});
