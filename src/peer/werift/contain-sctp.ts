import { SnapError } from '../../protocol/errors.ts';
import { LIMITS } from '../../protocol/limits.ts';
import type { DtlsTransportPart, SctpPart, SctpTransportPart } from './parts.ts';
import { judgePacket } from './sctp-packet.ts';

const ESTABLISHED = 4;
const CLOSED = 1;
/** The one stream there is. */
const STREAM = 0;
// RFC 8831 section 8
const DCEP = 50;
const BINARY = 53;
/** How far the other side may overrun our window before it is on purpose: what crossed its last acknowledgement. */
const OVERRUN_BYTES = 131_072;
/** Packets that arrived ahead of a lost one. A full window of full packets is 450. */
const AHEAD_MAX = 8_192;

export interface SctpEvents {
  onMessage(message: Uint8Array): void;
  /** The association cannot go on. */
  onEnd(error: SnapError): void;
}

/**
 * Takes messages straight from the association, and makes sure that nothing in it fails unheard: werift calls its own
 * asynchronous functions from timers and events without looking at the outcome, where a rejection ends the process.
 */
export function containSctp(dtls: DtlsTransportPart, channels: SctpTransportPart, events: SctpEvents): void {
  const { sctp } = channels;
  const violation = (what: string, cause?: unknown): void => {
    events.onEnd(new SnapError('protocol-violation', `the other side sent ${what}`, { cause }));
  };

  dtls.dataReceiver = (packet) => {
    const verdict = judgePacket(packet, sctp.localTsn);
    if (verdict === 'refuse') violation('a malformed SCTP packet');
    if (verdict !== 'take') return;
    const wasUp = sctp.associationState === ESTABLISHED;
    sctp
      .handleData(packet)
      .then(() => {
        if (wasUp && sctp.associationState !== ESTABLISHED)
          events.onEnd(new SnapError('link-lost', 'the other side closed the connection'));
      })
      .catch((error: unknown) => violation('an SCTP packet that cannot be processed', error));
    if (sctp.advertisedRwnd < -OVERRUN_BYTES || sctp.sackMisOrdered.size > AHEAD_MAX)
      violation('far more than was asked for');
  };

  sctp.receive = (stream, protocol, data) => {
    // Nobody opens channels here: one that the other side opens alone gets no answer, and what it sends on it no reader.
    if (stream !== STREAM || protocol === DCEP) return;
    if (protocol !== BINARY) return violation(`a message of kind ${protocol}, where only binary ones are known`);
    if (data.length > LIMITS.frameBytes)
      return violation(`a message of ${data.length} bytes, where ${LIMITS.frameBytes} are the limit`);
    // Not the Buffer itself: its slice() shares memory, where code that also runs in a page expects a copy.
    events.onMessage(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  };

  const failed = (error: unknown): void =>
    events.onEnd(new SnapError('link-lost', 'the connection failed', { cause: error }));
  const guard = (call: () => Promise<void>) => (): Promise<void> => {
    // After the association's end only remains of it fail.
    return call().catch((error: unknown) => (sctp.associationState === CLOSED ? undefined : failed(error)));
  };
  sctp.transmit = guard(sctp.transmit.bind(sctp));
  sctp.transmitReconfigRequest = guard(sctp.transmitReconfigRequest.bind(sctp));
  sctp.timerReconfigHandleExpired = guard(sctp.timerReconfigHandleExpired.bind(sctp));
  sctp.timerHeartbeatExpired = guard(sctp.timerHeartbeatExpired.bind(sctp));
  channels.dataChannelFlush = guard(channels.dataChannelFlush.bind(channels));
}

/** Tells the other side that this is the end (ABORT, RFC 9260 section 3.3.7), if there is an association to end. */
export async function abortSctp(sctp: SctpPart): Promise<void> {
  if (sctp.associationState !== ESTABLISHED) return;
  await sctp.abort();
  // The socket sends in a later turn of the event loop, and closing it at once would forget the packet.
  await new Promise((resolve) => setImmediate(resolve));
}

/** Stops every timer of the association. */
export function stopSctp(sctp: SctpPart): void {
  sctp.setState(CLOSED);
}
