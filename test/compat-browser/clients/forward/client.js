'use strict';

/** Two spellings are in use: that of the document, and another one that also says when there are no more candidates. */
const SPELLINGS = {
  document: { peers: 'connected-peers', candidate: 'candidate', sends: 'forward-icecandidate', hears: 'icecandidate' },
  other: { peers: 'peers', candidate: 'iceCandidate', sends: 'forward-ice-candidate', hears: 'ice-candidate' },
};

const client = {
  socket: undefined,
  spelling: undefined,
  /** By the id of the other one: the connection, and the channel that this page sends on. */
  peers: new Map(),
  /** Texts that came, by the id of the sender. */
  texts: {},

  /** The newcomer offers to everyone who is there; resolves to their ids. `name` of the channels is up to the page. */
  async connect(url, spelling, name) {
    this.spelling = SPELLINGS[spelling];
    this.name = name;
    this.socket = new WebSocket(url.replace(/^http/, 'ws'));
    let peerIds;
    this.socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === this.spelling.peers) {
        ({ peerIds } = message);
        for (const peerId of peerIds) void offerTo(peerId);
      } else void receive(message);
      changed();
    };
    return until(() => peerIds);
  },

  /** Resolves to the ids of the others, as soon as there are channels to and from exactly so many. */
  async connected(count) {
    const open = () => [...this.peers].filter(([, { own, theirs }]) => [own, theirs].every(isOpen)).map(([id]) => id);
    await until(() => open().length === count);
    return open();
  },

  leave() {
    this.socket.close();
    for (const { connection } of this.peers.values()) connection.close();
    this.peers.clear();
  },

  say(text) {
    for (const { own } of this.peers.values()) if (isOpen(own)) own.send(text);
  },

  /** Resolves to the texts, in the order of their senders, as soon as so many have sent one. */
  async heard(count) {
    await until(() => Object.keys(this.texts).length === count);
    return Object.values(this.texts).toSorted();
  },
};

function isOpen(channel) {
  return channel?.readyState === 'open';
}

function say(message) {
  client.socket.send(JSON.stringify(message));
}

function connectTo(peerId) {
  const connection = new RTCPeerConnection();
  const peer = { connection, own: connection.createDataChannel(client.name), theirs: undefined };
  client.peers.set(peerId, peer);
  peer.own.onopen = changed;
  peer.own.onclose = changed;
  connection.ondatachannel = ({ channel }) => {
    peer.theirs = channel;
    channel.onopen = changed;
    channel.onclose = changed;
    channel.onmessage = ({ data }) => {
      client.texts[peerId] = data;
      changed();
    };
  };
  connection.onicecandidate = ({ candidate }) => {
    const { candidate: field, sends } = client.spelling;
    if (candidate === null && client.spelling === SPELLINGS.document) return;
    say({ action: sends, [field]: candidate, toPeerId: peerId });
  };
  return connection;
}

async function offerTo(toPeerId) {
  const connection = connectTo(toPeerId);
  const offer = await connection.createOffer();
  await connection.setLocalDescription(offer);
  say({ action: 'forward-offer', offer, toPeerId });
}

async function receive(message) {
  const { type, fromPeerId } = message;
  switch (type) {
    case 'offer': {
      const connection = connectTo(fromPeerId);
      await connection.setRemoteDescription(message.offer);
      const answer = await connection.createAnswer();
      await connection.setLocalDescription(answer);
      say({ action: 'forward-answer', answer, toPeerId: fromPeerId });
      break;
    }
    case 'answer':
      await client.peers.get(fromPeerId).connection.setRemoteDescription(message.answer);
      break;
    case client.spelling.hears:
      await client.peers.get(fromPeerId).connection.addIceCandidate(message[client.spelling.candidate]);
      break;
    // What the client does not know, such as the other spelling.
    default:
  }
}
