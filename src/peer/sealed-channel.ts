import { SnapError, toSnapError } from '../protocol/errors.ts';
import { encodeHandshake, readInner, readOuter, type InnerFrame } from '../protocol/frames.ts';
import { refusalFor, type Sealed, type SealingHandshake, type SealingStep } from './sealing.ts';

export interface SealedChannelEvents {
  /** The handshake is confirmed. Frames are sent and come once this has resolved. */
  onSealed(sealed: Pick<Sealed, 'verified' | 'words'>): Promise<void>;
  onFrame(frame: InnerFrame): void;
  /** The other side broke the protocol or cannot be verified; `told` when it has been sent a refusal. Once. */
  onFailed(error: SnapError, told: boolean): void;
}

/** A handshake has five messages; sealed frames may follow the last one before it has been checked. */
const WAITING_MESSAGES = 64;

/** What lies on an open data channel: first the sealing handshake, then sealed frames, everything strictly in order. */
export class SealedChannel {
  readonly #send: (message: Uint8Array<ArrayBuffer>) => void;
  readonly #events: SealedChannelEvents;
  #handshake: SealingHandshake | undefined;
  /** Messages that cannot be handled yet: the handshake has not begun, or is busy with the one before. */
  #waiting: Uint8Array[] = [];
  #draining = false;
  #sealed: Sealed | undefined;
  #ended = false;

  /** `send` may throw when the data channel is not open. */
  constructor(send: (message: Uint8Array<ArrayBuffer>) => void, events: SealedChannelEvents) {
    this.#send = send;
    this.#events = events;
  }

  get open(): boolean {
    return this.#sealed !== undefined && !this.#ended;
  }

  /** Begins; messages that have come before this are handled now. */
  start(handshake: SealingHandshake): void {
    if (this.#handshake !== undefined || this.#ended) return;
    this.#handshake = handshake;
    void this.#drain(handshake);
  }

  /** One message of the data channel. */
  receive(message: Uint8Array): void {
    if (this.#ended) return;
    if (this.open && !this.#draining) {
      this.#receiveSealed(message);
      return;
    }
    this.#waiting.push(message);
    if (this.#waiting.length > WAITING_MESSAGES) this.violate('too much before the handshake was confirmed');
    else if (this.#handshake !== undefined) void this.#drain();
  }

  /** Seals and sends one inner frame. @throws SnapError `link-lost` when it is not open */
  send(frame: Uint8Array): void {
    if (this.#sealed === undefined || this.#ended) throw new SnapError('link-lost', 'the link is not open');
    this.#send(this.#sealed.seal(frame));
  }

  /** The other side did what it must not do. */
  violate(problem: string): void {
    this.#fail(new SnapError('protocol-violation', `the other peer broke the protocol: ${problem}`), false);
  }

  /** Nothing is handled or reported after this. */
  end(): void {
    this.#ended = true;
    this.#waiting = [];
  }

  /** Handles what is waiting, one after the other, however long each takes. Never rejects. */
  async #drain(starting?: SealingHandshake): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    try {
      if (starting !== undefined) await this.#apply(await starting.start());
      let message = this.#waiting.shift();
      while (message !== undefined && !this.#ended) {
        if (this.open) this.#receiveSealed(message);
        else await this.#receiveHandshake(message);
        message = this.#waiting.shift();
      }
    } catch (error) {
      this.#refuse(toSnapError(error));
    } finally {
      this.#draining = false;
    }
  }

  async #receiveHandshake(message: Uint8Array): Promise<void> {
    const read = readOuter(message);
    if (!read.ok) this.violate(read.problem);
    else if (read.frame.type !== 'handshake') this.violate('a sealed frame before the handshake was confirmed');
    else if (this.#handshake !== undefined) await this.#apply(await this.#handshake.receive(read.frame.message));
  }

  async #apply({ send, sealed }: SealingStep): Promise<void> {
    if (this.#ended) return;
    for (const message of send) this.#send(encodeHandshake(message));
    if (sealed === undefined) return;
    this.#sealed = sealed;
    await this.#events.onSealed(sealed);
  }

  #receiveSealed(message: Uint8Array): void {
    if (this.#ended || this.#sealed === undefined) return;
    const read = readOuter(message);
    if (!read.ok) {
      this.violate(read.problem);
      return;
    }
    if (read.frame.type !== 'sealed') {
      this.violate('a handshake message after the handshake');
      return;
    }
    const opened = this.#sealed.open(read.frame);
    if (!opened.ok) {
      this.violate(opened.problem);
      return;
    }
    const inner = readInner(opened.plaintext);
    if (inner.ok) this.#events.onFrame(inner.frame);
    else this.violate(inner.problem);
  }

  #refuse(error: SnapError): void {
    if (this.#ended) return;
    const refusal = refusalFor(error);
    let told = false;
    try {
      if (refusal !== undefined) {
        this.#send(encodeHandshake(refusal));
        told = true;
      }
    } catch {
      // The channel is gone; the other side learns it from that.
    }
    this.#fail(error, told);
  }

  #fail(error: SnapError, told: boolean): void {
    if (this.#ended) return;
    this.end();
    this.#events.onFailed(error, told);
  }
}
