/** Where and how a daemon is spoken to (PROTOCOL.md, "Signaling"). */

/** The WebSocket subprotocol; a change that an older peer would misunderstand gets another one. */
export const SUBPROTOCOL = 'snap-share.v1';

/** The path of the signaling WebSocket under a daemon's address. */
export const SIGNAL_PATH = '/ws';
