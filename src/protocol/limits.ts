/** Every bound on what crosses a wire, each with its reason. Sizes are bytes, times milliseconds. */
export const LIMITS = {
  /** One signaling message. The largest real one is an SDP with many candidates, about 6 kB; 64 KiB is ten times that. */
  messageBytes: 65_536,
  /** A room name has to fit a link and a terminal line. */
  roomNameLength: 64,
  /** Code points of a display name: fits one line beside a state and a progress bar. */
  displayNameLength: 64,
  /** A name before it is cleaned; longer is no mistake of a person. */
  rawNameLength: 256,
  /** Characters of a room secret: the ones we make have 22, a passphrase may be long. */
  secretLength: 128,
  /** Characters of a key or token for a private daemon: a token has about 200, one of another maker may say more. */
  accessLength: 2_048,
  /** Peers in a room. A mesh of n needs n - 1 links at every peer; 64 is beyond what a home uplink can feed. */
  capacityMax: 64,
  /** Where a room is full unless the daemon's owner says otherwise: the seed system's three friends. */
  capacityDefault: 3,
  /** A socket that has neither joined nor asked by then belongs to nobody. */
  joinMs: 10_000,
  /** How often either side proves a silent signaling socket alive; below the 60 s of common proxies. */
  pingMs: 20_000,
  /** A signaling socket silent for this long is dead: one missed ping and a slow network. */
  silentMs: 45_000,
  /** How long a lost peer's seat is kept for it: a phone's change of network, a laptop's short sleep. */
  seatHoldMs: 30_000,
  /** A client that lets this much pile up reads too slowly; cutting it protects the daemon's memory. */
  queuedBytes: 1_048_576,
  /** Malformed messages a joined client may send before it is cut: a bug is survivable, a flood is not. */
  badMessages: 16,
  /** Sockets of one daemon: 20,000 idle ones take about 250 MB. */
  connections: 20_000,

  /** One message on the data channel, sealed. 64 KiB is what every WebRTC stack takes (RFC 8831 section 6.6). */
  frameBytes: 65_536,
  /** One JSON control message inside a frame. The largest is a photo header with a long name. */
  controlBytes: 16_384,
  /**
   * A frame we do not start to send while this much is buffered: keeps control messages from waiting behind bulk. Five full
   * frames, so that a photo of the usual 300 kB goes out at once.
   */
  bufferedHighBytes: 327_680,
  /** At this much left in the buffer sending goes on. */
  bufferedLowBytes: 131_072,
  /** One photo. It is assembled in memory, so that a killed receiver leaves no half file behind. */
  photoBytes: 67_108_864,
  /** A chunk that is not the last one is at least this long, so that bookkeeping cannot outweigh the bytes. */
  chunkBytesMin: 1_024,
  /** Of a photo that is announced for the first time, sent without waiting for the answer: the usual 300 kB, in full frames. */
  earlyBytes: 327_680,
  /** Photos one peer may have under way to us at once. */
  transfersPerPeer: 8,
  /** Bytes that one peer's unfinished photos may occupy here. */
  pendingBytesPerPeer: 134_217_728,
  /** Signaling payloads kept for a peer whose link is not there yet. */
  earlySignals: 64,

  /** A heartbeat is sent when nothing else was for this long. */
  heartbeatMs: 3_000,
  /** A link is dead after this much silence: four heartbeats, and said aloud before 15 s have passed. */
  linkSilentMs: 12_000,
} as const;
