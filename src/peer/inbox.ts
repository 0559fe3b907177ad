import { bytesToHex } from '@noble/hashes/utils.js';
import { SnapError, toSnapError } from '../protocol/errors.ts';
import type { ControlMessage, PhotoHeader, RefusalCode } from '../protocol/control.ts';
import type { InnerFrame } from '../protocol/frames.ts';
import { LIMITS } from '../protocol/limits.ts';
import type { PeerCrypto, PhotoHash } from './crypto.ts';
import type { PhotoSink, StoredPhoto } from './photo.ts';

export interface InboxEvents {
  onProgress(photo: PhotoHeader, receivedBytes: number): void;
  onReceived(photo: PhotoHeader, stored: StoredPhoto): void;
  /** A photo of this peer was not kept. */
  onFailed(photo: PhotoHeader, error: SnapError): void;
  /** The peer broke the protocol: the link has to end. */
  onViolation(error: SnapError): void;
}

type PhotoMessage = Extract<ControlMessage, { type: 'photo' }>;
type InboxMessage = PhotoMessage | Extract<ControlMessage, { type: 'photo-cancel' }>;

/** A photo that is arriving, or was interrupted and may go on. */
interface Partial {
  readonly header: PhotoHeader;
  readonly hash: PhotoHash;
  readonly chunks: Uint8Array[];
  received: number;
}

interface Receipt {
  readonly sha256: string;
  readonly bytes: number;
  readonly stored: boolean;
}

/**
 * What we have already from all peers of a room, by photo id; undefined stands for what is complete and being stored. So a
 * photo whose receipt was lost, or whose sender or receiver has come back as another peer, is not stored twice.
 */
export type Receipts = Map<string, Receipt | undefined>;

/** Receipts that are kept. */
const RECEIPTS_KEPT = 1_024;
/** Declined transfers whose bytes are still expected: whoever announces more at once does not wait for answers. */
const DECLINED_KEPT = 64;

/**
 * The photos that come from one peer. Bytes are collected in memory and given to the sink only when they are complete and
 * their SHA-256 is right, so no half file ever exists. It outlives the connection: an interrupted photo goes on.
 */
export class Inbox {
  readonly #send: (message: ControlMessage) => void;
  readonly #crypto: PeerCrypto;
  readonly #sink: PhotoSink;
  readonly #from: { peer: string; name: string };
  readonly #events: InboxEvents;
  /** By transfer number, for this connection. */
  readonly #transfers = new Map<number, Partial>();
  /** Transfers of this connection that were not accepted, and how many bytes of each may be on their way all the same. */
  readonly #declined = new Map<number, number>();
  /** By photo id, over all connections. */
  readonly #partials = new Map<string, Partial>();
  readonly #receipts: Receipts;
  #ended = false;

  /** `send` may throw when the link is down; that is no news to the inbox. */
  constructor(
    from: { peer: string; name: string },
    send: (message: ControlMessage) => void,
    crypto: PeerCrypto,
    sink: PhotoSink,
    receipts: Receipts,
    events: InboxEvents,
  ) {
    this.#from = from;
    this.#send = send;
    this.#crypto = crypto;
    this.#sink = sink;
    this.#receipts = receipts;
    this.#events = events;
  }

  /** Transfer numbers belong to a connection; what they brought so far is kept. */
  linkDown(): void {
    this.#transfers.clear();
    this.#declined.clear();
  }

  /** The peer is gone for good. */
  end(): void {
    this.#ended = true;
    this.#transfers.clear();
    this.#partials.clear();
  }

  receive(message: InboxMessage): void {
    switch (message.type) {
      case 'photo':
        this.#receiveHeader(message);
        return;
      case 'photo-cancel': {
        const partial = this.#transfers.get(message.transfer);
        this.#transfers.delete(message.transfer);
        if (partial !== undefined && !this.#isStoring(partial.header)) this.#partials.delete(partial.header.photo);
        return;
      }
    }
  }

  receiveChunk(chunk: Extract<InnerFrame, { type: 'chunk' }>): void {
    const partial = this.#transfers.get(chunk.transfer);
    if (partial === undefined) {
      const early = (this.#declined.get(chunk.transfer) ?? 0) - chunk.bytes.length;
      if (early < 0) this.#violate(`a chunk of transfer ${chunk.transfer}, which was not accepted`);
      else this.#declined.set(chunk.transfer, early);
      return;
    }
    if (chunk.offset !== partial.received) {
      this.#violate(`a chunk at offset ${chunk.offset}, expected ${partial.received}`);
      return;
    }
    const end = partial.received + chunk.bytes.length;
    if (end > partial.header.bytes) {
      this.#violate(`a chunk that ends at ${end}, beyond the photo's ${partial.header.bytes} bytes`);
      return;
    }
    if (chunk.bytes.length < LIMITS.chunkBytesMin && end < partial.header.bytes) {
      this.#violate(`a chunk of ${chunk.bytes.length} bytes that is not the last`);
      return;
    }
    partial.hash.update(chunk.bytes);
    partial.chunks.push(chunk.bytes);
    partial.received = end;
    this.#events.onProgress(partial.header, end);
    if (end === partial.header.bytes) void this.#complete(chunk.transfer, partial);
  }

  #receiveHeader({ type: _type, transfer, ...header }: PhotoMessage): void {
    if (this.#transfers.has(transfer)) {
      this.#violate(`transfer ${transfer} was announced twice`);
      return;
    }
    const receipt = this.#receipts.get(header.photo);
    if (receipt?.sha256 === header.sha256 && receipt.bytes === header.bytes) {
      this.#decline(transfer);
      this.#trySend({ type: 'photo-receipt', transfer, ...receipt });
      return;
    }
    const known = this.#partials.get(header.photo);
    if (known !== undefined && (known.header.sha256 !== header.sha256 || known.header.bytes !== header.bytes)) {
      this.#violate('a photo id was used again for another photo');
      return;
    }
    // Two transfers of one photo at once would interleave their offsets; and while it is being stored there is nothing
    // to send. In both cases the sender asks again.
    const isArriving = this.#isStoring(header) || [...this.#transfers.values()].some((other) => other === known);
    if (isArriving || (known === undefined && !this.#makeRoom(header.bytes))) {
      this.#decline(transfer);
      this.#refuse(transfer, 'busy', isArriving ? 'this photo is being received already' : 'too much is under way');
      return;
    }
    const partial = known ?? { header, hash: this.#crypto.createSha256(), chunks: [], received: 0 };
    this.#partials.set(header.photo, partial);
    this.#accept(transfer, partial);
  }

  /**
   * Is there room for one more photo, if need be in the place of interrupted ones? A sender may have dropped such a photo
   * while there was no link to say so over; one that it still has begins anew.
   */
  #makeRoom(bytes: number): boolean {
    const active = new Set(this.#transfers.values());
    let pendingBytes = [...this.#partials.values()].reduce((sum, { header }) => sum + header.bytes, 0);
    const isRoom = (): boolean =>
      this.#partials.size < LIMITS.transfersPerPeer && pendingBytes + bytes <= LIMITS.pendingBytesPerPeer;
    for (const [photo, partial] of this.#partials) {
      if (isRoom()) break;
      if (this.#isStoring(partial.header) || active.has(partial)) continue;
      this.#partials.delete(photo);
      pendingBytes -= partial.header.bytes;
    }
    return isRoom();
  }

  #accept(transfer: number, partial: Partial): void {
    this.#transfers.set(transfer, partial);
    this.#trySend({ type: 'photo-accept', transfer, offset: partial.received });
  }

  /** What the sender has sent before it hears of this is dropped. */
  #decline(transfer: number): void {
    this.#declined.set(transfer, LIMITS.earlyBytes);
    const [oldest] = this.#declined.keys();
    if (this.#declined.size > DECLINED_KEPT && oldest !== undefined) this.#declined.delete(oldest);
  }

  /** All bytes are here. Never rejects. */
  async #complete(transfer: number, partial: Partial): Promise<void> {
    this.#transfers.delete(transfer);
    const { header, hash } = partial;
    this.#receipts.set(header.photo, undefined);
    const whole = join(partial.chunks, header.bytes);
    const digest = hash.digest(whole);
    if (bytesToHex(digest instanceof Promise ? await digest : digest) !== header.sha256) {
      this.#stored(header);
      this.#refuse(transfer, 'mismatch', 'the bytes do not have the announced SHA-256');
      const error = new SnapError('integrity-mismatch', 'a photo did not have the SHA-256 it was announced with');
      this.#events.onFailed(header, error);
      this.#events.onViolation(error);
      return;
    }
    await this.#store(transfer, header, whole);
  }

  async #store(transfer: number, header: PhotoHeader, bytes: Uint8Array): Promise<void> {
    let stored: StoredPhoto;
    try {
      stored = await this.#sink.store(header, bytes, this.#from);
    } catch (cause) {
      this.#stored(header);
      const error = toSnapError(cause);
      // Why it could not be stored is no business of the other peer's: the text may name a path.
      if (error.code === 'photo-refused') this.#refuse(transfer, 'unreadable', error.message);
      else this.#refuse(transfer, 'storage', '');
      this.#events.onFailed(header, error);
      return;
    }
    this.#stored(header);
    const receipt = { sha256: header.sha256, bytes: header.bytes, stored: stored.stored };
    this.#receipts.set(header.photo, receipt);
    const [oldest] = this.#receipts.keys();
    if (this.#receipts.size > RECEIPTS_KEPT && oldest !== undefined) this.#receipts.delete(oldest);
    this.#trySend({ type: 'photo-receipt', transfer, ...receipt });
    // Even when the peer has gone meanwhile: the photo is here, and whoever listens should know.
    this.#events.onReceived(header, stored);
  }

  #isStoring({ photo }: PhotoHeader): boolean {
    return this.#receipts.has(photo) && this.#receipts.get(photo) === undefined;
  }

  /** All is over for this photo, in whatever way. */
  #stored({ photo }: PhotoHeader): void {
    this.#partials.delete(photo);
    this.#receipts.delete(photo);
  }

  #refuse(transfer: number, code: RefusalCode, message: string): void {
    this.#trySend({ type: 'photo-refuse', transfer, code, message: message.slice(0, LIMITS.rawNameLength) });
  }

  #violate(problem: string): void {
    this.#events.onViolation(new SnapError('protocol-violation', `the other peer broke the protocol: ${problem}`));
  }

  #trySend(message: ControlMessage): void {
    if (this.#ended) return;
    try {
      this.#send(message);
    } catch {
      // The link went down; the sender offers the photo again over the next one.
    }
  }
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
