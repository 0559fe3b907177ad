'use strict';

/** What one end of a link says to the other. */
const LINK_TYPES = ['lockRequest', 'lockResponse', 'offer', 'answer', 'icecandidate', 'close'];

/** An id at the server. What comes for it goes to all listeners, as `{ from, to, type, data }`. */
class Signals {
  listeners = new Set();

  constructor(id) {
    this.id = id;
  }

  receive(text) {
    const message = JSON.parse(text);
    for (const listener of this.listeners) listener(message);
    changed();
  }
}

class SocketSignals extends Signals {
  isOver = false;

  constructor(id) {
    super(id);
    const url = new URL(`/${id}`, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    this.socket = new WebSocket(url);
    this.socket.onopen = changed;
    this.socket.onmessage = ({ data }) => this.receive(data);
    this.socket.onclose = () => {
      this.isOver = true;
      changed();
    };
  }

  async opened() {
    await until(() => this.isOver || this.socket.readyState === WebSocket.OPEN);
    if (this.isOver) throw new Error('the server was not reached');
  }

  /** Everything comes without being asked for. */
  expect() {}

  async send(to, type, data) {
    this.socket.send(JSON.stringify({ from: this.id, to, type, data }));
  }

  async sendUntilNobody(to) {
    let echoes = 0;
    this.listeners.add(({ type }) => (echoes += type === 'echo' ? 1 : 0));
    for (let sent = 1; !this.isOver; sent++) {
      await this.send(to, 'anybody');
      await this.send(this.id, 'echo');
      await until(() => this.isOver || echoes === sent);
    }
    return 'the connection is over';
  }

  close() {
    this.socket.close();
  }
}

class StreamSignals extends Signals {
  expected = new Set();
  sent = Promise.resolve();

  constructor(id) {
    super(id);
    this.source = new EventSource(`/messages/${id}`);
    this.source.onopen = changed;
    this.source.addEventListener('listing', ({ data }) => {
      this.listing = JSON.parse(data);
      changed();
    });
    for (const type of LINK_TYPES) this.expect(type);
  }

  async opened() {
    await until(() => this.listing);
  }

  /** Events go by the type of the message, and each has to be asked for. */
  expect(type) {
    if (this.expected.has(type)) return;
    this.expected.add(type);
    this.source.addEventListener(type, ({ data }) => this.receive(data));
  }

  /** One after the other: the server answers once the event is on its way, and only that keeps them in order. */
  send(to, type, data) {
    const body = JSON.stringify({ from: this.id, to, type, data });
    const sent = this.sent.then(() => post(body));
    this.sent = sent.catch(() => {});
    return sent;
  }

  async sendUntilNobody(to) {
    for (;;) {
      try {
        await this.send(to, 'anybody');
      } catch ({ message }) {
        return message;
      }
    }
  }

  /** What is on its way still goes out: it is the stream that makes this page the sender. */
  close() {
    void this.sent.then(() => this.source.close());
  }
}

async function post(body) {
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch('/message', { method: 'POST', headers, body });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
}
