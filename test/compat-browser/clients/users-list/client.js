'use strict';

const client = {
  socket: undefined,
  users: [],
  /** The other one of the only call at a time. */
  contact: undefined,
  connection: undefined,
  ownStream: undefined,
  theirStream: undefined,
  /** To be called with whether the user takes the call that is coming in. */
  decide: undefined,
  /** Candidates wait for the state to become stable; those that come once it is are never used. */
  candidates: [],
  /** How calls have ended, and who has said so. */
  ends: [],

  /** Resolves to the own id. */
  async connect(url) {
    if (!('io' in globalThis)) await loadScript(`${url}socket.io/socket.io.js`);
    this.socket = io(url);
    this.socket.on('usersList', (users) => {
      this.users = users;
      changed();
    });
    this.socket.on('message', (message) => void receive(message).then(changed));
    await until(() => this.socket.connected && this.users.includes(this.socket.id));
    return this.socket.id;
  },

  /** Resolves as soon as these users are there, and nobody else. */
  async sees(users) {
    await until(() => this.users.length === users.length && users.every((user) => this.users.includes(user)));
  },

  async call(user) {
    this.contact = user;
    const connection = await openConnection();
    const offer = await connection.createOffer({ offerToReceiveAudio: true, offerToReceiveVideo: true });
    await connection.setLocalDescription(offer);
    say({ type: 'offer', offer });
  },

  /** Resolves to the caller. */
  async ringing() {
    await until(() => this.decide);
    return this.contact;
  },

  async accept() {
    await openConnection();
    this.decide(true);
  },

  decline() {
    say({ type: 'decline' });
    this.decide(false);
  },

  hangUp() {
    say({ type: 'hangup' });
    end();
  },

  /** Resolves to how a call ended, and who has said so. */
  async ended() {
    return until(() => this.ends.shift());
  },

  /** Resolves once pictures and sound of the other one arrive and are played. */
  async seesAndHears() {
    await seeAndHear(this.connection, await until(() => this.theirStream));
  },
};

/** A page without a bundle takes the script of the server that it speaks to. */
async function loadScript(src) {
  const script = document.createElement('script');
  script.src = src;
  document.head.append(script);
  await new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = () => reject(new Error(`not loaded: ${src}`));
  });
}

function say(message) {
  client.socket.emit('message', { ...message, id: client.contact, contact: client.socket.id, sent: Date.now() });
}

async function openConnection() {
  client.ownStream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const connection = new RTCPeerConnection();
  client.connection = connection;
  for (const track of client.ownStream.getTracks()) connection.addTrack(track, client.ownStream);
  connection.ontrack = ({ streams: [stream] }) => {
    client.theirStream = stream;
    changed();
  };
  connection.onicecandidate = ({ candidate }) => {
    if (candidate !== null) say({ type: 'ice-candidate', candidate });
  };
  connection.onsignalingstatechange = () => {
    if (connection.signalingState !== 'stable') return;
    for (const candidate of client.candidates.splice(0)) void connection.addIceCandidate(candidate);
  };
  return connection;
}

async function receive(message) {
  switch (message.type) {
    case 'offer': {
      client.contact = message.contact;
      const isTaken = await new Promise((resolve) => {
        client.decide = resolve;
        changed();
      });
      client.decide = undefined;
      if (!isTaken) {
        end();
        return;
      }
      await client.connection.setRemoteDescription(message.offer);
      const answer = await client.connection.createAnswer();
      await client.connection.setLocalDescription(answer);
      say({ type: 'answer', answer });
      break;
    }
    case 'answer':
      await client.connection.setRemoteDescription(message.answer);
      break;
    case 'ice-candidate':
      if (client.connection !== undefined) client.candidates.push(message.candidate);
      break;
    case 'hangup':
    case 'decline':
      client.ends.push([message.type, message.contact]);
      end();
      break;
  }
}

function end() {
  for (const track of client.ownStream?.getTracks() ?? []) track.stop();
  client.connection?.close();
  client.connection = undefined;
  client.contact = undefined;
  client.theirStream = undefined;
  client.candidates = [];
}
