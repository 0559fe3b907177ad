import { SnapError, type ErrorCode } from '../../src/protocol/errors.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import type { Route, RtcCandidate, RtcConnection, RtcEvents } from '../../src/peer/rtc.ts';
import { packMessage, type FromPage, type RemoteCall, type ToPage } from './messages.ts';

interface Wire {
  tell(message: ToPage): void;
  sendBytes(frame: Uint8Array<ArrayBuffer>): void;
  call(call: RemoteCall, sdp?: string): Promise<string | undefined>;
}

/**
 * A connection in a page, spoken to from here. What the port does at once the page does a moment later, so this tests how a
 * browser gets on with other stacks; the promises of the port are tested in the page itself.
 */
export class BridgedConnection implements RtcConnection {
  bufferedBytes = 0;
  maxMessageBytes: number = LIMITS.frameBytes;
  readonly #link: number;
  readonly #events: RtcEvents;
  readonly #wire: Wire;
  #open = false;
  #over = false;

  constructor(link: number, events: RtcEvents, wire: Wire) {
    this.#link = link;
    this.#events = events;
    this.#wire = wire;
  }

  async offer(): Promise<string> {
    return (await this.#wire.call('offer')) ?? '';
  }

  async answer(offerSdp: string): Promise<string> {
    return (await this.#wire.call('answer', offerSdp)) ?? '';
  }

  async acceptAnswer(answerSdp: string): Promise<void> {
    await this.#wire.call('acceptAnswer', answerSdp);
  }

  async rollback(): Promise<void> {
    await this.#wire.call('rollback');
  }

  addCandidate(candidate: RtcCandidate): void {
    this.#wire.tell({ do: 'candidate', link: this.#link, candidate });
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    if (!this.#open || this.#over) throw new SnapError('link-lost', 'the data channel is not open');
    this.#wire.sendBytes(packMessage(this.#link, message));
  }

  async route(): Promise<Route | undefined> {
    return (await this.#wire.call('route')) as Route | undefined;
  }

  async close(): Promise<void> {
    this.#over = true;
    await this.#wire.call('close');
  }

  receive(message: Uint8Array): void {
    if (!this.#over) this.#events.onMessage(message);
  }

  hear(event: Extract<FromPage, { say: 'event' }>): void {
    this.bufferedBytes = event.bufferedBytes;
    this.maxMessageBytes = event.maxMessageBytes;
    // Said before the page heard of our close.
    if (this.#over) return;
    switch (event.on) {
      case 'candidate':
        this.#events.onCandidate(event.candidate);
        return;
      case 'stage':
        if (event.stage === 'channel') this.#open = true;
        this.#events.onStage(event.stage);
        return;
      case 'negotiation':
        this.#events.onNegotiationNeeded();
        return;
      case 'drain':
        this.#events.onDrain();
        return;
      case 'closed':
        this.#over = true;
        this.#events.onClosed(new SnapError(event.code as ErrorCode, event.text));
        return;
    }
  }
}
