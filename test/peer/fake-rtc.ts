import { SnapError, toSnapError } from '../../src/protocol/errors.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import type { Clock } from '../../src/peer/clock.ts';
import type { ConnectRtc, Route, RtcCandidate, RtcConnection, RtcEvents, RtcStage } from '../../src/peer/rtc.ts';

const STAGES: readonly RtcStage[] = ['ice', 'dtls', 'channel'];

export interface Transmission {
  readonly from: FakeConnection;
  readonly to: FakeConnection;
  readonly bytes: Uint8Array;
}

/**
 * WebRTC connections of one process that find each other through a token in their descriptions. Nothing happens
 * synchronously, everything in order; what goes wrong is up to the test. It passes the contract of the WebRTC port.
 */
export class FakeNetwork {
  readonly connections: FakeConnection[] = [];
  /** One way, and between two stages, ms. */
  latencyMs = 5;
  /** How fast a connection sends. */
  bytesPerMs = Number.POSITIVE_INFINITY;
  maxMessageBytes: number = LIMITS.frameBytes;
  refusesRollback = false;
  /** The stage that this connection never reaches. */
  stallAt: (connection: FakeConnection) => RtcStage | undefined = () => undefined;
  /** Candidates are told before the description they belong to is known. */
  hastyCandidates = false;
  route: () => Promise<Route | undefined> = () => Promise.resolve('local');
  /** What arrives in place of a message, and where. */
  onTransmit: (transmission: Transmission) => readonly { to: FakeConnection; bytes: Uint8Array }[] = ({
    to,
    bytes,
  }) => [{ to, bytes }];
  readonly #clock: Clock;
  #made = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The WebRTC port of one peer. */
  connectAs(owner: string): ConnectRtc {
    return (_config, events) => {
      this.#made += 1;
      const connection = new FakeConnection(this, this.#clock, owner, this.#made, events);
      this.connections.push(connection);
      return connection;
    };
  }

  /** Connections of a peer that are not over. */
  alive(owner?: string): FakeConnection[] {
    return this.connections.filter((one) => !one.over && (owner === undefined || one.owner === owner));
  }

  /** From now on nothing gets through, and nobody is told. */
  cut(): void {
    for (const connection of this.connections) connection.isCut = true;
  }

  /** A peer's process is gone. */
  crash(owner: string): void {
    for (const connection of this.alive(owner)) connection.crash();
  }

  find(sdp: string): FakeConnection {
    const id = /^a=fake:(\d+)\r$/m.exec(sdp)?.[1];
    const found = this.connections.find((one) => String(one.id) === id);
    if (found === undefined) throw new SnapError('protocol-violation', 'no description of the fake');
    return found;
  }
}

export class FakeConnection implements RtcConnection {
  readonly owner: string;
  readonly id: number;
  /** Sent and received data channel messages. */
  readonly sent: Uint8Array[] = [];
  readonly remoteCandidates: RtcCandidate[] = [];
  isCut = false;
  over = false;
  closes = 0;
  stages = 0;
  readonly #network: FakeNetwork;
  readonly #clock: Clock;
  readonly #events: RtcEvents;
  #remote: FakeConnection | undefined;
  #offering = false;
  #gathered = false;
  #started = false;
  #buffered = 0;
  #lineFreeAt = 0;
  /** On its way to the other side; each timer takes the first, so that the order is kept on any clock. */
  readonly #underWay: (() => void)[] = [];

  constructor(network: FakeNetwork, clock: Clock, owner: string, id: number, events: RtcEvents) {
    this.#network = network;
    this.#clock = clock;
    this.owner = owner;
    this.id = id;
    this.#events = events;
  }

  /** SHA-256 of a certificate that does not exist. */
  get fingerprint(): string {
    return Array.from({ length: 32 }, (_, index) => ((this.id * 7 + index) & 255).toString(16).padStart(2, '0'))
      .join(':')
      .toUpperCase();
  }

  get maxMessageBytes(): number {
    return this.#network.maxMessageBytes;
  }

  get bufferedBytes(): number {
    return this.#buffered;
  }

  async offer(): Promise<string> {
    await this.#alive();
    this.#offering = true;
    return this.#describe();
  }

  async answer(offerSdp: string): Promise<string> {
    await this.#alive();
    const remote = this.#network.find(offerSdp);
    if (this.#offering) throw new SnapError('protocol-violation', 'our own offer is pending');
    this.#remote = remote;
    return this.#describe();
  }

  async acceptAnswer(answerSdp: string): Promise<void> {
    await this.#alive();
    const remote = this.#network.find(answerSdp);
    if (!this.#offering) throw new SnapError('protocol-violation', 'no offer of ours is pending');
    this.#offering = false;
    this.#remote = remote;
    this.#tryStart();
  }

  async rollback(): Promise<void> {
    await this.#alive();
    if (this.#network.refusesRollback) throw new SnapError('internal', 'this stack cannot take an offer back');
    this.#offering = false;
  }

  addCandidate(candidate: RtcCandidate): void {
    if (this.over || !candidate.candidate.startsWith('fake ')) return;
    this.remoteCandidates.push(candidate);
    this.#tryStart();
    if (this.#remote !== undefined) this.#remote.#tryStart();
  }

  send(message: Uint8Array): void {
    if (this.over || this.stages < STAGES.length) throw new SnapError('link-lost', 'the data channel is not open');
    if (message.length < 1 || message.length > this.maxMessageBytes)
      throw new SnapError('internal', `a message of ${message.length} bytes`);
    const bytes = message.slice();
    this.sent.push(bytes);
    this.#buffered += bytes.length;
    if (this.isCut) return;
    const now = this.#clock.now();
    this.#lineFreeAt = Math.max(now, this.#lineFreeAt) + bytes.length / this.#network.bytesPerMs;
    this.#clock.after(this.#lineFreeAt - now, () => this.#transmit(bytes));
  }

  async route(): Promise<Route | undefined> {
    return this.over || this.stages === 0 ? undefined : this.#network.route();
  }

  async close(): Promise<void> {
    this.closes += 1;
    if (this.over) return;
    this.over = true;
    const remote = this.#remote;
    // There is no way to say so before DTLS.
    if (remote !== undefined && this.stages >= 2)
      this.#arrive(() => remote.end(new SnapError('link-lost', 'the other side closed the connection')));
  }

  /** The connection breaks, and this end notices. */
  end(error: SnapError): void {
    if (this.over) return;
    void this.close();
    this.#events.onClosed(error);
  }

  /** It is gone, and nobody is told. */
  crash(): void {
    this.isCut = true;
    this.over = true;
  }

  /** Something was added here. */
  needNegotiation(): void {
    this.#tell(() => this.#events.onNegotiationNeeded());
  }

  async #alive(): Promise<void> {
    await Promise.resolve();
    if (this.over) throw new SnapError('link-lost', 'the connection is closed');
  }

  #describe(): string {
    if (!this.#gathered) {
      this.#gathered = true;
      const candidate = { candidate: `fake ${this.id}`, mid: '0', line: 0 };
      if (this.#network.hastyCandidates) this.#tell(() => this.#events.onCandidate(candidate));
      else this.#clock.after(1, () => this.#tell(() => this.#events.onCandidate(candidate)));
    }
    return `v=0\r\na=fake:${this.id}\r\na=fingerprint:sha-256 ${this.fingerprint}\r\n`;
  }

  /** Connects as soon as both ends know each other's description and one knows where the other is. */
  #tryStart(): void {
    const remote = this.#remote;
    if (remote === undefined || remote.#remote !== this || this.#started) return;
    if (this.remoteCandidates.length + remote.remoteCandidates.length === 0) return;
    if (this.#offering || remote.#offering) return;
    this.#started = true;
    remote.#started = true;
    this.#reachLater(remote);
  }

  #reachLater(remote: FakeConnection): void {
    const stage = STAGES[this.stages];
    if (stage === undefined || this.#network.stallAt(this) === stage || this.#network.stallAt(remote) === stage) return;
    this.#clock.after(this.#network.latencyMs, () => {
      if (this.over || remote.over || this.isCut || remote.isCut) return;
      for (const one of [this, remote]) {
        one.stages += 1;
        one.#tell(() => one.#events.onStage(stage));
      }
      this.#reachLater(remote);
    });
  }

  #transmit(bytes: Uint8Array): void {
    const remote = this.#remote;
    if (this.over || this.isCut || remote === undefined) return;
    const before = this.#buffered;
    this.#buffered -= bytes.length;
    for (const { to, bytes: arriving } of this.#network.onTransmit({ from: this, to: remote, bytes }))
      this.#arrive(() => to.#tell(() => to.#events.onMessage(arriving.slice())), to);
    if (before > LIMITS.bufferedLowBytes && this.#buffered <= LIMITS.bufferedLowBytes)
      this.#tell(() => this.#events.onDrain());
  }

  #arrive(happens: () => void, to: FakeConnection | undefined = this.#remote): void {
    if (this.isCut || to === undefined) return;
    this.#underWay.push(() => {
      if (!to.isCut) happens();
    });
    this.#clock.after(this.#network.latencyMs, () => this.#underWay.shift()?.());
  }

  #tell(call: () => void): void {
    if (this.over) return;
    try {
      call();
    } catch (error) {
      this.end(toSnapError(error));
    }
  }
}
