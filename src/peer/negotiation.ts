import { LIMITS } from '../protocol/limits.ts';
import type { PeerSignal } from '../protocol/signals.ts';
import type { RtcCandidate, RtcConnection } from './rtc.ts';

type Description = Pick<Extract<PeerSignal, { type: 'description' }>, 'kind' | 'sdp'>;

export interface NegotiationEvents {
  onDescription(description: Description): void;
  /** The SDP of both sides is known: the first time, and again after each renegotiation. */
  onAgreed(localSdp: string, remoteSdp: string): void;
  onFailed(cause: unknown): void;
}

/**
 * Perfect negotiation (W3C webrtc-pc, section 10.7) over one connection: signals are applied strictly in order, both sides
 * may offer at any time, and when offers cross the polite side takes its own back. Candidates that come before the
 * description they belong to are kept.
 */
export class Negotiation {
  readonly #connection: RtcConnection;
  readonly #polite: boolean;
  readonly #events: NegotiationEvents;
  #queue: Promise<void> = Promise.resolve();
  #early: RtcCandidate[] = [];
  #offered: string | undefined;
  #makingOffer = false;
  #ignoringOffer = false;
  #described = false;
  #ended = false;

  constructor(connection: RtcConnection, polite: boolean, events: NegotiationEvents) {
    this.#connection = connection;
    this.#polite = polite;
    this.#events = events;
  }

  /** Makes an offer: the first one, or a new one because something was added. */
  offer(): void {
    // Set at once and not in the queue: a remote offer that is already waiting there must see the collision.
    this.#makingOffer = true;
    this.#enqueue(async () => {
      try {
        if (this.#offered !== undefined) return;
        this.#offered = await this.#connection.offer();
        this.#emit({ kind: 'offer', sdp: this.#offered });
      } finally {
        this.#makingOffer = false;
      }
    });
  }

  receive(description: Description): void {
    this.#enqueue(() =>
      description.kind === 'offer' ? this.#receiveOffer(description.sdp) : this.#receiveAnswer(description.sdp),
    );
  }

  addCandidate(candidate: RtcCandidate): void {
    this.#enqueue(async () => {
      if (this.#ignoringOffer) return;
      if (this.#described) this.#connection.addCandidate(candidate);
      else if (this.#early.length < LIMITS.earlySignals) this.#early.push(candidate);
    });
  }

  /** Nothing is applied or reported after this. */
  end(): void {
    this.#ended = true;
    this.#early = [];
  }

  async #receiveOffer(sdp: string): Promise<void> {
    const collision = this.#makingOffer || this.#offered !== undefined;
    this.#ignoringOffer = collision && !this.#polite;
    if (this.#ignoringOffer) return;
    if (this.#offered !== undefined) {
      this.#offered = undefined;
      await this.#connection.rollback();
    }
    const answer = await this.#connection.answer(sdp);
    if (this.#ended) return;
    this.#emit({ kind: 'answer', sdp: answer });
    this.#agree(answer, sdp);
  }

  async #receiveAnswer(sdp: string): Promise<void> {
    const offered = this.#offered;
    // An answer to an offer that was taken back, or to none: there is nothing it could apply to.
    if (offered === undefined) return;
    // The candidates that follow belong to this answer, not to the offer that was ignored.
    this.#ignoringOffer = false;
    await this.#connection.acceptAnswer(sdp);
    this.#offered = undefined;
    this.#agree(offered, sdp);
  }

  #agree(localSdp: string, remoteSdp: string): void {
    this.#described = true;
    for (const candidate of this.#early.splice(0)) this.#connection.addCandidate(candidate);
    this.#events.onAgreed(localSdp, remoteSdp);
  }

  #emit(description: Description): void {
    if (!this.#ended) this.#events.onDescription(description);
  }

  #enqueue(step: () => Promise<void>): void {
    this.#queue = this.#queue.then(async () => {
      if (this.#ended) return;
      try {
        await step();
      } catch (cause) {
        if (!this.#ended) this.#events.onFailed(cause);
      }
    });
  }
}

/**
 * The SHA-256 fingerprint of the certificate an SDP announces, in upper case. Undefined when there is none, and when there
 * is more than one: a stack takes a certificate that matches any of them (RFC 8122 section 5), so binding the link to one
 * would bind it to nothing.
 */
export function fingerprintIn(sdp: string): string | undefined {
  const announced = new Set(Array.from(sdp.matchAll(/^a=fingerprint:(.*)$/gim), ([, value = '']) => value.trim()));
  const [only = ''] = announced;
  if (announced.size !== 1) return undefined;
  return /^sha-256 ([0-9A-F]{2}(?::[0-9A-F]{2}){31})$/i.exec(only)?.[1]?.toUpperCase();
}
