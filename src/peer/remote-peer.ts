import type { ControlMessage, PhotoHeader } from '../protocol/control.ts';
import { SnapError } from '../protocol/errors.ts';
import type { InnerFrame } from '../protocol/frames.ts';
import type { LeaveReason, PeerInfo } from '../protocol/signaling.ts';
import type { PeerSignal } from '../protocol/signals.ts';
import type { AttemptPorts } from './attempt.ts';
import type { PeerEvent } from './events.ts';
import { Inbox, type Receipts } from './inbox.ts';
import { Link } from './link.ts';
import { Outbox } from './outbox.ts';
import type { PhotoSink, SharedPhoto } from './photo.ts';

export interface RemotePeerPorts extends AttemptPorts {
  readonly sink: PhotoSink;
  readonly receipts: Receipts;
  /** Hands a signal to the daemon. */
  readonly signal: (to: string, signal: PeerSignal) => void;
  readonly emit: (event: PeerEvent) => void;
  /** This peer has left, in whatever way: close it and forget it. */
  readonly onGone: (peer: RemotePeer, reason: LeaveReason) => void;
}

const PARTINGS: Readonly<Record<LeaveReason, string>> = {
  left: 'left the room',
  lost: 'vanished: its connections are gone',
  expired: 'has to join anew',
};

/** Another peer of the room: its link, and the photos to and from it. */
export class RemotePeer {
  readonly info: PeerInfo;
  readonly #ports: RemotePeerPorts;
  readonly #link: Link;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  /** Does the daemon have a socket of this peer? */
  #away: boolean;
  /** Do we have the daemon? */
  #daemon = true;
  #refused = false;
  #gone = false;

  /** `offer`: we are the newcomer and start. */
  constructor(info: PeerInfo, offer: boolean, ports: RemotePeerPorts) {
    this.info = info;
    this.#ports = ports;
    this.#away = info.away ?? false;
    const { peer, name } = info;
    this.#link = new Link(ports, offer, {
      onSignal: (signal) => ports.signal(peer, signal),
      onConnected: ({ route, verified, words, ms }) => {
        ports.emit({
          type: 'peer-connected',
          peer,
          name,
          route: route ?? 'direct',
          verified,
          ...(words === undefined ? {} : { words }),
          ms,
        });
        this.#outbox.linkUp();
      },
      onFrame: (frame) => this.#receive(frame),
      onDrain: () => this.#outbox.pump(),
      onLost: (error) => this.#lost(error),
      onUnreachable: (error) => ports.emit({ type: 'peer-unreachable', peer, name, error }),
      onBye: () => this.#leave('left'),
      onRefused: (error) => this.#refuse(error),
    });
    this.#outbox = new Outbox(this.#link, ports.clock, {
      onProgress: (photo, bytes) =>
        ports.emit({
          type: 'photo-progress',
          direction: 'out',
          peer,
          photo: photo.header.photo,
          bytes,
          total: photo.header.bytes,
        }),
      onDelivered: ({ header }, { stored, ms }) =>
        ports.emit({
          type: 'photo-delivered',
          photo: header.photo,
          peer,
          sha256: header.sha256,
          bytes: header.bytes,
          stored,
          ms,
        }),
      onFailed: ({ header }, error) =>
        ports.emit({ type: 'photo-failed', direction: 'out', photo: header.photo, peer, error }),
      onViolation: (error) => this.#link.refuse(error),
    });
    const send = (message: ControlMessage): void => this.#link.send(message);
    this.#inbox = new Inbox({ peer, name }, send, ports.crypto, ports.sink, ports.receipts, {
      onProgress: (header, bytes) =>
        ports.emit({ type: 'photo-progress', direction: 'in', peer, photo: header.photo, bytes, total: header.bytes }),
      onReceived: (header, stored) => ports.emit(receivedEvent(header, stored, peer, name)),
      onFailed: (header, error) =>
        ports.emit({ type: 'photo-failed', direction: 'in', photo: header.photo, peer, error }),
      onViolation: (error) => this.#link.refuse(error),
    });
    if (this.#away) this.#link.setReachable(false);
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  receiveSignal(signal: PeerSignal): void {
    this.#link.receiveSignal(signal);
  }

  share(photo: SharedPhoto): void {
    if (!this.#refused && !this.#gone) this.#outbox.add(photo);
  }

  withdraw(photo: SharedPhoto): void {
    this.#outbox.withdraw(photo);
  }

  /** The network has changed, or this device was asleep. */
  hurry(): void {
    this.#link.hurry();
  }

  /** The daemon lost this peer's socket, or has it again. */
  setAway(away: boolean): void {
    this.#away = away;
    this.#update();
  }

  /** We lost the daemon, or have it again. */
  setDaemon(daemon: boolean): void {
    this.#daemon = daemon;
    this.#update();
  }

  /** The daemon says that this peer is no longer in the room. A link that still lives is believed more than that. */
  departed(reason: LeaveReason): void {
    if (reason === 'lost' && this.#link.connected) this.setAway(true);
    else this.#leave(reason);
  }

  /** We are another peer from now on: nothing is told of this link any more. It lives on until `close`. */
  retire(): void {
    const error = new SnapError('session-expired', 'the session is over: join anew');
    if (this.connected)
      this.#ports.emit({ type: 'peer-reconnecting', peer: this.info.peer, name: this.info.name, error });
    this.#gone = true;
  }

  /** Says goodbye where that was not done yet. Never rejects. */
  async close(): Promise<void> {
    this.#gone = true;
    this.#outbox.close();
    await this.#link.close();
    this.#inbox.end();
  }

  #update(): void {
    this.#link.setReachable(this.#daemon && !this.#away);
  }

  #receive(frame: InnerFrame): void {
    if (frame.type === 'chunk') {
      this.#inbox.receiveChunk(frame);
      return;
    }
    const { message } = frame;
    switch (message.type) {
      case 'photo':
      case 'photo-cancel':
        this.#inbox.receive(message);
        return;
      case 'photo-accept':
      case 'photo-refuse':
      case 'photo-receipt':
        this.#outbox.receive(message);
        return;
      case 'heartbeat':
      case 'bye':
        return;
    }
  }

  #lost(error: SnapError): void {
    this.#outbox.linkDown();
    this.#inbox.linkDown();
    if (this.#gone) return;
    // Neither the daemon nor the link knows it any more.
    if (this.#daemon && this.#away) {
      this.#leave('lost');
      return;
    }
    this.#ports.emit({ type: 'peer-reconnecting', peer: this.info.peer, name: this.info.name, error });
  }

  #refuse(error: SnapError): void {
    if (this.#gone) return;
    this.#refused = true;
    const { peer, name } = this.info;
    this.#ports.emit({ type: 'peer-refused', peer, name, error });
    this.#outbox.end(error);
    this.#inbox.end();
  }

  #leave(reason: LeaveReason): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#outbox.end(new SnapError('transfer-failed', `the other peer ${PARTINGS[reason]}`));
    this.#inbox.end();
    this.#ports.onGone(this, reason);
  }
}

function receivedEvent(
  header: PhotoHeader,
  stored: { stored: boolean; path?: string },
  peer: string,
  from: string,
): PeerEvent {
  const { photo, bytes, width, height, mediaType, sha256, name } = header;
  return {
    type: 'photo-received',
    photo,
    peer,
    from,
    bytes,
    width,
    height,
    mediaType,
    sha256,
    stored: stored.stored,
    ...(name === undefined ? {} : { name }),
    ...(stored.path === undefined ? {} : { path: stored.path }),
  };
}
