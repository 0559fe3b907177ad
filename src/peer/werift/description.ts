import { SnapError } from '../../protocol/errors.ts';
import { LIMITS } from '../../protocol/limits.ts';

/** What a foreign session description says, as far as one data channel needs it. */
export interface RemoteDescription {
  /** A description with the same facts and nothing else: the only foreign text that werift's own parser gets to see. */
  readonly sdp: string;
  readonly mid: string;
  /** Candidate lines as they came; `readCandidate` judges each. */
  readonly candidates: readonly string[];
  /** The largest message the other side takes, never more than one of our frames. */
  readonly maxMessageBytes: number;
}

/**
 * Reads a foreign offer or answer (RFC 8866, RFC 8829, RFC 8841).
 * @throws SnapError `protocol-violation` when it is not the description of exactly one data channel section
 */
export function readDescription(type: 'offer' | 'answer', sdp: string): RemoteDescription {
  const lines = sdp.split(/\r?\n/);
  const media = lines.filter((line) => line.startsWith('m='));
  if (!lines[0]?.startsWith('v=0') || media.length !== 1 || !media[0]?.startsWith('m=application '))
    throw refused(type, 'exactly one section, and that one m=application');

  // Attributes of the session hold for its media sections too (Firefox puts the fingerprint there), but the section's
  // own come first.
  const start = lines.findIndex((line) => line.startsWith('m='));
  const attributes = [...lines.slice(start), ...lines.slice(0, start)].filter((line) => line.startsWith('a='));
  const values = (name: string): string[] =>
    attributes.filter((line) => line.startsWith(`a=${name}:`)).map((line) => line.slice(name.length + 3).trim());
  const one = (name: string, shape: RegExp): string => {
    const value = values(name)[0];
    if (value === undefined || !shape.test(value)) throw refused(type, `a valid a=${name}`);
    return value;
  };

  const mid = one('mid', /^[\w-]{1,32}$/);
  const ufrag = one('ice-ufrag', /^[A-Za-z0-9+/]{4,256}$/);
  const password = one('ice-pwd', /^[A-Za-z0-9+/]{22,256}$/);
  // An answer chooses (RFC 8829 section 5.3.1). An offer leaves the choice, even one for a session that is long since
  // running, whose roles then stay as they are (section 5.2.2); werift alone names its role there.
  const setup = one('setup', type === 'offer' ? /^(?:actpass|active|passive)$/ : /^(?:active|passive)$/);
  const port = one('sctp-port', /^\d{1,5}$/);
  if (Number(port) < 1 || Number(port) > 65_535) throw refused(type, 'an a=sctp-port from 1 to 65535');
  const fingerprints = values('fingerprint').filter((value) =>
    /^sha-(?:256|384|512) [0-9A-Fa-f:]{95,191}$/.test(value),
  );
  if (fingerprints.length === 0) throw refused(type, 'an a=fingerprint of SHA-256 or stronger');

  return {
    mid,
    candidates: values('candidate'),
    maxMessageBytes: maxMessageBytes(values('max-message-size')[0]),
    sdp: [
      'v=0',
      'o=- 0 0 IN IP4 0.0.0.0',
      's=-',
      't=0 0',
      `a=group:BUNDLE ${mid}`,
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
      'c=IN IP4 0.0.0.0',
      `a=mid:${mid}`,
      'a=ice-options:trickle',
      `a=ice-ufrag:${ufrag}`,
      `a=ice-pwd:${password}`,
      ...fingerprints.slice(0, 4).map((value) => `a=fingerprint:${value}`),
      `a=setup:${type === 'offer' ? 'actpass' : setup}`,
      `a=sctp-port:${port}`,
      `a=max-message-size:${LIMITS.frameBytes}`,
      '',
    ].join('\r\n'),
  };
}

/** Our description as it goes out, where werift's differs from the rules: more candidates may follow it, and an offer chooses no role. */
export function outgoing(type: 'offer' | 'answer', sdp: string): string {
  const open = sdp.replace(/^a=end-of-candidates\r?\n/gm, '');
  return type === 'offer' ? open.replace(/^a=setup:\w+/gm, 'a=setup:actpass') : open;
}

/** RFC 8841 section 6: absent means 64 KiB, zero means any size. */
function maxMessageBytes(value: string | undefined): number {
  const said = value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : 0;
  return said === 0 ? LIMITS.frameBytes : Math.min(LIMITS.frameBytes, said);
}

function refused(type: string, expected: string): SnapError {
  return new SnapError('protocol-violation', `the other side's ${type} is unusable: expected ${expected}`);
}
