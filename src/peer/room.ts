import { checkAccess, checkRoomName, checkSecret } from '../protocol/room-address.ts';
import type { PeerKind } from '../protocol/signaling.ts';
import type { Clock } from './clock.ts';
import type { PeerCrypto } from './crypto.ts';
import type { PeerEvent } from './events.ts';
import type { PhotoInput, PhotoSink } from './photo.ts';
import { deriveRoomKey } from './room-key.ts';
import { RoomSession } from './room-session.ts';
import type { ConnectRtc } from './rtc.ts';
import { loadSafetyWords } from './safety-words.ts';
import type { OpenSignalSocket } from './signal-socket.ts';

export interface RoomOptions {
  /** The daemon's base address, `http://host:port/`. */
  readonly server: string;
  readonly room: string;
  /** What the daemon must not know; without it links are unverified. */
  readonly secret?: string;
  /** For a private daemon: one of its keys, or a token for this room that has not expired. */
  readonly access?: string;
  readonly name: string;
  readonly kind: PeerKind;
  /** Only through a TURN server. */
  readonly relayOnly?: boolean;
  readonly sink: PhotoSink;
  /** Called for everything that happens, from `room` on. What it throws is an uncaught exception of the program. */
  readonly onEvent: (event: PeerEvent) => void;
  /** Gives up joining. A room that was joined is left by `leave`. */
  readonly signal?: AbortSignal;
}

/** The platform: what differs between Node and a page. */
export interface RoomPorts {
  readonly connect: ConnectRtc;
  readonly openSocket: OpenSignalSocket;
  readonly crypto: PeerCrypto;
  readonly clock: Clock;
}

export interface ShareOptions {
  /** A photo of ours that this one replaces: who has not got that one yet, gets this one only. */
  readonly replaces?: string;
  /** Peers that this photo is not for, such as those that had it from an earlier seat of ours. */
  readonly except?: readonly string[];
}

/** A seat in a room. */
export interface Room extends AsyncDisposable {
  readonly you: string;
  /**
   * Offers a photo to everybody in the room and to whoever joins later; returns its id.
   * @throws SnapError `photo-too-large`; `usage` for what no peer would accept; `aborted` once the room was left
   */
  share(photo: PhotoInput, options?: ShareOptions): { photo: string; sha256: string };
  /** Offers a photo of ours once more to one peer, after it has failed there. Does nothing when either is gone. */
  retry(photo: string, peer: string): void;
  /** Lets go of a photo of ours: whoever joins later, or has not begun to get it, does not get it. */
  withdraw(photo: string): void;
  /**
   * Whatever stands still is tried again now, and what looks alive has to prove it: the network has changed, or this device
   * was asleep.
   */
  hurry(): void;
  /** Who is here, and with whom we have an open link. */
  peers(): { peer: string; name: string; connected: boolean }[];
  /**
   * Says goodbye to everybody and gives the seat up, within about a second. Never rejects. `atOnce` does not wait for
   * goodbyes to arrive: it is for a page that is about to be gone.
   */
  leave(options?: { readonly atOnce?: boolean }): Promise<void>;
}

/**
 * Joins a room. Resolves when the daemon has given us a seat; links to the others follow as events.
 * @throws SnapError `daemon-unreachable`, `not-a-daemon`, `room-full`, `aborted` and the daemon's other refusals; `usage`
 */
export async function joinRoom(options: RoomOptions, ports: RoomPorts): Promise<Room> {
  checkRoomName(options.room);
  if (options.secret !== undefined) checkSecret(options.secret);
  if (options.access !== undefined) checkAccess(options.access);
  let roomKey: Uint8Array | undefined;
  if (options.secret !== undefined) roomKey = await deriveRoomKey(options.room, options.secret);
  // Now, so that no handshake has to wait for them.
  else await loadSafetyWords();
  const session = new RoomSession(options, ports, roomKey);
  await session.join();
  return session;
}
