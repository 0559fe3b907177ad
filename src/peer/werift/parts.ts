import type { CandidatePair, Candidate, DtlsSocket, Event, RTCIceTransport, RTCPeerConnection } from 'werift';
import { SnapError } from '../../protocol/errors.ts';

/**
 * The inside of werift 0.24.4 as far as this folder takes hold of it, described in this one place. Most of it is private
 * in werift's own types, so another version may lack it: the first connection checks every name (`partsOf`, `requireParts`).
 */

/** `[address, port]` of a datagram's other end. */
export type Address = readonly [string, number];

export interface UdpSocket {
  on(event: 'error', listener: (error: Error) => void): unknown;
  once(event: 'error', listener: (error: Error) => void): unknown;
  setRecvBufferSize(bytes: number): void;
  setSendBufferSize(bytes: number): void;
  getRecvBufferSize(): number;
  close(): void;
}

/** A local address of ICE: type `stun` is a UDP socket of ours, type `turn` an allocation on a server. */
export interface IceProtocol {
  readonly type: string;
  localCandidate?: Candidate;
  readonly transport?: { readonly socket?: UdpSocket };
  readonly turn?: TurnPart;
  /** Entry for datagrams of a `stun` protocol. */
  datagramReceived?(data: Buffer, from: Address): void;
  /** Entry for datagrams of a `turn` protocol. */
  handleStunMessage?(data: Buffer, from: Address): void;
  close(): Promise<void>;
}

export interface TurnPart {
  readonly server: Address;
  readonly transport: { readonly socket?: UdpSocket };
  refresh(lifetimeSeconds: number): void;
  refreshHandle?: { resolve(): void };
  close(): Promise<void>;
}

/** The TCP or TLS stream to a TURN server; it connects again by itself when the server ends it. */
export interface StreamPart {
  readonly client: { ref(): unknown; unref(): unknown };
  connecting: Promise<void>;
  connect(): void;
}

export interface IceConnectionPart {
  stunServer?: Address | undefined;
  turnServer?: Address | undefined;
  readonly localPassword: string;
  readonly userHistory: Record<string, string>;
  readonly checkList: CandidatePair[];
  readonly nominated?: CandidatePair | undefined;
  readonly protocols: IceProtocol[];
  readonly remoteCandidates: readonly Candidate[];
  readonly onIceCandidate: Event<[Candidate]>;
  addRemoteCandidate(candidate: Candidate): Promise<void>;
  appendLocalCandidate(candidate: Candidate): void;
  getCandidatePromises(addresses: string[]): Promise<unknown>[];
  pairLocalProtocol(protocol: IceProtocol): void;
}

export interface DtlsTransportPart {
  readonly state: string;
  readonly dtls?: DtlsSocket;
  dataReceiver: (packet: Buffer) => void;
  readonly onStateChange: Event<[string]>;
  start(): Promise<void>;
}

/** A DTLS session, made by `DtlsTransportPart.start`. */
export interface DtlsPart {
  readonly connected: boolean;
  readonly transport: { send(packet: Buffer): Promise<void>; socket: { onData(packet: Buffer): void } };
  readonly cipher: { decryptPacket(record: DtlsRecord): Buffer };
  /** The handshake's state, shared with its flights. */
  readonly dtls: { flight: number; recordSequenceNumber: number };
  readonly bufferFragmentedHandshakes: unknown[];
  handleFragmentHandshake(messages: HandshakeFragment[]): HandshakeFragment[];
  waitForReady(condition: () => boolean): Promise<void>;
}

export interface DtlsRecord {
  readonly recordLayerHeader: {
    readonly contentType: number;
    readonly protocolVersion: { readonly major: number; readonly minor: number };
    readonly epoch: number;
    readonly sequenceNumber: number;
  };
  readonly fragment: Buffer;
}

export interface HandshakeFragment {
  readonly msg_type: number;
  readonly length: number;
  readonly fragment_length: number;
}

export interface SctpTransportPart {
  mid?: string | undefined;
  readonly sctp: SctpPart;
  dataChannelFlush(): Promise<void>;
}

export interface SctpPart {
  readonly associationState: number;
  advertisedRwnd: number;
  readonly localTsn: number;
  readonly sackMisOrdered: ReadonlySet<number>;
  handleData(packet: Buffer): Promise<void>;
  receive(stream: number, protocol: number, data: Buffer): void;
  transmit(): Promise<void>;
  transmitReconfigRequest(): Promise<void>;
  timerReconfigHandleExpired(): Promise<void>;
  timerHeartbeatExpired(): Promise<void>;
  abort(): Promise<void>;
  setState(state: number): void;
}

export interface Parts {
  readonly ice: RTCIceTransport;
  readonly connection: IceConnectionPart;
  readonly dtls: DtlsTransportPart;
  readonly channels: SctpTransportPart;
  readonly sctp: SctpPart;
}

/**
 * The parts of a peer connection that has its data channel.
 * @throws SnapError `internal` when this is not the werift we know
 */
export function partsOf(peer: RTCPeerConnection): Parts {
  const channels = inside<SctpTransportPart>(peer.sctpTransport);
  const dtls = peer.dtlsTransports[0];
  const ice = dtls?.iceTransport;
  if (ice === undefined) throw unknownWerift('a DTLS and an ICE transport of a new connection');
  const connection = inside<IceConnectionPart>(ice.connection);
  requireParts('SCTP transport', channels, ['sctp', 'dataChannelFlush']);
  requireParts('SCTP', channels.sctp, SCTP_PARTS);
  requireParts('DTLS transport', dtls, ['state', 'dataReceiver', 'onStateChange', 'start']);
  requireParts('ICE transport', ice, ['onStateChange', 'start']);
  requireParts('ICE connection', connection, ICE_PARTS);
  return { ice, connection, dtls: inside<DtlsTransportPart>(dtls), channels, sctp: channels.sctp };
}

const SCTP_PARTS: (keyof SctpPart)[] = [
  'associationState',
  'advertisedRwnd',
  'localTsn',
  'sackMisOrdered',
  'handleData',
  'receive',
  'transmit',
  'transmitReconfigRequest',
  'timerReconfigHandleExpired',
  'timerHeartbeatExpired',
  'abort',
  'setState',
];

const ICE_PARTS: (keyof IceConnectionPart)[] = [
  'stunServer',
  'localPassword',
  'userHistory',
  'checkList',
  'protocols',
  'remoteCandidates',
  'onIceCandidate',
  'addRemoteCandidate',
  'appendLocalCandidate',
  'getCandidatePromises',
  'pairLocalProtocol',
];

/** Checks that an object of werift's has what we take hold of. */
export function requireParts(what: string, object: unknown, names: readonly string[]): void {
  for (const name of names)
    if (typeof object !== 'object' || object === null || !(name in object))
      throw unknownWerift(`${name} of its ${what}`);
}

/** Looks at an object of werift's with the types of this file: the only such step from its types to ours. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a caller names the part it looks at
export function inside<Part>(object: unknown): Part {
  return object as Part;
}

export function unknownWerift(missing: string): SnapError {
  return new SnapError('internal', `expected werift 0.24.4, but found no ${missing}; install exactly that version`);
}
