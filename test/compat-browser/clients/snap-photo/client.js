'use strict';

/** Bytes of one binary frame of a photo. */
const FRAME_BYTES = 64_000;
const WIDTH = 320;
const HEIGHT = 240;

const socket = io.connect();

const client = {
  /** What the server has said, in order. */
  heard: [],
  /** Peers of a room have numbers, from 1 in the order of joining. */
  number: undefined,
  /** By the number of the other one. */
  links: new Map(),
  /** SHA-256 of the pixels that came, by the number of the sender. */
  photos: {},

  /** Resolves to the name of the answer. */
  async join(room) {
    const before = this.heard.length;
    socket.emit('create or join', room);
    const isAnswer = (event) => event in NUMBERS || event === 'full';
    return until(() => this.heard.slice(before).find(isAnswer));
  },

  /** Resolves as soon as somebody else has left since the last time. */
  async missed() {
    await until(() => this.heard.includes('exit'));
    this.heard.splice(this.heard.indexOf('exit'), 1);
  },

  exit(room) {
    socket.emit('exit', room);
    for (const { connection } of this.links.values()) connection.close();
    this.links.clear();
  },

  /** Resolves as soon as there are channels to exactly so many. */
  async connected(count) {
    const isOpen = ({ channel }) => channel?.readyState === 'open';
    await until(() => [...this.links.values()].filter(isOpen).length === count);
  },

  /** Takes a picture with the camera and sends its pixels to everybody; resolves to their SHA-256. */
  async snap() {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true });
    const video = document.createElement('video');
    video.muted = true;
    video.srcObject = stream;
    await video.play();
    const context = canvasContext();
    context.drawImage(video, 0, 0, WIDTH, HEIGHT);
    // Cameras that are not real show all the same.
    context.fillText(socket.id, 8, 16);
    for (const track of stream.getTracks()) track.stop();
    const { data } = context.getImageData(0, 0, WIDTH, HEIGHT);
    for (const { channel } of this.links.values()) {
      channel.send(String(data.byteLength));
      for (let at = 0; at < data.byteLength; at += FRAME_BYTES) channel.send(data.subarray(at, at + FRAME_BYTES));
    }
    return sha256(data);
  },

  /** Takes `photos`, as soon as so many have sent one. */
  async received(count) {
    await until(() => Object.keys(this.photos).length === count);
    const { photos } = this;
    this.photos = {};
    return photos;
  },
};

const NUMBERS = { created: 1, joined: 2, secondjoined: 3 };

for (const event of ['created', 'joined', 'secondjoined', 'full', 'ready', 'thirduser', 'exit', 'ipaddress'])
  socket.on(event, () => {
    if (event in NUMBERS) client.number = NUMBERS[event];
    if (event === 'ready') void offerTo(2);
    if (event === 'thirduser') void offerTo(3);
    client.heard.push(event);
    changed();
  });
// Who has sent it follows from the event and from one's own number.
socket.on('message', (message) => void receive(client.number === 1 ? 2 : 1, message));
socket.on('messagetothird', (message) => void receive(2, message));
socket.on('messagetosecond', (message) => void receive(3, message));

function say(number, message) {
  if (number === 3) socket.emit('messagetothird', message, client.number === 1);
  else if (client.number === 3) socket.emit('messagetosecond', message, number === 2);
  else socket.emit('message', message);
}

function linkTo(number) {
  client.links.get(number)?.connection.close();
  const connection = new RTCPeerConnection();
  const link = { connection, channel: undefined };
  client.links.set(number, link);
  connection.onicecandidate = ({ candidate }) => {
    if (candidate === null) return;
    const { sdpMLineIndex: label, sdpMid: id } = candidate;
    say(number, { type: 'candidate', label, id, candidate: candidate.candidate });
  };
  return link;
}

async function offerTo(number) {
  const link = linkTo(number);
  useChannel(number, link, link.connection.createDataChannel('photos'));
  await link.connection.setLocalDescription(await link.connection.createOffer());
  say(number, link.connection.localDescription);
}

async function receive(number, message) {
  if (message.type === 'offer') {
    const link = linkTo(number);
    link.connection.ondatachannel = ({ channel }) => useChannel(number, link, channel);
    await link.connection.setRemoteDescription(message);
    await link.connection.setLocalDescription(await link.connection.createAnswer());
    say(number, link.connection.localDescription);
    return;
  }
  const { connection } = client.links.get(number);
  if (message.type === 'answer') await connection.setRemoteDescription(message);
  else
    await connection.addIceCandidate({
      sdpMLineIndex: message.label,
      sdpMid: message.id,
      candidate: message.candidate,
    });
}

function useChannel(number, link, channel) {
  link.channel = channel;
  channel.binaryType = 'arraybuffer';
  channel.onopen = changed;
  channel.onclose = changed;
  let pixels;
  let got = 0;
  channel.onmessage = ({ data }) => {
    if (typeof data === 'string') {
      pixels = new Uint8ClampedArray(Number.parseInt(data, 10));
      got = 0;
      return;
    }
    pixels.set(new Uint8ClampedArray(data), got);
    got += data.byteLength;
    if (got === pixels.byteLength) void show(number, pixels);
  };
}

/** What counts is what the picture shows in the end. */
async function show(number, pixels) {
  const context = canvasContext();
  context.putImageData(new ImageData(pixels, WIDTH, HEIGHT), 0, 0);
  document.body.append(context.canvas);
  client.photos[number] = await sha256(context.getImageData(0, 0, WIDTH, HEIGHT).data);
  changed();
}

function canvasContext() {
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  return canvas.getContext('2d', { willReadFrequently: true });
}

async function sha256(bytes) {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
