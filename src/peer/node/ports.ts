import { SnapError } from '../../protocol/errors.ts';
import { systemClock } from '../clock.ts';
import type { RoomPorts } from '../room.ts';
import { nodeCrypto } from './crypto.ts';
import { parseFingerprint } from './fingerprint.ts';
import { openNodeSignalSocket, pinnedSignalSocket } from './signal-socket.ts';

/** What a terminal can say about its daemon, and a page cannot. */
export interface NodeOptions {
  /**
   * SHA-256 of the daemon's certificate, in hexadecimal with or without colons: exactly that one is accepted, also when
   * this machine does not trust it.
   */
  readonly tlsFingerprint?: string;
}

/**
 * What a peer needs of Node. werift is by far the largest part and is loaded here and not before.
 * @throws SnapError `usage` when the fingerprint is none
 */
export async function loadNodePorts({ tlsFingerprint }: NodeOptions = {}): Promise<RoomPorts> {
  const openSocket = tlsFingerprint === undefined ? openNodeSignalSocket : pinnedSignalSocket(checked(tlsFingerprint));
  const { connectWerift } = await import('../werift/connection.ts');
  return { connect: connectWerift, openSocket, crypto: nodeCrypto, clock: systemClock };
}

function checked(text: string): string {
  const fingerprint = parseFingerprint(text);
  if (fingerprint !== undefined) return fingerprint;
  throw new SnapError(
    'usage',
    `expected the SHA-256 of a certificate, 64 hexadecimal digits, got ${text.length} characters`,
  );
}
