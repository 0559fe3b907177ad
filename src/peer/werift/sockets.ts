import { UdpTransport } from 'werift';
import { inside, requireParts } from './parts.ts';
import type { IceProtocol, UdpSocket } from './parts.ts';

/** Linux grants at most net.core.rmem_max of it, 208 KiB unless somebody raised that. */
const SOCKET_BUFFER_BYTES = 4_194_304;
/** More than this in flight brings no speed (measured). */
const WINDOW_MAX_BYTES = 524_288;
/** A message has to fit with room to spare: a window that a half-assembled one fills would never open again. */
const WINDOW_MIN_BYTES = 131_072;
/** Part of a socket buffer that is payload: the kernel charges a 1,250 byte datagram with 2,304 bytes and more. */
const PAYLOAD_SHARE = 0.45;

const granted = new WeakMap<UdpSocket, number>();

interface UdpPart {
  readonly socket: UdpSocket;
  init: (this: UdpPart) => Promise<void>;
}

/**
 * Makes every UDP socket that werift opens from now on a large one, and one whose errors are heard: a socket that cannot be
 * bound (too many open files, no IPv6) then only costs its candidate, where an unheard `error` would end the process.
 */
export function mendSockets(): void {
  const prototype = inside<UdpPart>(UdpTransport.prototype);
  requireParts('UDP transport', prototype, ['init']);
  const init = prototype.init;
  prototype.init = async function () {
    const { socket } = this;
    requireParts('UDP socket', socket, ['setRecvBufferSize', 'setSendBufferSize', 'getRecvBufferSize']);
    // Errors after the socket is bound are those of a single datagram, and datagrams may get lost.
    socket.on('error', () => undefined);
    try {
      await Promise.race([init.call(this), failure(socket)]);
    } catch (error) {
      socket.close();
      throw error;
    }
    granted.set(socket, enlarge(socket));
  };
}

/**
 * How many bytes the other side may have in flight towards us, so that a burst fits into the receive buffer of the socket
 * it comes through: what overflows there is lost, and the first loss of a young connection costs a second (RFC 9260
 * section 6.3.1, RTO.Min).
 */
export function receiveWindow(protocol: IceProtocol | undefined): number {
  const socket = protocol?.transport?.socket ?? protocol?.turn?.transport.socket;
  const bytes = socket === undefined ? undefined : granted.get(socket);
  // A TURN server behind TCP: the stream waits for us, nothing overflows.
  if (bytes === undefined) return WINDOW_MAX_BYTES;
  return Math.max(WINDOW_MIN_BYTES, Math.min(WINDOW_MAX_BYTES, Math.floor(bytes * PAYLOAD_SHARE)));
}

function enlarge(socket: UdpSocket): number {
  try {
    socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
    socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
  } catch {
    // Some systems refuse what exceeds their limit instead of granting less.
  }
  return socket.getRecvBufferSize();
}

function failure(socket: UdpSocket): Promise<never> {
  return new Promise((_, reject) => {
    socket.once('error', reject);
  });
}
