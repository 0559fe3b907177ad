import { autoSignalSockets } from '../auto-signal-socket.ts';
import { systemClock } from '../clock.ts';
import type { RoomPorts } from '../room.ts';
import { loadBrowserCrypto } from './crypto.ts';
import { openLateEventStream } from './late-event-streams.ts';
import { connectBrowserRtc } from './rtc.ts';
import { openBrowserSignalSocket } from './signal-socket.ts';

/** What a peer needs of a page. @throws SnapError `daemon-unreachable` when a part of the page cannot be loaded */
export async function loadBrowserPorts(): Promise<RoomPorts> {
  const crypto = await loadBrowserCrypto();
  const openSocket = autoSignalSockets(openBrowserSignalSocket, openLateEventStream, systemClock);
  return { connect: connectBrowserRtc, openSocket, crypto, clock: systemClock };
}
