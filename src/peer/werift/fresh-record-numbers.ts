import type { DtlsPart } from './parts.ts';

/**
 * Numbers every record of a DTLS session once. werift starts again from 0 after its Finished, so that an early data record
 * has the number of the Finished: with AES-GCM the same nonce for two texts (RFC 5288 section 3), and for a browser a
 * replay that it drops (RFC 6347 section 4.1.2.6), which costs each link to one a second until SCTP sends again.
 */
export function keepRecordNumbersFresh(session: DtlsPart): void {
  let latest = session.dtls.recordSequenceNumber;
  Object.defineProperty(session.dtls, 'recordSequenceNumber', {
    get: () => latest,
    set: (number: number) => {
      latest = Math.max(latest, number);
    },
  });
}
