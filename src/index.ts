/** The library: a daemon and a headless peer for programs that want them in their own process. */
import { systemClock } from './peer/clock.ts';
import { listPeers as listPeersWith, type Listing, type ListOptions } from './peer/list-peers.ts';
import { loadNodePorts, nodeSignalSockets, type NodeOptions } from './peer/node/ports.ts';
import { joinRoom as joinRoomWith, type Room, type RoomOptions } from './peer/room.ts';
import { serve as serveWith, type Daemon, type ServeOptions } from './signal/serve.ts';
import { VERSION } from './version.ts';

export type { Listing } from './peer/list-peers.ts';
export type { PeerEvent } from './peer/events.ts';
export type { PhotoInput, PhotoSink, StoredPhoto } from './peer/photo.ts';
export type { Room, RoomOptions, ShareOptions } from './peer/room.ts';
export type { Route } from './peer/rtc.ts';
export type { Transport } from './peer/signal-socket.ts';
export type { MediaType, PhotoHeader } from './protocol/control.ts';
export type { IceServer, ListedPeer, PeerInfo, PeerKind } from './protocol/signaling.ts';
export type { DaemonEvent } from './signal/events.ts';
export type { Daemon, ServeOptions } from './signal/serve.ts';
export { SnapError, type ErrorCode } from './protocol/errors.ts';

export type JoinOptions = RoomOptions & NodeOptions;

/**
 * Joins a room as a headless peer. Resolves when the daemon has given us a seat; links to the others follow as events.
 * @throws SnapError `daemon-unreachable`, `not-a-daemon`, `certificate-refused`, `room-full`, `aborted` and the daemon's other
 * refusals; `usage`
 */
export async function joinRoom(options: JoinOptions): Promise<Room> {
  return joinRoomWith(options, await loadNodePorts(options));
}

/**
 * Asks a daemon who is in a room, without joining it. A room that nobody is in has an empty list.
 * @throws SnapError `daemon-unreachable`, `not-a-daemon`, `certificate-refused`, `aborted` and the daemon's other refusals;
 * `usage`
 */
export async function listPeers(options: ListOptions & NodeOptions): Promise<Listing> {
  return listPeersWith(options, { openSocket: nodeSignalSockets(options), clock: systemClock });
}

/**
 * Runs a signaling daemon in this process. Resolves once it accepts connections.
 * @throws SnapError `usage` when it cannot listen as asked
 */
export function serve(options: Omit<ServeOptions, 'version'> = {}): Promise<Daemon> {
  return serveWith({ ...options, version: VERSION });
}
