import { SnapError } from '../protocol/errors.ts';
import type { InnerFrame } from '../protocol/frames.ts';
import type { IceServer } from '../protocol/signaling.ts';
import type { AttemptId, PeerSignal } from '../protocol/signals.ts';
import type { Clock } from './clock.ts';
import type { PeerCrypto } from './crypto.ts';
import { fingerprintIn, Negotiation } from './negotiation.ts';
import type { ConnectRtc, Route, RtcConnection, RtcStage } from './rtc.ts';
import { SealedChannel } from './sealed-channel.ts';
import { startInitiator, startResponder, type Sealed } from './sealing.ts';

/** The stages of an attempt and how long each may take, ms. A stage that does not end in time ends the attempt. */
export const STAGE_DEADLINES_MS = {
  /** Offer to answer, over the daemon and back: a slow phone that is just waking up. */
  signaling: 10_000,
  /** Connectivity checks: real ones succeed in one or two seconds or not at all. */
  ice: 8_000,
  /** Four flights, resent by the stack after a second each. */
  dtls: 6_000,
  /** The SCTP association: a lost INIT costs three seconds. */
  channel: 6_000,
  /** Five short messages, over a channel that resends by itself. */
  sealing: 6_000,
} as const;

export type Stage = keyof typeof STAGE_DEADLINES_MS;

/** The other side has to take messages of this size: any of our control messages, and chunks that are mostly photo. */
const MESSAGE_BYTES_MIN = 4_096;
/** How long a refusal may take to get out before the connection is closed, ms. */
const REFUSAL_MS = 500;

/** What every attempt to reach one remote peer has in common. */
export interface AttemptPorts {
  readonly connect: ConnectRtc;
  readonly crypto: PeerCrypto;
  readonly clock: Clock;
  readonly room: string;
  readonly roomKey: Uint8Array | undefined;
  readonly self: string;
  readonly remote: string;
  readonly iceServers: () => readonly IceServer[];
  readonly relayOnly: boolean;
}

export interface AttemptEvents {
  onSignal(signal: PeerSignal): void;
  /** Sealed and confirmed: frames may be sent and will come. */
  onOpen(sealed: Pick<Sealed, 'verified' | 'words'>, route: Route | undefined): void;
  onFrame(frame: InnerFrame): void;
  /** There is room in the send buffer again. */
  onDrain(): void;
  /** Over, before or after it was open. Once, and not after `close()`. */
  onEnded(error: SnapError): void;
}

/**
 * One try to connect to one remote peer, from the first offer to a sealed channel and until that channel dies. It never
 * waits for a stage beyond its deadline and never tries anything twice: whoever holds it makes a fresh one.
 */
export class Attempt {
  readonly id: AttemptId;
  readonly #ports: AttemptPorts;
  readonly #events: AttemptEvents;
  readonly #connection: RtcConnection;
  readonly #negotiation: Negotiation;
  #stage: Stage = 'signaling';
  #cancelDeadline: () => void;
  #fingerprints: { local: string; remote: string } | undefined;
  readonly #channel: SealedChannel;
  #open = false;
  #ended = false;
  /** Resolves when a refusal has had its time to get out. */
  #refused: Promise<void> | undefined;
  #onClosed: () => void = () => {};
  #closing: Promise<void> | undefined;

  constructor(id: AttemptId, ports: AttemptPorts, events: AttemptEvents) {
    this.id = id;
    this.#ports = ports;
    this.#events = events;
    this.#connection = ports.connect(
      { iceServers: ports.iceServers(), relayOnly: ports.relayOnly },
      {
        onCandidate: (candidate) => this.#signal({ type: 'candidate', attempt: id, ...candidate }),
        onStage: (stage) => this.#reach(stage),
        onNegotiationNeeded: () => {
          if (this.#open) this.#negotiation.offer();
        },
        onMessage: (message) => this.#channel.receive(message),
        onDrain: () => {
          if (this.#open) this.#events.onDrain();
        },
        onClosed: (error) => {
          this.#onClosed();
          // Before it was open there was nothing to lose: the other side's own deadline was the shorter one.
          if (this.#open || error.code !== 'link-lost') this.#end(error);
          else this.#end(new SnapError('no-connection', `given up at the stage "${this.#stage}"`, { cause: error }));
        },
      },
    );
    this.#channel = new SealedChannel((message) => this.#connection.send(message), {
      onSealed: (sealed) => this.#sealed(sealed),
      onFrame: (frame) => this.#events.onFrame(frame),
      onFailed: (error, told) => {
        if (told) this.#refused = this.#untilHeard();
        this.#end(error);
      },
    });
    this.#negotiation = new Negotiation(this.#connection, !this.#initiates, {
      onDescription: (description) => this.#signal({ type: 'description', attempt: id, ...description }),
      onAgreed: (localSdp, remoteSdp) => this.#agree(localSdp, remoteSdp),
      onFailed: (cause) =>
        this.#end(new SnapError('no-connection', 'the session descriptions could not be applied', { cause })),
    });
    this.#cancelDeadline = this.#armDeadline();
    if (this.#initiates) this.#negotiation.offer();
  }

  get open(): boolean {
    return this.#open;
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** Bytes waiting in the send buffer. */
  get bufferedBytes(): number {
    return this.#connection.bufferedBytes;
  }

  /** The largest frame that the other side takes. */
  get maxMessageBytes(): number {
    return this.#connection.maxMessageBytes;
  }

  /** A description or candidate that carries this attempt's id. */
  receiveSignal(signal: Exclude<PeerSignal, { type: 'stale' }>): void {
    if (this.#ended) return;
    if (signal.type === 'description') this.#negotiation.receive(signal);
    else this.#negotiation.addCandidate(signal);
  }

  /** Seals and queues one inner frame. @throws SnapError `link-lost` when it is not open */
  send(frame: Uint8Array): void {
    if (!this.#open) throw new SnapError('link-lost', 'the link is not open');
    this.#channel.send(frame);
  }

  /** Ends it without a word to anybody, and frees what it holds once a refusal is out. Never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#finish();
    await this.#refused;
    await this.#connection.close();
  }

  get #initiates(): boolean {
    return this.id.by === this.#ports.self;
  }

  #signal(signal: PeerSignal): void {
    if (!this.#ended) this.#events.onSignal(signal);
  }

  #agree(localSdp: string, remoteSdp: string): void {
    if (this.#fingerprints !== undefined) return;
    const local = fingerprintIn(localSdp);
    const remote = fingerprintIn(remoteSdp);
    if (local === undefined || remote === undefined) {
      this.#end(
        new SnapError('protocol-violation', 'a session description came without one clear SHA-256 fingerprint'),
      );
      return;
    }
    this.#fingerprints = { local, remote };
    if (this.#stage === 'signaling') this.#enter('ice');
    // The stack may have been quicker than we were told.
    if (this.#stage === 'sealing') this.#startSealing();
  }

  #reach(stage: RtcStage): void {
    if (this.#ended) return;
    switch (stage) {
      case 'ice':
        this.#enter('dtls');
        break;
      case 'dtls':
        this.#enter('channel');
        break;
      case 'channel':
        this.#enter('sealing');
        if (this.#connection.maxMessageBytes < MESSAGE_BYTES_MIN)
          this.#channel.violate(`it takes no messages above ${this.#connection.maxMessageBytes} bytes`);
        else this.#startSealing();
        break;
    }
  }

  #enter(stage: Stage): void {
    this.#stage = stage;
    this.#cancelDeadline();
    this.#cancelDeadline = this.#armDeadline();
  }

  #armDeadline(): () => void {
    const stage = this.#stage;
    const ms = STAGE_DEADLINES_MS[stage];
    return this.#ports.clock.after(ms, () => {
      this.#end(new SnapError('no-connection', `no progress within ${ms / 1000} s at the stage "${stage}"`));
    });
  }

  #startSealing(): void {
    if (this.#fingerprints === undefined) return;
    const { self, remote, crypto, room, roomKey } = this.#ports;
    const ours = { peer: self, fingerprint: this.#fingerprints.local };
    const theirs = { peer: remote, fingerprint: this.#fingerprints.remote };
    const context = { crypto, room, roomKey };
    this.#channel.start(
      this.#initiates
        ? startInitiator({ ...context, initiator: ours, responder: theirs })
        : startResponder({ ...context, initiator: theirs, responder: ours }),
    );
  }

  async #sealed(sealed: Pick<Sealed, 'verified' | 'words'>): Promise<void> {
    const route = await this.#connection.route().catch(() => undefined);
    if (this.#ended) return;
    this.#open = true;
    this.#cancelDeadline();
    this.#events.onOpen(sealed, route);
  }

  /** Whoever is refused closes; closing first would drop the refusal. */
  #untilHeard(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#ports.clock.after(REFUSAL_MS, resolve);
      this.#onClosed = () => {
        cancel();
        resolve();
      };
    });
  }

  #end(error: SnapError): void {
    if (this.#ended) return;
    this.#finish();
    this.#events.onEnded(error);
  }

  #finish(): void {
    this.#ended = true;
    this.#open = false;
    this.#channel.end();
    this.#cancelDeadline();
    this.#negotiation.end();
  }
}
