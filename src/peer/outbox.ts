import { SnapError } from '../protocol/errors.ts';
import type { ControlMessage, RefusalCode } from '../protocol/control.ts';
import { CHUNK_OVERHEAD_BYTES, encodeChunk } from '../protocol/frames.ts';
import { LIMITS } from '../protocol/limits.ts';
import type { Clock } from './clock.ts';
import type { SharedPhoto } from './photo.ts';

/** What the outbox needs of a link. */
export interface OutboxLink {
  readonly connected: boolean;
  readonly bufferedBytes: number;
  /** While connected: enough for a chunk that the other side takes (`LIMITS.chunkBytesMin`). */
  readonly maxMessageBytes: number;
  send(message: ControlMessage): void;
  sendFrame(frame: Uint8Array): void;
}

export interface OutboxEvents {
  onProgress(photo: SharedPhoto, sentBytes: number): void;
  onDelivered(photo: SharedPhoto, receipt: { stored: boolean; ms: number }): void;
  /** This photo will not reach this peer. */
  onFailed(photo: SharedPhoto, error: SnapError): void;
  /** The peer broke the protocol: the link has to end. */
  onViolation(error: SnapError): void;
}

type OutboxMessage = Extract<ControlMessage, { type: 'photo-accept' | 'photo-refuse' | 'photo-receipt' }>;

interface Transfer {
  readonly number: number;
  readonly photo: SharedPhoto;
  readonly startedAt: number;
  /** What is sent next; undefined while only the other side knows. */
  offset: number | undefined;
  /** Has the other side said that it wants the bytes? */
  accepted: boolean;
}

/** Without a sign of the receiver for this long (accept, receipt, room in the buffer) a transfer has failed, ms. */
const ANSWER_MS = 30_000;
/** A receiver that is busy is asked again after this, ms. */
const BUSY_MS = 2_000;

/**
 * The photos on their way to one peer, one after the other. It outlives the connection: what was interrupted is offered
 * again over the next one, and goes on where the receiver says it stopped.
 */
export class Outbox {
  readonly #link: OutboxLink;
  readonly #clock: Clock;
  readonly #events: OutboxEvents;
  #queue: SharedPhoto[] = [];
  /** Photos that the other side may have a part of. */
  readonly #announced = new WeakSet<SharedPhoto>();
  #current: Transfer | undefined;
  #transfers = 0;
  #pausedUntil = 0;
  #cancelTimer: () => void = () => {};

  constructor(link: OutboxLink, clock: Clock, events: OutboxEvents) {
    this.#link = link;
    this.#clock = clock;
    this.#events = events;
  }

  /** Photos that are not delivered yet. */
  get pending(): number {
    return this.#queue.length + (this.#current === undefined ? 0 : 1);
  }

  /** Once is enough for a photo that waits or is on its way. */
  add(photo: SharedPhoto): void {
    if (this.#current?.photo === photo || this.#queue.includes(photo)) return;
    this.#queue.push(photo);
    this.#next();
  }

  /** Takes a photo back that a newer one has replaced, unless it is already on its way. */
  withdraw(photo: SharedPhoto): boolean {
    const at = this.#queue.indexOf(photo);
    if (at < 0) return false;
    this.#queue.splice(at, 1);
    return true;
  }

  /** The link is connected (again). */
  linkUp(): void {
    this.#next();
  }

  /** The link lost its connection: whatever was under way begins anew with the next one. */
  linkDown(): void {
    this.#cancelTimer();
    if (this.#current !== undefined) this.#queue.unshift(this.#current.photo);
    this.#current = undefined;
  }

  /** The peer is gone for good: everything that was still to be delivered has failed. */
  end(error: SnapError): void {
    this.linkDown();
    for (const photo of this.#queue.splice(0)) this.#events.onFailed(photo, error);
  }

  /** We are leaving: nothing is sent any more, and nobody has to be told. */
  close(): void {
    this.linkDown();
    this.#queue = [];
  }

  receive(message: OutboxMessage): void {
    const transfer = this.#current;
    // An answer to a transfer of an earlier connection, or to one that was given up here.
    if (transfer === undefined || message.transfer !== transfer.number) return;
    switch (message.type) {
      case 'photo-accept':
        this.#receiveAccept(transfer, message.offset);
        return;
      case 'photo-receipt':
        this.#receiveReceipt(transfer, message);
        return;
      case 'photo-refuse':
        this.#receiveRefusal(transfer, message);
        return;
    }
  }

  /** Sends as long as the buffer takes it. To be called when there is room again. */
  pump(): void {
    const transfer = this.#current;
    if (transfer === undefined || transfer.offset === undefined || !this.#link.connected) return;
    this.#awaitAnswer();
    const { bytes } = transfer.photo;
    if (transfer.offset >= bytes.length) return;
    const chunkBytes = Math.min(this.#link.maxMessageBytes, LIMITS.frameBytes) - CHUNK_OVERHEAD_BYTES;
    try {
      while (transfer.offset < bytes.length && this.#link.bufferedBytes < LIMITS.bufferedHighBytes) {
        const chunk = bytes.subarray(transfer.offset, transfer.offset + chunkBytes);
        if (!transfer.accepted && transfer.offset + chunk.length > LIMITS.earlyBytes) break;
        this.#link.sendFrame(encodeChunk(transfer.number, transfer.offset, chunk));
        transfer.offset += chunk.length;
      }
    } catch {
      // The link is going down and says so itself; `linkDown` puts the photo back.
      return;
    }
    if (transfer.accepted) this.#events.onProgress(transfer.photo, transfer.offset);
  }

  #next(): void {
    if (this.#current !== undefined || !this.#link.connected) return;
    const photo = this.#queue[0];
    if (photo === undefined) return;
    const pause = this.#pausedUntil - this.#clock.now();
    if (pause > 0) {
      this.#cancelTimer();
      this.#cancelTimer = this.#clock.after(pause, () => this.#next());
      return;
    }
    this.#queue.shift();
    this.#transfers += 1;
    // Nobody has a part of a photo that was never announced: its first bytes need not wait for the answer.
    const offset = this.#announced.has(photo) ? undefined : 0;
    this.#announced.add(photo);
    const startedAt = this.#clock.now();
    this.#current = { number: this.#transfers, photo, startedAt, offset, accepted: false };
    this.#awaitAnswer();
    try {
      this.#link.send({ type: 'photo', transfer: this.#transfers, ...photo.header });
    } catch {
      // As in `pump`.
      return;
    }
    this.pump();
  }

  #receiveAccept(transfer: Transfer, offset: number): void {
    const { bytes } = transfer.photo;
    if (transfer.accepted || offset > bytes.length || (transfer.offset !== undefined && offset > 0)) {
      this.#events.onViolation(
        new SnapError('protocol-violation', 'a photo was accepted twice or beyond what can be wanted of it'),
      );
      return;
    }
    transfer.accepted = true;
    transfer.offset ??= offset;
    // Nothing is left for `pump` to tell of.
    if (transfer.offset >= bytes.length && offset < bytes.length) this.#events.onProgress(transfer.photo, bytes.length);
    this.pump();
  }

  #receiveReceipt(transfer: Transfer, receipt: Extract<OutboxMessage, { type: 'photo-receipt' }>): void {
    const { header } = transfer.photo;
    if (receipt.sha256 !== header.sha256 || receipt.bytes !== header.bytes) {
      this.#events.onViolation(
        new SnapError('protocol-violation', 'a receipt named another SHA-256 than the photo has'),
      );
      return;
    }
    this.#finish();
    this.#events.onDelivered(transfer.photo, { stored: receipt.stored, ms: this.#clock.now() - transfer.startedAt });
    this.#next();
  }

  #receiveRefusal(transfer: Transfer, refusal: Extract<OutboxMessage, { type: 'photo-refuse' }>): void {
    this.#finish();
    if (refusal.code === 'busy') {
      this.#queue.unshift(transfer.photo);
      this.#pausedUntil = this.#clock.now() + BUSY_MS;
    } else {
      this.#events.onFailed(transfer.photo, refusalError(refusal.code, refusal.message));
    }
    this.#next();
  }

  #awaitAnswer(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(ANSWER_MS, () => {
      const transfer = this.#current;
      if (transfer === undefined) return;
      this.#finish();
      try {
        this.#link.send({ type: 'photo-cancel', transfer: transfer.number });
      } catch {
        // The link went down; nobody needs to be told.
      }
      const stage = transfer.accepted ? 'acknowledged' : 'accepted';
      this.#events.onFailed(
        transfer.photo,
        new SnapError('transfer-failed', `the photo was not ${stage} within ${ANSWER_MS / 1000} s`),
      );
      this.#next();
    });
  }

  #finish(): void {
    this.#cancelTimer();
    this.#current = undefined;
  }
}

function refusalError(code: Exclude<RefusalCode, 'busy'>, message: string): SnapError {
  const because = message === '' ? '' : `: ${message}`;
  switch (code) {
    case 'too-large':
      return new SnapError('photo-too-large', `the other peer does not take a photo this large${because}`);
    case 'unreadable':
    case 'not-wanted':
      return new SnapError('photo-refused', `the other peer refused the photo${because}`);
    case 'mismatch':
      return new SnapError('integrity-mismatch', `the photo arrived with another SHA-256${because}`);
    case 'storage':
      return new SnapError('transfer-failed', `the other peer could not store the photo${because}`);
  }
}
