import { SnapError } from '../protocol/errors.ts';
import type { IceServer } from '../protocol/signaling.ts';

/**
 * The port to a WebRTC stack: one peer connection with exactly one data channel, pre-negotiated (id 0, ordered, reliable)
 * on both sides. Adapters: werift/ for Node, the browser's own RTCPeerConnection for the page, a fake for tests; all pass
 * the same contract suite (test/contract/rtc.ts). An adapter contains whatever its stack throws: the worst that can
 * happen to a connection is `onClosed`.
 */
export type ConnectRtc = (config: RtcConfig, events: RtcEvents) => RtcConnection;

export interface RtcConfig {
  /** Empty means no server at all, not the stack's default one. */
  readonly iceServers: readonly IceServer[];
  /** Only candidates of a TURN server, so that the other peer never learns an address. */
  readonly relayOnly: boolean;
}

export interface RtcCandidate {
  readonly candidate: string;
  readonly mid?: string;
  readonly line?: number;
}

/** How far a connection has come. `channel`: the data channel is open and `send` may be called. */
export type RtcStage = 'ice' | 'dtls' | 'channel';

/** `local`: on this machine or network; `direct`: through NAT; `relayed`: through a TURN server. */
export type Route = 'local' | 'direct' | 'relayed';

/** Called never before `connect` has returned, and never after `onClosed`. */
export interface RtcEvents {
  onCandidate(candidate: RtcCandidate): void;
  /** Each stage once, in order. */
  onStage(stage: RtcStage): void;
  onNegotiationNeeded(): void;
  /** One data channel message; the bytes belong to the callee. */
  onMessage(message: Uint8Array): void;
  /** The send buffer fell to `LIMITS.bufferedLowBytes` or below. */
  onDrain(): void;
  /** The connection is over and cannot come back. Once, and not after `close()`. */
  onClosed(error: SnapError): void;
}

export interface RtcConnection {
  /** Makes an offer, applies it locally and returns its SDP. */
  offer(): Promise<string>;
  /** Applies a remote offer, makes an answer, applies it locally and returns its SDP. */
  answer(offerSdp: string): Promise<string>;
  /** Applies the remote answer to our offer. */
  acceptAnswer(answerSdp: string): Promise<void>;
  /** Takes our own pending offer back (W3C webrtc-pc, rollback); rejects where the stack cannot. */
  rollback(): Promise<void>;
  /** Adds a remote candidate; resolves at once, never waits for a name to be looked up, and ignores what it cannot use. */
  addCandidate(candidate: RtcCandidate): void;

  /** Queues one message of 1 to `maxMessageBytes` bytes. @throws SnapError `link-lost` when the channel is not open */
  send(message: Uint8Array<ArrayBuffer>): void;
  /** Bytes queued and not yet handed to the network. */
  readonly bufferedBytes: number;
  /** The largest message both sides take; known when the channel is open. */
  readonly maxMessageBytes: number;
  /** Which way the packets go; undefined while not connected. */
  route(): Promise<Route | undefined>;

  /** Ends the connection and frees its sockets and timers. Calling it again is fine; never rejects. */
  close(): Promise<void>;
}

/** How a connection that its stack gave up is told to `onClosed`: it had been `open`, or never came about. */
export function connectionFailure(open: boolean, cause: unknown): SnapError {
  return open
    ? new SnapError('link-lost', 'the connection was lost', { cause })
    : new SnapError('no-connection', 'no connection to the other side came about', { cause });
}
