// A werift data channel and nothing around it: no sealing, no hash, no retries.
import { once } from 'node:events';
import { RTCPeerConnection } from 'werift';
import { WebSocket } from 'ws';

const FRAME_BYTES = 65_536;
const BUFFERED_HIGH_BYTES = 262_144;
const BUFFERED_LOW_BYTES = 131_072;

/** Opens a channel to another client of the relay; `close` ends everything that was opened for it. */
export async function openChannel(relay, id, to) {
  const socket = await connect(relay, id);
  const peer = new RTCPeerConnection({ iceServers: [] });
  const channel = peer.createDataChannel('photo');
  stayLocal(peer);
  const opened = channel.stateChanged.watch((state) => state === 'open');
  await peer.setLocalDescription(await peer.createOffer());
  socket.send(JSON.stringify({ to, description: peer.localDescription }));
  const [data] = await once(socket, 'message');
  await peer.setRemoteDescription(JSON.parse(data.toString()).description);
  await opened;
  const close = async () => {
    socket.close();
    await peer.close();
  };
  return { channel, close };
}

/** Answers whoever opens a channel to this client of the relay. Resolves once it can be reached. */
export async function acceptChannels(relay, id, onChannel) {
  const socket = await connect(relay, id);
  socket.on('message', (data) => void accept(socket, JSON.parse(data.toString()), onChannel));
}

async function accept(socket, { from, description }, onChannel) {
  const peer = new RTCPeerConnection({ iceServers: [] });
  peer.onDataChannel.subscribe((channel) => {
    channel.stateChanged.subscribe((state) => {
      if (state === 'closed') void peer.close();
    });
    onChannel(channel);
  });
  await peer.setRemoteDescription(description);
  stayLocal(peer);
  await peer.setLocalDescription(await peer.createAnswer());
  socket.send(JSON.stringify({ to: from, description: peer.localDescription }));
}

/** Sends bytes, paced by what is buffered. Resolves with the first message that comes back. */
export async function sendBytes(channel, bytes) {
  const answered = channel.onMessage.asPromise();
  channel.bufferedAmountLowThreshold = BUFFERED_LOW_BYTES;
  channel.send(String(bytes.length));
  for (let offset = 0; offset < bytes.length; offset += FRAME_BYTES) {
    if (channel.bufferedAmount >= BUFFERED_HIGH_BYTES) await channel.bufferedAmountLow.asPromise();
    channel.send(bytes.subarray(offset, offset + FRAME_BYTES));
  }
  const [answer] = await answered;
  return answer;
}

async function connect(relay, id) {
  const socket = new WebSocket(`${relay}?id=${id}`, { perMessageDeflate: false });
  await once(socket, 'open');
  return socket;
}

/** Without servers werift asks a public one, and waits for it. To be called once there is a transport. */
function stayLocal(peer) {
  for (const { connection } of peer.iceTransports) connection.stunServer = undefined;
}
