import { systemClock } from '../clock.ts';
import { eventStreamSockets } from '../event-stream-socket.ts';
import type { OpenSignalSocket } from '../signal-socket.ts';
import { expectTls } from './daemon-certificate.ts';
import { nodeHttp } from './http.ts';

/**
 * Events and POST of terminals; with a fingerprint (`AB:CD:…`), with the one daemon whose certificate has it, trusted or not.
 * @throws SnapError `usage` when it is opened with a fingerprint to an address without TLS
 */
export function nodeEventStreams(fingerprint?: string): OpenSignalSocket {
  const open = eventStreamSockets(nodeHttp(fingerprint), systemClock);
  if (fingerprint === undefined) return open;
  return (server, events) => {
    expectTls(server);
    return open(server, events);
  };
}
