'use strict';

/** Several ids in one page: everything here begins with the id that is meant. */
const client = {
  signals: new Map(),
  receivers: new Map(),
  links: new Map(),
  unlocks: new Map(),

  async open(id, transport) {
    const signals = transport === 'WebSocket' ? new SocketSignals(id) : new StreamSignals(id);
    this.signals.set(id, signals);
    await signals.opened();
  },

  /** Of a stream: who else is there, as the server says at its beginning. */
  listing(id) {
    return this.signals.get(id).listing;
  },

  async send(id, to, type, data) {
    await this.signals.get(id).send(to, type, data);
  },

  async sendAll(id, to, type, list) {
    await Promise.all(list.map((data) => this.send(id, to, type, data)));
  },

  /** Sends until the server says that nobody has the id `to`; resolves to how it says so. */
  sendUntilNobody(id, to) {
    return this.signals.get(id).sendUntilNobody(to);
  },

  /** A receiver, by its name, of messages of this type; only those from one id, if one is given. */
  receive(id, receiver, type, wanted) {
    const signals = this.signals.get(id);
    const heard = [];
    this.receivers.set(`${id} ${receiver}`, heard);
    signals.expect(type);
    signals.listeners.add((message) => {
      if (message.type === type && (wanted ?? message.from) === message.from) heard.push(message);
    });
  },

  /** Takes the data of its messages as soon as there are so many. */
  async heard(id, receiver, count) {
    const heard = this.receivers.get(`${id} ${receiver}`);
    await until(() => heard.length >= count);
    return heard.splice(0).map(({ data }) => data);
  },

  link(id, peerId) {
    this.links.set(id, new Link(this.signals.get(id), peerId));
  },

  /** Resolves once this id has the lock, which it keeps until `unlock`. */
  lock(id, timeoutMs) {
    return new Promise((resolve, reject) => {
      const task = () => {
        resolve();
        return new Promise((release) => this.unlocks.set(id, release));
      };
      this.links.get(id).lock.run(task, timeoutMs).catch(reject);
    });
  },

  unlock(id) {
    this.unlocks.get(id)();
  },

  /** A task that is over at once, with this result or error. */
  runLocked(id, { result, error }) {
    return this.links.get(id).lock.run(async () => {
      if (error !== undefined) throw new Error(error);
      return result;
    });
  },

  async createDataChannel(id, label, options, greeting) {
    await this.links.get(id).createDataChannel(label, options, greeting);
  },

  /** On a channel that the other end has made, as soon as there is one. */
  async reply(id, label, text) {
    const { theirs } = this.links.get(id);
    (await until(() => theirs.get(label))).send(text);
  },

  /** On a channel made here. */
  sayOn(id, label, text) {
    this.links.get(id).own.get(label).send(text);
  },

  /** Takes what came over channels, in the order of their labels, as soon as there is so much. */
  async heardOn(id, count) {
    const { texts } = this.links.get(id);
    await until(() => texts.length >= count);
    return texts
      .splice(0)
      .map((text) => text.join(': '))
      .toSorted();
  },

  async addStream(id) {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    await this.links.get(id).addStream(stream);
  },

  async seesAndHears(id) {
    const link = this.links.get(id);
    await seeAndHear(link.connection, await until(() => link.stream));
  },

  closeLink(id) {
    this.links.get(id).close();
  },

  async linkEnded(id) {
    const link = this.links.get(id);
    await until(() => link.isOver);
    return link.connection.connectionState;
  },

  close(id) {
    this.links.get(id)?.end();
    this.signals.get(id).close();
  },
};
