'use strict';

/** Where the service is: its usual port. */
const SERVICE = 'ws://localhost:7777';

/** Two names of the same field are in use; who has the other one also says when there are no more candidates. */
const CANDIDATE_FIELDS = { document: 'ice-candidate', other: 'iceCandidate' };

const client = {
  service: undefined,
  spelling: undefined,
  login: undefined,
  /** The other one of the only conversation at a time. */
  peer: undefined,
  discussion: [],
  errors: [],
  logins: [],

  /** Resolves once the service is reached. */
  async open(spelling, url = SERVICE) {
    this.spelling = spelling;
    this.service = new WebSocket(url.replace(/^http/, 'ws'));
    this.service.onmessage = ({ data }) => void receive(JSON.parse(data)).then(changed);
    this.service.onopen = changed;
    this.service.onerror = () => this.errors.push('not reached');
    await until(() => this.service.readyState === WebSocket.OPEN);
  },

  /** Resolves to whether this login was free. */
  async join(login) {
    const before = this.logins.length;
    say({ type: 'login', login });
    await until(() => this.logins.length > before);
    const success = this.logins[before];
    if (success) this.login = login;
    return success;
  },

  signOut() {
    say({ type: 'logout', login: this.login });
    this.login = undefined;
  },

  async connectTo(login) {
    const connection = makeConnection(login);
    const offer = await connection.createOffer();
    await connection.setLocalDescription(offer);
    say({ type: 'offer', offer, from: this.login, to: login });
  },

  /** Resolves as soon as there are channels to and from this one. */
  async connected(login) {
    await until(() => this.peer?.login === login && [this.peer.own, this.peer.theirs].every(isOpen));
  },

  send(text) {
    this.peer.own.send(text);
  },

  /** Takes what was said to this page, as soon as there is something. */
  async heard() {
    await until(() => this.discussion.length > 0);
    return this.discussion.splice(0);
  },

  disconnect() {
    this.peer.connection.close();
    this.peer = undefined;
  },

  async disconnected() {
    await until(() => this.peer === undefined);
  },

  /** Takes what the service has complained of. */
  async failed() {
    return until(() => this.errors.shift());
  },
};

function isOpen(channel) {
  return channel?.readyState === 'open';
}

function say(message) {
  client.service.send(JSON.stringify(message));
}

/** Each side sends on a channel of its own; both have the same label. */
function makeConnection(login) {
  const connection = new RTCPeerConnection();
  const own = connection.createDataChannel('messaging-channel');
  const peer = { login, connection, own, theirs: undefined };
  client.peer = peer;
  own.onopen = changed;
  connection.ondatachannel = ({ channel }) => {
    peer.theirs = channel;
    channel.onopen = changed;
    channel.onmessage = ({ data }) => {
      client.discussion.push(`${login}: ${data}`);
      changed();
    };
    channel.onclose = () => {
      if (client.peer === peer) client.disconnect();
      changed();
    };
  };
  connection.onicecandidate = ({ candidate }) => {
    if (candidate === null && client.spelling === 'document') return;
    say({ type: 'ice-candidate', [CANDIDATE_FIELDS[client.spelling]]: candidate, from: client.login, to: login });
  };
  return connection;
}

async function receive(message) {
  switch (message.type) {
    case 'login':
      client.logins.push(message.success);
      break;
    case 'offer': {
      const connection = makeConnection(message.from);
      await connection.setRemoteDescription(message.offer);
      const answer = await connection.createAnswer();
      await connection.setLocalDescription(answer);
      say({ type: 'answer', answer, from: client.login, to: message.from });
      break;
    }
    case 'answer':
      await client.peer.connection.setRemoteDescription(message.answer);
      break;
    case 'ice-candidate':
      // Some of the conversation before may still be on their way.
      if (client.peer?.login !== message.from) break;
      await client.peer.connection.addIceCandidate(message[CANDIDATE_FIELDS[client.spelling]]);
      break;
    case 'error':
      client.errors.push(message.message);
      break;
  }
}
