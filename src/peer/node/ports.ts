import { systemClock } from '../clock.ts';
import type { RoomPorts } from '../room.ts';
import { nodeCrypto } from './crypto.ts';
import { openNodeSignalSocket } from './signal-socket.ts';

/** What a peer needs of Node. werift is by far the largest part and is loaded here and not before. */
export async function loadNodePorts(): Promise<RoomPorts> {
  const { connectWerift } = await import('../werift/connection.ts');
  return { connect: connectWerift, openSocket: openNodeSignalSocket, crypto: nodeCrypto, clock: systemClock };
}
