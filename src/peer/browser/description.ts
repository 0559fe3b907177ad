import { SnapError } from '../../protocol/errors.ts';

/** A foreign session description, its candidates apart from the rest. */
export interface RemoteDescription {
  readonly sdp: string;
  /** Candidate lines as they came; `isUsable` judges each. */
  readonly candidates: readonly string[];
}

/**
 * Reads as much of a foreign offer or answer as the browser would be too generous with; the rest the browser judges.
 * @throws SnapError `protocol-violation` when it is not the description of exactly one data channel section
 */
export function readDescription(type: 'offer' | 'answer', sdp: string): RemoteDescription {
  const lines = sdp.split(/\r?\n/);
  const media = lines.filter((line) => line.startsWith('m='));
  if (media.length !== 1 || !media[0]?.startsWith('m=application '))
    throw new SnapError(
      'protocol-violation',
      `the other side's ${type} is unusable: expected exactly one section, and that one m=application`,
    );
  return {
    sdp: lines.filter((line) => !/^a=(?:candidate:|end-of-candidates)/.test(line)).join('\r\n'),
    candidates: lines.filter((line) => line.startsWith('a=candidate:')).map((line) => line.slice(2)),
  };
}

/**
 * Whether a candidate line (RFC 8839 section 5.1) may be given to the browser. It would look any name up, and a stranger
 * should not choose whom we ask; `.local` names stay within the network.
 */
export function isUsable(candidate: string): boolean {
  const [, address = ''] = /^candidate:\S{1,32} 1 udp \d{1,10} (\S{2,255}) \d{1,5} typ [a-z]/i.exec(candidate) ?? [];
  return /^(?:[\d.]+|[\da-f]*:[\da-f:.]+|[\w-]+\.local)$/i.test(address);
}

/** Where a relay sees us is an address of ours (RFC 8839 section 5.1 allows these in its place). */
export function withoutRelated(text: string): string {
  return text.replace(/ raddr \S+ rport \d+/g, ' raddr 0.0.0.0 rport 0');
}
