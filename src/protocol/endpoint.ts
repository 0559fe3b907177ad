/** Where and how a daemon is spoken to (PROTOCOL.md, "Signaling"). */

/** The WebSocket subprotocol; a change that an older peer would misunderstand gets another one. */
export const SUBPROTOCOL = 'snap-share.v1';

/** The path of the signaling WebSocket under a daemon's address. */
export const SIGNAL_PATH = '/ws';

/** The path of the same over Server-Sent Events; messages to the daemon are posted to a path below it. */
export const EVENTS_PATH = '/events';

/** The header of an HTTP answer that refuses a WebSocket: it tells a refusal of ours from the answer of any other server. */
export const REFUSAL_HEADER = 'snap-share-refusal';

/** Why a client is not even given a WebSocket; the values of that header, and codes of SnapError. */
export const UPGRADE_REFUSALS = [
  'not-a-daemon',
  'version-mismatch',
  'origin-refused',
  'too-many-connections',
  'too-many-attempts',
  'shutting-down',
] as const;

export type UpgradeRefusalCode = (typeof UPGRADE_REFUSALS)[number];
