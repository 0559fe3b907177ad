import { isIPv4 } from 'node:net';
import { serverReflexiveCandidate } from 'werift';
import { inside } from './parts.ts';
import type { Address, IceConnectionPart, IceProtocol } from './parts.ts';
import { endAllocations } from './turn.ts';

export interface IceServers {
  /** Asks STUN for our outside address and TURN for a relayed one; what they say arrives as further local candidates. */
  gather(isOver: () => boolean): void;
  /** Stops waiting for a TURN server that has not answered. (Closing a socket ends what it asked of STUN.) */
  end(): void;
}

/**
 * Takes the servers out of werift's own gathering, which an answerer waits for before it starts to connect: a server that
 * does not answer would hold up two peers on one desk for five seconds. It also ends werift's habit of asking a public
 * STUN server when none is configured. (Of several URLs werift keeps the first STUN and the first TURN one.)
 */
export function detachServers(connection: IceConnectionPart, hasStun: boolean): IceServers {
  const stun = hasStun ? connection.stunServer : undefined;
  const turn = connection.turnServer;
  connection.stunServer = undefined;
  connection.turnServer = undefined;
  return {
    gather(isOver) {
      if (stun !== undefined)
        void Promise.allSettled(connection.protocols.map((one) => askStun(connection, one, stun, isOver)));
      if (turn !== undefined) void allocate(connection, turn, isOver);
    },
    end() {
      if (turn !== undefined) endAllocations(turn);
    },
  };
}

async function askStun(
  connection: IceConnectionPart,
  protocol: IceProtocol,
  server: Address,
  isOver: () => boolean,
): Promise<void> {
  const host = protocol.localCandidate;
  if (protocol.type !== 'stun' || host === undefined || !isIPv4(host.host)) return;
  const candidate = await serverReflexiveCandidate(inside(protocol), server);
  // A server that sees us as we see ourselves has nothing to add.
  if (candidate === undefined || isOver() || candidate.host === host.host) return;
  connection.appendLocalCandidate(candidate);
}

async function allocate(connection: IceConnectionPart, server: Address, isOver: () => boolean): Promise<void> {
  // Without addresses this is the TURN part of werift's gathering alone.
  connection.turnServer = server;
  const allocation = connection.getCandidatePromises([]);
  connection.turnServer = undefined;
  await Promise.allSettled(allocation);
  for (const protocol of connection.protocols) {
    if (protocol.type !== 'turn') continue;
    // werift pairs what it gathers late only when it is a host candidate.
    if (isOver()) await protocol.close().catch(() => undefined);
    else connection.pairLocalProtocol(protocol);
  }
}
