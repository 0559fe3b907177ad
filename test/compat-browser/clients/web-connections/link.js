'use strict';

/** A connection to one other id. Everything that leads to signaling is done under the lock, so offers never meet. */
class Link {
  connection = new RTCPeerConnection();
  /** By their label: the channels made here, and those made at the other end. */
  own = new Map();
  theirs = new Map();
  /** What came over channels, as [label, text]. */
  texts = [];
  isOver = false;

  constructor(signals, peerId) {
    this.signals = signals;
    this.peerId = peerId;
    this.lock = new Lock(signals.id < peerId, (type) => this.say(type));
    this.listener = ({ from, type, data }) => {
      if (from === peerId) void this.receive(type, data);
    };
    signals.listeners.add(this.listener);
    const { connection } = this;
    connection.onicecandidate = ({ candidate }) => candidate !== null && this.say('icecandidate', candidate);
    connection.onnegotiationneeded = () => void this.lock.run(() => this.negotiate());
    connection.onsignalingstatechange = changed;
    connection.ondatachannel = ({ channel }) => this.use(channel, this.theirs);
    connection.ontrack = ({ streams: [stream] }) => {
      this.stream = stream;
      changed();
    };
  }

  say(type, data) {
    void this.signals.send(this.peerId, type, data);
  }

  /** Resolves to nothing once the channel is open; `greeting` is the first thing that it carries. */
  async createDataChannel(label, options, greeting) {
    const channel = await this.lock.run(() => this.connection.createDataChannel(label, options));
    this.use(channel, this.own);
    await until(() => channel.readyState === 'open');
    if (greeting !== undefined) channel.send(greeting);
  }

  /** Resolves once the other end has agreed. */
  async addStream(stream) {
    const senders = await this.lock.run(() =>
      stream.getTracks().map((track) => this.connection.addTrack(track, stream)),
    );
    const transceivers = this.connection.getTransceivers().filter(({ sender }) => senders.includes(sender));
    await until(() => transceivers.every(({ currentDirection }) => currentDirection?.includes('send')));
  }

  /** Closes both ends; a second time is fine. */
  close() {
    if (this.isOver) return;
    this.say('close');
    this.end();
  }

  end() {
    this.isOver = true;
    this.signals.listeners.delete(this.listener);
    this.connection.close();
    changed();
  }

  use(channel, channels) {
    channels.set(channel.label, channel);
    channel.onopen = changed;
    channel.onmessage = ({ data }) => {
      this.texts.push([channel.label, data]);
      changed();
    };
    changed();
  }

  async negotiate() {
    const { connection } = this;
    await connection.setLocalDescription();
    this.say('offer', connection.localDescription);
    await until(() => this.isOver || connection.signalingState === 'stable');
  }

  async receive(type, data) {
    const { connection, lock } = this;
    switch (type) {
      case 'lockRequest':
        lock.lockRequest();
        break;
      case 'lockResponse':
        lock.lockResponse();
        break;
      case 'offer':
        await connection.setRemoteDescription(data);
        await connection.setLocalDescription();
        this.say('answer', connection.localDescription);
        break;
      case 'answer':
        await connection.setRemoteDescription(data);
        break;
      case 'icecandidate':
        await connection.addIceCandidate(data);
        break;
      case 'close':
        this.end();
        break;
    }
  }
}
