/**
 * A look at an SCTP packet before werift parses it (RFC 9260 section 3). werift follows the lengths in it without
 * question: a length of zero keeps it in a loop for ever, and nothing could contain that afterwards.
 *
 * `take`: hand it over. `drop`: nothing that werift knows; the RFC says to discard it. `refuse`: nothing that a sane
 * implementation sends.
 */
export type Verdict = 'take' | 'drop' | 'refuse';

const DATA = 0;
const SACK = 3;
/** Chunk types werift knows, each with where its list of parameters starts within the chunk, if it has one. */
const PARAMETERS_AT: Readonly<Record<number, number | undefined>> = {
  [DATA]: undefined,
  1: 20, // INIT
  2: 20, // INIT ACK
  [SACK]: undefined,
  4: 4, // HEARTBEAT
  5: 4, // HEARTBEAT ACK
  6: 4, // ABORT
  7: undefined, // SHUTDOWN
  8: undefined, // SHUTDOWN ACK
  9: 4, // ERROR
  10: undefined, // COOKIE ECHO
  11: undefined, // COOKIE ACK
  14: undefined, // SHUTDOWN COMPLETE
  130: 4, // RE-CONFIG
  192: undefined, // FORWARD TSN
};

/** @param nextTsn the number our own next chunk will get: nothing from there on can have been acknowledged */
export function judgePacket(packet: Buffer, nextTsn: number): Verdict {
  // The common header, and one chunk.
  if (packet.length < 16) return 'drop';
  let known = true;
  let at = 12;
  while (at + 4 <= packet.length) {
    const type = packet.readUInt8(at);
    const length = packet.readUInt16BE(at + 2);
    if (length < 4 || at + length > packet.length) return 'refuse';
    if (!(type in PARAMETERS_AT)) known = false;
    else if (!isSoundChunk(type, packet.subarray(at, at + length), nextTsn)) return 'refuse';
    at += padded(length);
  }
  return known ? 'take' : 'drop';
}

function isSoundChunk(type: number, chunk: Buffer, nextTsn: number): boolean {
  // A piece of a message holds at least one byte of it (section 3.3.1); empty ones could pile up beside the window.
  if (type === DATA) return chunk.length > 16;
  if (type === SACK) return isSoundSack(chunk, nextTsn);
  const from = PARAMETERS_AT[type];
  return from === undefined || hasSoundParameters(chunk, from);
}

function hasSoundParameters(chunk: Buffer, from: number): boolean {
  if (chunk.length < from) return false;
  for (let at = from; at + 4 <= chunk.length;) {
    const length = chunk.readUInt16BE(at + 2);
    if (length < 4 || at + length > chunk.length) return false;
    at += padded(length);
  }
  return true;
}

/**
 * Only what was sent is acknowledged, and gap blocks do not overlap, or werift would count through far more than there is. They
 * need not ascend: werift's own do not where the numbers get one digit longer.
 */
function isSoundSack(chunk: Buffer, nextTsn: number): boolean {
  if (chunk.length < 16) return false;
  const gaps = chunk.readUInt16BE(12);
  const duplicates = chunk.readUInt16BE(14);
  if (chunk.length < 16 + 4 * (gaps + duplicates)) return false;
  // How many numbers lie between the last acknowledged one and our next, in serial arithmetic (RFC 1982).
  const sent = (nextTsn - chunk.readUInt32BE(4)) | 0;
  if (sent < 1) return false;
  let acknowledged = 0;
  for (let gap = 0; gap < gaps; gap++) {
    const start = chunk.readUInt16BE(16 + 4 * gap);
    const end = chunk.readUInt16BE(18 + 4 * gap);
    acknowledged += end - start + 1;
    if (end < start || end >= sent || acknowledged > sent) return false;
  }
  return true;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
