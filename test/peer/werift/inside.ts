import { RTCPeerConnection } from 'werift';
import type { RTCDataChannel } from 'werift';
import { connectWerift } from '../../../src/peer/werift/connection.ts';
import { inside, partsOf } from '../../../src/peer/werift/parts.ts';
import type { DtlsPart, Parts } from '../../../src/peer/werift/parts.ts';
import { openLink } from '../../contract/rtc-end.ts';
import type { RtcEnd } from '../../contract/rtc-end.ts';

/** A link of which the test also holds the inside, to misuse one end of it against the other. */
export interface OpenedLink {
  readonly attacker: RtcEnd;
  readonly victim: RtcEnd;
  readonly attackersParts: HostileParts;
  readonly victimsParts: Parts;
}

export interface HostileParts extends Omit<Parts, 'sctp'> {
  readonly sctp: Omit<Parts['sctp'], 'localTsn'> & {
    localTsn: number;
    send(stream: number, protocol: number, data: Buffer): Promise<void>;
    /** werift only asks a chunk for its bytes, and adds the common header with its checksum. */
    sendChunk(chunk: { readonly bytes: Buffer }): Promise<void>;
  };
  readonly dtls: Parts['dtls'] & { sendData(packet: Buffer): Promise<void> };
}

/** A DTLS session that encrypts for the test. */
export interface HostileSession extends DtlsPart {
  readonly cipher: DtlsPart['cipher'] & { encryptPacket(record: object): { readonly fragment: Buffer } };
}

type CreateDataChannel = (
  this: RTCPeerConnection,
  ...options: Parameters<RTCPeerConnection['createDataChannel']>
) => RTCDataChannel;

/** Collects the peer connections that werift makes from now on. */
export function collectPeers(): RTCPeerConnection[] {
  const peers: RTCPeerConnection[] = [];
  const prototype = inside<{ createDataChannel: CreateDataChannel }>(RTCPeerConnection.prototype);
  const create = prototype.createDataChannel;
  prototype.createDataChannel = function (...options) {
    peers.push(this);
    return create.apply(this, options);
  };
  return peers;
}

const peers = collectPeers();

export async function openWithInside(): Promise<OpenedLink> {
  peers.splice(0);
  const [attacker, victim] = await openLink(connectWerift);
  const [attackersPeer, victimsPeer] = peers;
  if (attackersPeer === undefined || victimsPeer === undefined) throw new Error('expected two peer connections');
  return {
    attacker,
    victim,
    attackersParts: inside<HostileParts>(partsOf(attackersPeer)),
    victimsParts: partsOf(victimsPeer),
  };
}

/** One SCTP chunk (RFC 9260 section 3.2). */
export function chunk(type: number, body: Buffer, length = body.length + 4, flags = 0): { readonly bytes: Buffer } {
  const header = Buffer.from([type, flags, length >> 8, length & 255]);
  return { bytes: Buffer.concat([header, body, Buffer.alloc((4 - (body.length % 4)) % 4)]) };
}

/** One DTLS record as it is on the wire (RFC 6347 section 4.1). */
export function record(type: number, epoch: number, fragment: Buffer, sequence = 99): Buffer {
  const header = Buffer.from([type, 254, 253, 0, epoch, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUIntBE(sequence, 5, 6);
  header.writeUInt16BE(fragment.length, 11);
  return Buffer.concat([header, fragment]);
}
