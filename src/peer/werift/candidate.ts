import { Candidate } from 'werift';
import { isIP } from 'node:net';

// RFC 8839 section 5.1: foundation, component, transport, priority, address, port, type. What follows (related address,
// extensions) is of no use to us.
const CANDIDATE =
  /^(?:a=)?(?:candidate:)?([A-Za-z0-9+/]{1,32}) 1 udp (\d{1,10}) ([0-9A-Fa-f.:]{2,45}) (\d{1,5}) typ (host|srflx|relay)(?: |$)/i;

/**
 * Reads a candidate line of the other side, or nothing when it is of no use: TCP, a second component, a malformed line, and
 * every address that is a name. Names are never looked up: `.local` ones hide a browser's address, whose own checks reach us
 * and teach it to ICE (RFC 8445 section 7.3.1.3), and any other would let a stranger choose whom we ask.
 */
export function readCandidate(line: string): Candidate | undefined {
  const match = CANDIDATE.exec(line);
  if (match === null) return undefined;
  const [, foundation = '', priority, address = '', port, type = ''] = match;
  const portNumber = Number(port);
  const priorityNumber = Number(priority);
  if (isIP(address) === 0 || portNumber < 1 || portNumber > 65_535) return undefined;
  if (priorityNumber < 1 || priorityNumber > 2 ** 31 - 1) return undefined;
  return new Candidate(foundation, 1, 'udp', priorityNumber, address.toLowerCase(), portNumber, type.toLowerCase());
}
