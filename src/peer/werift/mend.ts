import { mendFlights } from './flights.ts';
import { mendSockets } from './sockets.ts';
import { mendTurn } from './turn.ts';

/*
 * How this folder is laid out, and where a mending of werift belongs.
 *
 * No file of werift is changed. What concerns every connection of the process is replaced on werift's prototypes, once and
 * here (`mendWerift`). What concerns one connection is replaced on its own objects, before it can receive anything:
 *
 *   contain-datagrams.ts   per local address, as it is gathered: who may speak to ICE and DTLS at all
 *   contain-dtls.ts        per DTLS session, between its creation and its first packet: which records it sees
 *   contain-sctp.ts        per association: which packets it sees, and every promise of it that nobody awaits
 *
 * Repairing handshakes (whole messages in order, own retransmission, both signatures checked) takes the place of what
 * contain-dtls.ts and flights.ts do now; a faster SCTP path takes that of contain-sctp.ts. parts.ts names every private
 * field in use: a mend that needs another one adds it there, so that it is checked with the rest.
 */

let mended = false;

/**
 * Replaces what must be replaced for all connections, once.
 * @throws SnapError `internal` when this is not the werift we know
 */
export function mendWerift(): void {
  if (mended) return;
  mendSockets();
  mendFlights();
  mendTurn();
  mended = true;
}
