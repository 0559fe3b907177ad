import { hex } from '@scure/base';
import type { ControlMessage, PhotoHeader } from '../../src/protocol/control.ts';
import type { SnapError } from '../../src/protocol/errors.ts';
import { encodeControl, readInner } from '../../src/protocol/frames.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import { Inbox } from '../../src/peer/inbox.ts';
import { Outbox, type OutboxLink } from '../../src/peer/outbox.ts';
import { createSharedPhoto, type PhotoSink, type SharedPhoto, type StoredPhoto } from '../../src/peer/photo.ts';
import { pureCrypto } from './crypto.ts';
import type { FakeClock } from './fake-clock.ts';

/** Bytes that differ from one photo to the next; nobody looks at the picture. */
export function bytesOf(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + seed * 7 + (at >> 8)) & 255);
}

export function photoOf(length: number, seed = 1): SharedPhoto {
  return createSharedPhoto({ bytes: bytesOf(length, seed), mediaType: 'image/jpeg', width: 4, height: 3 }, pureCrypto);
}

export function sha256Of(bytes: Uint8Array): string {
  return hex.encode(pureCrypto.sha256(bytes));
}

/** Keeps what it is given; a test may make it slow or fail. */
export class NotedSink implements PhotoSink {
  readonly stored: { photo: PhotoHeader; bytes: Uint8Array }[] = [];
  before: (photo: PhotoHeader) => Promise<void> = () => Promise.resolve();

  async store(photo: PhotoHeader, bytes: Uint8Array): Promise<StoredPhoto> {
    await this.before(photo);
    this.stored.push({ photo, bytes });
    return { stored: true, path: `/private/${photo.photo}` };
  }
}

/**
 * An outbox and the inbox at the other end, with a link between them that keeps the order, takes a while, and can be cut
 * at any message: what was under way is lost then.
 */
export class Transfer implements OutboxLink {
  readonly sink = new NotedSink();
  readonly delivered: { photo: string; stored: boolean }[] = [];
  readonly received: string[] = [];
  readonly failedOut: { photo: string; error: SnapError }[] = [];
  readonly failedIn: SnapError[] = [];
  readonly violations: SnapError[] = [];
  /** Photo bytes that crossed the link. */
  chunkBytes = 0;
  messages = 0;
  /** Called with the number of each message, in either direction, in the moment in which it would arrive. */
  onMessage: (number: number) => void = () => {};
  /** What becomes of a message from the receiver. */
  answers: (frame: Uint8Array) => readonly Uint8Array[] = (frame) => [frame];
  maxMessageBytes = 2_048;
  connected = false;
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly #clock: FakeClock;
  #connection = 0;
  #lineFreeAt = 0;
  #buffered = 0;

  constructor(clock: FakeClock) {
    this.#clock = clock;
    this.outbox = new Outbox(this, clock, {
      onProgress: () => {},
      onDelivered: ({ header }, { stored }) => this.delivered.push({ photo: header.photo, stored }),
      onFailed: ({ header }, error) => this.failedOut.push({ photo: header.photo, error }),
      onViolation: (error) => this.violate(error),
    });
    this.inbox = new Inbox(
      { peer: 'p', name: 'n' },
      (message) => {
        for (const frame of this.answers(encodeControl(message)))
          this.#carry(frame, (arrived) => this.#toOutbox(arrived));
      },
      pureCrypto,
      this.sink,
      new Map(),
      {
        onProgress: () => {},
        onReceived: ({ photo }) => this.received.push(photo),
        onFailed: (_photo, error) => this.failedIn.push(error),
        onViolation: (error) => this.violate(error),
      },
    );
  }

  connect(): void {
    if (this.connected) return;
    this.connected = true;
    this.outbox.linkUp();
  }

  cut(): void {
    if (!this.connected) return;
    this.connected = false;
    this.#connection += 1;
    this.#buffered = 0;
    this.outbox.linkDown();
    this.inbox.linkDown();
  }

  violate(error: SnapError): void {
    this.violations.push(error);
    this.cut();
  }

  get bufferedBytes(): number {
    return this.#buffered;
  }

  send(message: ControlMessage): void {
    this.sendFrame(encodeControl(message));
  }

  sendFrame(frame: Uint8Array): void {
    this.#buffered += frame.length;
    this.#carry(frame, (arrived) => {
      this.#buffered -= frame.length;
      this.#toInbox(arrived);
      if (this.#buffered + frame.length > LIMITS.bufferedLowBytes && this.#buffered <= LIMITS.bufferedLowBytes)
        this.outbox.pump();
    });
  }

  #carry(frame: Uint8Array, arrive: (frame: Uint8Array) => void): void {
    if (!this.connected) throw new Error('the link is down');
    const connection = this.#connection;
    // One after the other, 1 ms each: a cut finds some that have arrived and some that have not.
    this.#lineFreeAt = Math.max(this.#lineFreeAt, this.#clock.now()) + 1;
    this.#clock.after(this.#lineFreeAt - this.#clock.now(), () => {
      if (connection !== this.#connection) return;
      this.messages += 1;
      this.onMessage(this.messages);
      if (connection === this.#connection) arrive(frame);
    });
  }

  #toInbox(frame: Uint8Array): void {
    const read = readInner(frame);
    if (!read.ok) throw new Error(read.problem);
    if (read.frame.type === 'chunk') {
      this.chunkBytes += read.frame.bytes.length;
      this.inbox.receiveChunk(read.frame);
    } else if (read.frame.message.type === 'photo' || read.frame.message.type === 'photo-cancel') {
      this.inbox.receive(read.frame.message);
    }
  }

  #toOutbox(frame: Uint8Array): void {
    const read = readInner(frame);
    if (!read.ok || read.frame.type !== 'control') throw new Error('expected an answer');
    const { message } = read.frame;
    if (message.type === 'photo-accept' || message.type === 'photo-refuse' || message.type === 'photo-receipt')
      this.outbox.receive(message);
  }
}
