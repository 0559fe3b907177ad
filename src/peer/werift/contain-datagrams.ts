import { parseMessage } from 'werift';
import type { Address, IceConnectionPart, IceProtocol } from './parts.ts';

/** Every pair is a check. 64 candidates of the other side against eight of ours are half of this; more is a flood. */
const PAIRS_MAX = 1_024;

/**
 * Lets through only datagrams that belong to this connection. werift takes connectivity checks without their password and
 * DTLS from anywhere, so whoever guesses a port could end or flood a session.
 */
export function containDatagrams(connection: IceConnectionPart, protocol: IceProtocol): void {
  const entry = protocol.turn === undefined ? 'datagramReceived' : 'handleStunMessage';
  const receive = protocol[entry]?.bind(protocol);
  if (receive === undefined) return;
  protocol[entry] = (data, from) => {
    if (isWelcome(connection, protocol, data, from)) receive(data, from);
  };
}

function isWelcome(connection: IceConnectionPart, protocol: IceProtocol, data: Buffer, from: Address): boolean {
  const first = data[0];
  if (first === undefined) return false;
  // RFC 7983 section 7: 0 to 3 is STUN, 20 to 63 is DTLS. Nothing else is of ours.
  if (first < 4) return isAuthenticStun(connection, data) && hasRoom(connection, protocol, from);
  return first >= 20 && first < 64 && isKnownPair(connection, protocol, from);
}

/** Requests need our password (RFC 8445 section 7.3); werift itself checks the responses. */
function isAuthenticStun(connection: IceConnectionPart, data: Buffer): boolean {
  if (data.length < 20) return false;
  const isRequest = (data.readUInt16BE(0) & 0x0110) === 0;
  if (!isRequest) return true;
  const passwords = new Set([connection.localPassword, ...Object.values(connection.userHistory)]);
  return [...passwords].some((password) => isSignedWith(data, password));
}

function isSignedWith(data: Buffer, password: string): boolean {
  try {
    return parseMessage(data, Buffer.from(password)) !== undefined;
  } catch {
    return false;
  }
}

function hasRoom(connection: IceConnectionPart, protocol: IceProtocol, from: Address): boolean {
  return connection.checkList.length < PAIRS_MAX || isKnownPair(connection, protocol, from);
}

function isKnownPair(connection: IceConnectionPart, protocol: IceProtocol, [host, port]: Address): boolean {
  const isFrom = (pair: IceConnectionPart['nominated']): boolean =>
    pair !== undefined && pair.remoteCandidate.port === port && pair.remoteCandidate.host === host;
  if (isFrom(connection.nominated)) return true;
  return connection.checkList.some((pair) => Object.is(pair.protocol, protocol) && isFrom(pair));
}
