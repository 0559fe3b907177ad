import { systemClock } from '../clock.ts';
import type { RoomPorts } from '../room.ts';
import { browserCrypto } from './crypto.ts';
import { connectBrowserRtc } from './rtc.ts';
import { openBrowserSignalSocket } from './signal-socket.ts';

/** What a peer needs of a page. */
export const browserPorts: RoomPorts = {
  connect: connectBrowserRtc,
  openSocket: openBrowserSignalSocket,
  crypto: browserCrypto,
  clock: systemClock,
};
