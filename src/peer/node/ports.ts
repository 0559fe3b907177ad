import { SnapError } from '../../protocol/errors.ts';
import { autoSignalSockets } from '../auto-signal-socket.ts';
import { systemClock } from '../clock.ts';
import type { RoomPorts } from '../room.ts';
import type { OpenSignalSocket, Transport } from '../signal-socket.ts';
import { nodeCrypto } from './crypto.ts';
import { nodeEventStreams } from './event-streams.ts';
import { parseFingerprint } from './fingerprint.ts';
import { openNodeSignalSocket, pinnedSignalSocket } from './signal-socket.ts';

/** What a terminal can say about its daemon, and a page cannot. */
export interface NodeOptions {
  /**
   * SHA-256 of the daemon's certificate, in hexadecimal with or without colons: exactly that one is accepted, also when
   * this machine does not trust it.
   */
  readonly tlsFingerprint?: string;
  /**
   * How to speak to the daemon: `ws`, a WebSocket; `sse`, Server-Sent Events and POST; or `auto`, the default, which takes
   * the second where the network blocks the first.
   */
  readonly transport?: Transport | 'auto';
}

/**
 * What a peer needs of Node. werift is by far the largest part and is loaded here and not before.
 * @throws SnapError `usage` when the fingerprint is none
 */
export async function loadNodePorts(options: NodeOptions = {}): Promise<RoomPorts> {
  const openSocket = nodeSignalSockets(options);
  const { connectWerift } = await import('../werift/connection.ts');
  return { connect: connectWerift, openSocket, crypto: nodeCrypto, clock: systemClock };
}

/**
 * How Node speaks to a daemon.
 * @throws SnapError `usage` when the fingerprint is none
 */
export function nodeSignalSockets({ tlsFingerprint, transport = 'auto' }: NodeOptions): OpenSignalSocket {
  const fingerprint = tlsFingerprint === undefined ? undefined : checked(tlsFingerprint);
  const ws = fingerprint === undefined ? openNodeSignalSocket : pinnedSignalSocket(fingerprint);
  const sse = nodeEventStreams(fingerprint);
  switch (transport) {
    case 'ws':
      return ws;
    case 'sse':
      return sse;
    case 'auto':
      return autoSignalSockets(ws, sse, systemClock);
  }
}

function checked(text: string): string {
  const fingerprint = parseFingerprint(text);
  if (fingerprint !== undefined) return fingerprint;
  throw new SnapError(
    'usage',
    `expected the SHA-256 of a certificate, 64 hexadecimal digits, got ${text.length} characters`,
  );
}
