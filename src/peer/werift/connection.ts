import { RTCPeerConnection } from 'werift';
import type { Candidate, RTCDataChannel } from 'werift';
import { SnapError, toSnapError } from '../../protocol/errors.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { connectionFailure } from '../rtc.ts';
import type { ConnectRtc, Route, RtcCandidate, RtcConfig, RtcConnection, RtcEvents, RtcStage } from '../rtc.ts';
import { hostAddresses } from './addresses.ts';
import { readCandidate } from './candidate.ts';
import { containDatagrams } from './contain-datagrams.ts';
import { containDtls } from './contain-dtls.ts';
import { abortSctp, containSctp, stopSctp } from './contain-sctp.ts';
import { outgoing, readDescription } from './description.ts';
import type { RemoteDescription } from './description.ts';
import { endFlights, startFlights } from './flights.ts';
import { keepRecordNumbersFresh } from './fresh-record-numbers.ts';
import { mendWerift } from './mend.ts';
import { inside, partsOf } from './parts.ts';
import type { DtlsPart, IceProtocol, Parts } from './parts.ts';
import { routeOf } from './route.ts';
import { detachServers } from './servers.ts';
import type { IceServers } from './servers.ts';
import { receiveWindow } from './sockets.ts';

/** After this long `close` gives up on werift and frees by force what it knows of. */
const CLOSE_MS = 1_000;
/** Of one peer: eight addresses, as many outside ones and some relays. */
const REMOTE_CANDIDATES_MAX = 64;
const STAGES: readonly RtcStage[] = ['ice', 'dtls', 'channel'];

/**
 * Connects through werift. Candidates of our own addresses are already in the description that `offer` and `answer`
 * return; `onCandidate` tells those that a STUN or TURN server adds. `onNegotiationNeeded` is never called: nothing here
 * changes what was negotiated at the start.
 *
 * @throws SnapError `internal` when the installed werift is not the one this was written for
 */
export const connectWerift: ConnectRtc = (config, events) => {
  mendWerift();
  return new WeriftConnection(config, events);
};

class WeriftConnection implements RtcConnection {
  maxMessageBytes: number = LIMITS.frameBytes;

  readonly #events: RtcEvents;
  readonly #relayOnly: boolean;
  readonly #peer: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  readonly #parts: Parts;
  readonly #servers: IceServers;
  readonly #contained = new WeakSet<IceProtocol>();
  #stagesReached = 0;
  /** Messages that overtook the packet which opens the channel. */
  #early: Uint8Array[] = [];
  /** Descriptions are applied one at a time; this is the last of them. */
  #applied: Promise<unknown> = Promise.resolve();
  #gathered = false;
  #over = false;
  #closing: Promise<void> | undefined;

  constructor(config: RtcConfig, events: RtcEvents) {
    this.#events = events;
    this.#relayOnly = config.relayOnly;
    this.#peer = new RTCPeerConnection({
      iceServers: config.iceServers.flatMap(({ urls, username, credential }) =>
        urls.map((one) => ({ urls: one, ...(username && { username }), ...(credential && { credential }) })),
      ),
      iceTransportPolicy: config.relayOnly ? 'relay' : 'all',
      // The addresses are our own choice; without any, as for relayOnly, not even a socket for them is opened.
      iceUseIpv4: false,
      iceUseIpv6: false,
      iceAdditionalHostAddresses: config.relayOnly ? [] : hostAddresses(),
      maxMessageSize: LIMITS.frameBytes,
    });
    this.#channel = this.#peer.createDataChannel('snap-share', { negotiated: true, id: 0, ordered: true });
    this.#parts = partsOf(this.#peer);
    const asksStun = config.iceServers.some(({ urls }) => urls.some((url) => /^stuns?:/i.test(url)));
    this.#servers = detachServers(this.#parts.connection, asksStun && !config.relayOnly);
    this.#listen();
  }

  offer(): Promise<string> {
    return this.#apply('internal', async () => {
      await this.#peer.setLocalDescription(await this.#peer.createOffer());
      return this.#described('offer');
    });
  }

  answer(offerSdp: string): Promise<string> {
    return this.#apply('protocol-violation', async () => {
      const remote = readDescription('offer', offerSdp);
      // An offer of ours that was taken back may have chosen another name for the section.
      this.#parts.channels.mid = remote.mid;
      await this.#peer.setRemoteDescription({ type: 'offer', sdp: remote.sdp });
      this.#heed(remote);
      await this.#peer.setLocalDescription(await this.#peer.createAnswer());
      return this.#described('answer');
    });
  }

  acceptAnswer(answerSdp: string): Promise<void> {
    return this.#apply('protocol-violation', async () => {
      const remote = readDescription('answer', answerSdp);
      if (this.#peer.signalingState !== 'have-local-offer')
        throw new SnapError('protocol-violation', 'the other side sent an answer while no offer of ours was pending');
      await this.#peer.setRemoteDescription({ type: 'answer', sdp: remote.sdp });
      this.#heed(remote);
    });
  }

  rollback(): Promise<void> {
    return this.#apply('internal', async () => {
      await this.#peer.setLocalDescription({ type: 'rollback', sdp: '' });
    });
  }

  addCandidate({ candidate }: RtcCandidate): void {
    const { connection } = this.#parts;
    const known = connection.remoteCandidates;
    const read = this.#over || known.length >= REMOTE_CANDIDATES_MAX ? undefined : readCandidate(candidate);
    if (read === undefined || known.some(({ host, port }) => host === read.host && port === read.port)) return;
    connection.addRemoteCandidate(read).catch((error: unknown) => this.#fail(error));
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    if (this.#over || this.#channel.readyState !== 'open')
      throw new SnapError('link-lost', 'the data channel is not open');
    if (message.length < 1 || message.length > this.maxMessageBytes)
      throw new SnapError(
        'internal',
        `expected a message of 1 to ${this.maxMessageBytes} bytes, got ${message.length} bytes`,
      );
    // A copy, as werift sends from these bytes, and again from them, long after this has returned.
    this.#channel.send(Buffer.from(message));
  }

  get bufferedBytes(): number {
    return this.#channel.bufferedAmount;
  }

  route(): Promise<Route | undefined> {
    const pair = this.#over ? undefined : this.#parts.connection.nominated;
    return Promise.resolve(pair && routeOf(pair));
  }

  close(): Promise<void> {
    this.#over = true;
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  #listen(): void {
    const { ice, connection, dtls, channels, sctp } = this.#parts;

    connection.onIceCandidate.subscribe((candidate) => this.#onLocalCandidate(candidate));
    ice.onStateChange.subscribe((state) => {
      if (state === 'connected') {
        // Before the other side can send anything, and for the socket that it will come through.
        if (this.#stagesReached === 0) sctp.advertisedRwnd = receiveWindow(inside(connection.nominated?.protocol));
        this.#reach('ice');
      } else if (state === 'failed' && this.#stagesReached > 0) this.#fail(new Error('ICE failed'));
    });
    dtls.onStateChange.subscribe((state) => {
      if (state === 'connected') this.#reach('dtls');
      else if (state === 'closed') this.#end(closedByOther());
      else if (state === 'failed' && this.#stagesReached > 1) this.#fail(new Error('DTLS failed'));
    });

    // What fails before it succeeded says why here, and only here.
    const startIce = ice.start.bind(ice);
    ice.start = () => this.#watch(startIce());
    const startDtls = dtls.start.bind(dtls);
    dtls.start = () => {
      const started = startDtls();
      if (dtls.dtls !== undefined) this.#onDtlsSession(inside<DtlsPart>(dtls.dtls));
      return this.#watch(started);
    };

    containSctp(dtls, channels, {
      onMessage: (message) => {
        if (this.#stagesReached < STAGES.length) this.#early.push(message);
        else this.#tell(() => this.#events.onMessage(message));
      },
      onEnd: (error) => this.#end(error),
    });
    this.#channel.bufferedAmountLowThreshold = LIMITS.bufferedLowBytes;
    this.#channel.bufferedAmountLow.subscribe(() => this.#tell(() => this.#events.onDrain()));
    this.#channel.stateChanged.subscribe((state) => {
      if (state === 'open') this.#onOpen();
      else if (state === 'closed') this.#end(closedByOther());
    });
  }

  #closeSockets(): void {
    for (const protocol of this.#parts.connection.protocols.splice(0)) protocol.close().catch(() => undefined);
  }

  #onLocalCandidate(candidate: Candidate): void {
    if (this.#over) return this.#closeSockets();
    for (const protocol of this.#parts.connection.protocols) {
      if (this.#contained.has(protocol)) continue;
      this.#contained.add(protocol);
      containDatagrams(this.#parts.connection, protocol);
    }
    if (this.#relayOnly) {
      // Where the relay sees us is an address of ours (RFC 8839 section 5.1 allows these in its place).
      candidate.relatedAddress = '0.0.0.0';
      candidate.relatedPort = 0;
    }
    // The ones from before are part of the description.
    if (!this.#gathered) return;
    const mid = this.#parts.channels.mid;
    const said = { candidate: `candidate:${candidate.toSdp()}`, line: 0, ...(mid !== undefined && { mid }) };
    this.#tell(() => this.#events.onCandidate(said));
  }

  #onDtlsSession(session: DtlsPart): void {
    startFlights(session);
    keepRecordNumbersFresh(session);
    containDtls(session, () => this.#end(closedByOther()));
  }

  #onOpen(): void {
    this.#reach('channel');
    const early = this.#early;
    this.#early = [];
    for (const message of early) this.#tell(() => this.#events.onMessage(message));
  }

  #reach(stage: RtcStage): void {
    // After an ICE restart they are all reached again.
    if (STAGES[this.#stagesReached] !== stage) return;
    this.#stagesReached++;
    this.#tell(() => this.#events.onStage(stage));
  }

  /** Does one thing with descriptions after those before it. */
  #apply<Result>(failure: ErrorCode, work: () => Promise<Result>): Promise<Result> {
    const result = this.#applied.then(async () => {
      try {
        this.#assertAlive();
        const done = await work();
        this.#assertAlive();
        return done;
      } catch (error) {
        if (error instanceof SnapError) throw error;
        throw new SnapError(failure, 'the description cannot be applied', { cause: error });
      }
    });
    this.#applied = result.catch(() => undefined);
    return result;
  }

  #assertAlive(): void {
    if (this.#over) throw new SnapError('link-lost', 'the connection is closed');
  }

  #described(type: 'offer' | 'answer'): string {
    const description = this.#peer.localDescription;
    if (description === null) throw new SnapError('internal', 'expected werift to have a local description');
    if (!this.#gathered) {
      this.#gathered = true;
      // After the caller had the chance to pass the description on: candidates follow it.
      setImmediate(() => {
        if (!this.#over) this.#servers.gather(() => this.#over);
      });
    }
    return outgoing(type, description.sdp);
  }

  #heed(remote: RemoteDescription): void {
    this.maxMessageBytes = remote.maxMessageBytes;
    for (const candidate of remote.candidates) this.addCandidate({ candidate });
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

  async #watch(started: Promise<void>): Promise<void> {
    try {
      await started;
    } catch (error) {
      this.#fail(error);
      throw error;
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

  async #shutDown(): Promise<void> {
    const { dtls, sctp } = this.#parts;
    await within(CLOSE_MS, async () => {
      // Sockets that are being opened right now would escape the closing.
      await this.#applied;
      await abortSctp(sctp);
      await this.#peer.close();
    });
    // Nothing is left to do here unless werift hung, or a socket was still on its way.
    this.#peer.close().catch(() => undefined);
    this.#closeSockets();
    this.#servers.end();
    if (dtls.dtls !== undefined) endFlights(inside<DtlsPart>(dtls.dtls));
    stopSctp(sctp);
  }
}

function closedByOther(): SnapError {
  return new SnapError('link-lost', 'the other side closed the connection');
}

/** Waits for work to end, well or not, but no longer than this. */
async function within(ms: number, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work().catch(() => undefined), late]);
  clearTimeout(timer);
}
