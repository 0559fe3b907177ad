// channel.mjs with the browser's own WebRTC, for a blank page: `bare` is what the benchmark calls.
const FRAME_BYTES = 65_536;
const BUFFERED_HIGH_BYTES = 262_144;
const BUFFERED_LOW_BYTES = 131_072;

globalThis.bare = {
  /** Opens a channel to another client of the relay. */
  async connect(relay, id, to) {
    const socket = await signaling(relay, id);
    const peer = new RTCPeerConnection();
    const channel = peer.createDataChannel('photo');
    channel.binaryType = 'arraybuffer';
    const opened = next(channel, 'open');
    await describe(peer, await peer.createOffer());
    socket.send(JSON.stringify({ to, description: peer.localDescription }));
    const { data } = await next(socket, 'message');
    await peer.setRemoteDescription(JSON.parse(data).description);
    await opened;
    this.channel = channel;
  },

  /** Answers one client of the relay, and every photo that it sends. Resolves once it can be reached. */
  async accept(relay, id) {
    const socket = await signaling(relay, id);
    socket.addEventListener('message', ({ data }) => void this.answer(socket, JSON.parse(data)));
  },

  async answer(socket, { from, description }) {
    const peer = new RTCPeerConnection();
    // A page's connection that nothing refers to may be collected.
    this.peer = peer;
    peer.addEventListener('datachannel', ({ channel }) => acknowledge(channel));
    await peer.setRemoteDescription(description);
    await describe(peer, await peer.createAnswer());
    socket.send(JSON.stringify({ to: from, description: peer.localDescription }));
  },

  /** Sends bytes, paced by what is buffered. Resolves with the time until the answer, ms. */
  async send(base64) {
    const { channel } = this;
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const startedAt = performance.now();
    const answered = next(channel, 'message');
    channel.bufferedAmountLowThreshold = BUFFERED_LOW_BYTES;
    channel.send(String(bytes.length));
    for (let offset = 0; offset < bytes.length; offset += FRAME_BYTES) {
      if (channel.bufferedAmount >= BUFFERED_HIGH_BYTES) await next(channel, 'bufferedamountlow');
      channel.send(bytes.subarray(offset, offset + FRAME_BYTES));
    }
    await answered;
    return performance.now() - startedAt;
  },
};

function acknowledge(channel) {
  channel.binaryType = 'arraybuffer';
  let missing;
  channel.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') missing = Number(data);
    else missing -= data.byteLength;
    if (missing === 0) channel.send('ok');
  });
}

/** With all candidates in the description. */
async function describe(peer, description) {
  const gathered = new Promise((resolve) => {
    peer.addEventListener('icegatheringstatechange', () => peer.iceGatheringState === 'complete' && resolve());
  });
  await peer.setLocalDescription(description);
  await gathered;
}

async function signaling(relay, id) {
  const socket = new WebSocket(`${relay}?id=${id}`);
  await next(socket, 'open');
  return socket;
}

function next(target, type) {
  return new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));
}
