import type { DtlsPart } from './parts.ts';

// RFC 5246 section 6.2.1
const ALERT = 21;
const KNOWN_TYPES: ReadonlySet<number> = new Set([20, ALERT, 22, 23]);
const FINISHED = 20;
const HEADER_BYTES = 13;
/** Pieces of handshake messages that wait for the rest. A certificate chain in the smallest datagrams needs about ten. */
const FRAGMENTS_MAX = 64;

/**
 * Keeps records from a DTLS session that it would trip over. Once it is connected, nothing that is not encrypted is for it:
 * a plaintext alert, a stray ClientHello or an unknown content type would end or restart a session that is well.
 *
 * @param onEnd the other side ended the session, and it was really the other side
 */
export function containDtls(session: DtlsPart, onEnd: () => void): void {
  const { transport } = session;
  const receive = transport.socket.onData.bind(transport.socket);
  transport.socket.onData = (datagram) => {
    for (const record of recordsOf(datagram)) {
      if (!isExpected(session, record)) continue;
      if (session.connected && record[0] === ALERT) {
        // Only the other side can have made one that decrypts; what it says comes to the same (RFC 5246 section 7.2.1).
        if (decrypts(session, record)) onEnd();
      } else receive(record);
    }
  };

  // A datagram that cannot be sent is a lost one, and some of werift's callers never look at the outcome.
  const send = transport.send.bind(transport);
  transport.send = (packet) => send(packet).catch(() => undefined);

  const assemble = session.handleFragmentHandshake.bind(session);
  session.handleFragmentHandshake = (messages) => {
    // Afterwards only the repeat of a Finished has a meaning: our own got lost.
    if (session.connected)
      return messages.filter((one) => one.msg_type === FINISHED && one.fragment_length === one.length);
    if (session.bufferFragmentedHandshakes.length > FRAGMENTS_MAX) return [];
    return assemble(messages);
  };
}

/** The whole records of a datagram (RFC 6347 section 4.1); what is cut off at its end is nothing. */
function recordsOf(datagram: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at + HEADER_BYTES <= datagram.length;) {
    const end = at + HEADER_BYTES + datagram.readUInt16BE(at + 11);
    if (end > datagram.length) break;
    records.push(datagram.subarray(at, end));
    at = end;
  }
  return records;
}

function isExpected(session: DtlsPart, record: Buffer): boolean {
  const isEncrypted = record.readUInt16BE(3) > 0;
  return KNOWN_TYPES.has(record.readUInt8(0)) && (isEncrypted || !session.connected);
}

function decrypts(session: DtlsPart, record: Buffer): boolean {
  try {
    session.cipher.decryptPacket({
      recordLayerHeader: {
        contentType: record.readUInt8(0),
        protocolVersion: { major: record.readUInt8(1), minor: record.readUInt8(2) },
        epoch: record.readUInt16BE(3),
        sequenceNumber: record.readUIntBE(5, 6),
      },
      fragment: record.subarray(HEADER_BYTES),
    });
    return true;
  } catch {
    return false;
  }
}
