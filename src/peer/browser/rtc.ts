import { SnapError, toSnapError, type ErrorCode } from '../../protocol/errors.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { connectionFailure } from '../rtc.ts';
import type { ConnectRtc, Route, RtcCandidate, RtcConfig, RtcConnection, RtcEvents, RtcStage } from '../rtc.ts';
import { isUsable, readDescription, withoutRelated, type RemoteDescription } from './description.ts';
import { routeIn } from './route.ts';

/** Of one peer and description: eight addresses, as many outside ones and some relays. */
const REMOTE_CANDIDATES_MAX = 64;
const STAGES: readonly RtcStage[] = ['ice', 'dtls', 'channel'];

/** Connects through the browser's own RTCPeerConnection. */
export const connectBrowserRtc: ConnectRtc = (config, events) => new BrowserConnection(config, events);

/** What the browser made for one connection. Aborting `listening` silences it. */
interface Stack {
  readonly peer: RTCPeerConnection;
  readonly channel: RTCDataChannel;
  readonly listening: AbortController;
}

class BrowserConnection implements RtcConnection {
  readonly #events: RtcEvents;
  readonly #config: RtcConfig;
  /** Undefined where the browser refused to make one: the connection is over before it began. */
  #stack: Stack | undefined;
  #stagesReached = 0;
  #remoteCandidates = 0;
  /** Why the channel is about to close. */
  #channelError: unknown;
  /** Descriptions are applied one at a time; this is the last of them. */
  #applied: Promise<unknown> = Promise.resolve();
  #over = false;
  #rejectPending: (error: SnapError) => void = () => {};
  /** Rejects at the end: what a closed RTCPeerConnection had promised never settles (W3C webrtc-pc, section 4.4.1.5). */
  readonly #ended = new Promise<never>((_, reject) => {
    this.#rejectPending = reject;
  });

  constructor(config: RtcConfig, events: RtcEvents) {
    this.#events = events;
    this.#config = config;
    this.#ended.catch(() => undefined);
    try {
      this.#start();
    } catch (cause) {
      // A server address it cannot read, or WebRTC switched off in this browser.
      queueMicrotask(() => this.#fail(cause));
    }
  }

  offer(): Promise<string> {
    return this.#apply('internal', async (peer) => {
      await peer.setLocalDescription(await peer.createOffer());
      return this.#described(peer);
    });
  }

  answer(offerSdp: string): Promise<string> {
    return this.#apply('protocol-violation', async (peer) => {
      const remote = readDescription('offer', offerSdp);
      await peer.setRemoteDescription({ type: 'offer', sdp: remote.sdp });
      this.#heed(remote);
      await peer.setLocalDescription(await peer.createAnswer());
      return this.#described(peer);
    });
  }

  acceptAnswer(answerSdp: string): Promise<void> {
    return this.#apply('protocol-violation', async (peer) => {
      const remote = readDescription('answer', answerSdp);
      await peer.setRemoteDescription({ type: 'answer', sdp: remote.sdp });
      this.#heed(remote);
    });
  }

  rollback(): Promise<void> {
    return this.#apply('internal', async (peer) => {
      if (peer.signalingState === 'have-local-offer' && peer.currentRemoteDescription === null) this.#startOver();
      else await peer.setLocalDescription({ type: 'rollback' });
    });
  }

  addCandidate({ candidate, mid, line }: RtcCandidate): void {
    if (this.#over || this.#remoteCandidates >= REMOTE_CANDIDATES_MAX || !isUsable(candidate)) return;
    this.#remoteCandidates++;
    const sdpMLineIndex = line ?? (mid === undefined ? 0 : null);
    this.#stack?.peer.addIceCandidate({ candidate, sdpMLineIndex, sdpMid: mid ?? null }).catch(() => undefined);
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    const channel = this.#stack?.channel;
    if (this.#over || channel?.readyState !== 'open') throw new SnapError('link-lost', 'the data channel is not open');
    if (message.length < 1 || message.length > this.maxMessageBytes)
      throw new SnapError(
        'internal',
        `expected a message of 1 to ${this.maxMessageBytes} bytes, got ${message.length} bytes`,
      );
    try {
      channel.send(message);
    } catch (cause) {
      throw new SnapError('link-lost', 'the data channel took no more', { cause });
    }
  }

  get bufferedBytes(): number {
    return this.#stack?.channel.bufferedAmount ?? 0;
  }

  get maxMessageBytes(): number {
    return Math.min(this.#stack?.peer.sctp?.maxMessageSize ?? LIMITS.frameBytes, LIMITS.frameBytes);
  }

  async route(): Promise<Route | undefined> {
    if (this.#over || this.#stack === undefined) return undefined;
    const report = await this.#stack.peer.getStats();
    return this.#over ? undefined : routeIn(report);
  }

  close(): Promise<void> {
    if (!this.#over) {
      this.#over = true;
      this.#rejectPending(closedHere());
      this.#stop();
    }
    return Promise.resolve();
  }

  #start(): void {
    const peer = new RTCPeerConnection(configuration(this.#config));
    const channel = peer.createDataChannel('snap-share', { negotiated: true, id: 0, ordered: true });
    this.#stack = { peer, channel, listening: new AbortController() };
    this.#listen(this.#stack);
  }

  #stop(): void {
    this.#stack?.listening.abort();
    this.#stack?.peer.close();
    // Chromium counts 500 connections of a page until each is collected, closed ones too.
    this.#stack = undefined;
  }

  /**
   * A first offer is taken back by beginning anew: after a rollback Chromium may never gather candidates again, and Firefox
   * gathers others under the same name and password while the old ports still answer checks.
   */
  #startOver(): void {
    this.#stop();
    this.#remoteCandidates = 0;
    this.#start();
  }

  #listen({ peer, channel, listening }: Stack): void {
    const { signal } = listening;
    peer.addEventListener(
      'icecandidate',
      ({ candidate }) => {
        if (candidate !== null) this.#onLocalCandidate(candidate);
      },
      { signal },
    );
    peer.addEventListener('negotiationneeded', () => this.#tell(() => this.#events.onNegotiationNeeded()), { signal });
    peer.addEventListener(
      'iceconnectionstatechange',
      () => {
        const state = peer.iceConnectionState;
        if (state === 'connected' || state === 'completed') this.#reach('ice');
        // Before that a later candidate may still help.
        else if (state === 'failed' && this.#stagesReached > 0) this.#fail(new Error('ICE failed'));
      },
      { signal },
    );
    peer.addEventListener(
      'connectionstatechange',
      () => {
        const state = peer.connectionState;
        if (state === 'connected') this.#reach('dtls');
        else if (state === 'closed') this.#end(closedByOther());
        else if (state === 'failed' && this.#stagesReached > 0) this.#fail(new Error('the transport failed'));
      },
      { signal },
    );

    channel.binaryType = 'arraybuffer';
    channel.bufferedAmountLowThreshold = LIMITS.bufferedLowBytes;
    channel.addEventListener('open', () => this.#reach('channel'), { signal });
    channel.addEventListener(
      'message',
      ({ data }: MessageEvent<unknown>) => {
        if (data instanceof ArrayBuffer) this.#tell(() => this.#events.onMessage(new Uint8Array(data)));
        else this.#end(new SnapError('protocol-violation', 'the other side sent a message that is text'));
      },
      { signal },
    );
    channel.addEventListener('bufferedamountlow', () => this.#tell(() => this.#events.onDrain()), { signal });
    channel.addEventListener(
      'error',
      ({ error }) => {
        this.#channelError = error;
      },
      { signal },
    );
    channel.addEventListener('close', () => this.#end(closedByOther(this.#channelError)), { signal });
  }

  #onLocalCandidate({ candidate, sdpMid, sdpMLineIndex }: RTCIceCandidate): void {
    // Empty: the end of a generation. Over TCP a browser only calls, and nobody of ours answers there.
    if (candidate === '' || / tcp /i.test(candidate)) return;
    this.#tell(() =>
      this.#events.onCandidate({
        candidate: this.#config.relayOnly ? withoutRelated(candidate) : candidate,
        ...(sdpMid !== null && { mid: sdpMid }),
        ...(sdpMLineIndex !== null && { line: sdpMLineIndex }),
      }),
    );
  }

  /** A stage that has come implies those before it, whichever event the browser tells first. */
  #reach(stage: RtcStage): void {
    // After an ICE restart they are all reached again.
    for (const reached of STAGES.slice(this.#stagesReached, STAGES.indexOf(stage) + 1)) {
      this.#stagesReached++;
      this.#tell(() => this.#events.onStage(reached));
    }
  }

  /** Does one thing with descriptions after those before it. */
  #apply<Result>(failure: ErrorCode, work: (peer: RTCPeerConnection) => Promise<Result>): Promise<Result> {
    const result = this.#applied.then(async () => {
      if (this.#over || this.#stack === undefined) throw closedHere();
      try {
        return await Promise.race([work(this.#stack.peer), this.#ended]);
      } catch (error) {
        if (error instanceof SnapError) throw error;
        throw new SnapError(failure, 'the description cannot be applied', { cause: error });
      }
    });
    this.#applied = result.catch(() => undefined);
    return result;
  }

  #heed(remote: RemoteDescription): void {
    // Of each description: a restart of ICE has candidates of its own.
    this.#remoteCandidates = 0;
    for (const candidate of remote.candidates) this.addCandidate({ candidate });
  }

  #described(peer: RTCPeerConnection): string {
    const description = peer.localDescription;
    if (description === null) throw new SnapError('internal', 'expected the browser to have a local description');
    return this.#config.relayOnly ? withoutRelated(description.sdp) : description.sdp;
  }

  /** Calls back. An exception of the callee's ends this connection and no other. */
  #tell(call: () => void): void {
    if (this.#over) return;
    try {
      call();
    } catch (error) {
      this.#end(toSnapError(error));
    }
  }

  #fail(cause: unknown): void {
    this.#end(connectionFailure(this.#stagesReached === STAGES.length, cause));
  }

  #end(error: SnapError): void {
    if (this.#over) return;
    void this.close();
    try {
      this.#events.onClosed(error);
    } catch {
      // The connection is over already; there is nobody left to tell.
    }
  }
}

function configuration({ iceServers, relayOnly }: RtcConfig): RTCConfiguration {
  return {
    iceServers: iceServers.map(({ urls, username, credential }) => ({
      urls: [...urls],
      ...(username !== undefined && { username }),
      ...(credential !== undefined && { credential }),
    })),
    iceTransportPolicy: relayOnly ? 'relay' : 'all',
  };
}

function closedHere(): SnapError {
  return new SnapError('link-lost', 'the connection is closed');
}

function closedByOther(cause?: unknown): SnapError {
  return new SnapError('link-lost', 'the other side closed the connection', { cause });
}
