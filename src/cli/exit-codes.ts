import { SnapError, type ErrorCode } from '../protocol/errors.ts';

/** What a script learns from the end of a command, without reading a word of its output. */
export const EXIT_CODES = {
  done: { exit: 0, meaning: 'done: everything that was asked for was delivered, received or served' },
  internal: { exit: 1, meaning: 'internal error: please report it' },
  usage: { exit: 2, meaning: 'usage: a flag, value, room or address that cannot be right' },
  unreachable: { exit: 3, meaning: 'the daemon cannot be reached, or what answers is no snap-share daemon' },
  refused: { exit: 4, meaning: 'the daemon refused: room full, no access, origin or seat not allowed, limit reached' },
  timeout: { exit: 5, meaning: 'timed out waiting for peers or photos' },
  connection: { exit: 6, meaning: 'another peer was there, but no connection to it could be made' },
  transfer: { exit: 7, meaning: 'a photo could not be transferred, verified or stored' },
  camera: { exit: 8, meaning: 'the camera is absent, busy, forbidden or hung' },
  image: { exit: 9, meaning: 'an image file is missing, unreadable, not supported or too large' },
  verification: {
    exit: 10,
    meaning: 'a peer or the daemon could not be verified: room secrets or certificates differ, or somebody interfered',
  },
  interrupted: { exit: 130, meaning: 'ended by Ctrl-C (SIGINT)' },
  terminated: { exit: 143, meaning: 'ended by SIGTERM' },
} as const;

/** How a command ended: with a result, or with one failure. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly exit: number;
}

/** The failure behind whatever was thrown. */
export function toFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof SnapError)
    return { code: error.code, message, retryable: error.retryable, exit: exitCodeOf(error.code) };
  const code = imageCodeOf(error);
  if (code === undefined) return { code: 'internal', message, retryable: false, exit: EXIT_CODES.internal.exit };
  const camera = code.startsWith('camera-');
  const retryable = code === 'camera-busy' || code === 'camera-hung';
  return { code, message, retryable, exit: camera ? EXIT_CODES.camera.exit : EXIT_CODES.image.exit };
}

export function exitCodeOf(code: ErrorCode): number {
  switch (code) {
    case 'internal':
      return EXIT_CODES.internal.exit;
    case 'usage':
      return EXIT_CODES.usage.exit;
    case 'aborted':
      return EXIT_CODES.interrupted.exit;
    case 'daemon-unreachable':
    case 'not-a-daemon':
    case 'version-mismatch':
    case 'shutting-down':
      return EXIT_CODES.unreachable.exit;
    case 'room-full':
    case 'wrong-token':
    case 'access-denied':
    case 'origin-refused':
    case 'bad-message':
    case 'join-first':
    case 'join-timeout':
    case 'superseded':
    case 'session-expired':
    case 'slow-consumer':
    case 'too-many-connections':
    case 'too-many-attempts':
      return EXIT_CODES.refused.exit;
    case 'timeout':
      return EXIT_CODES.timeout.exit;
    case 'no-connection':
    case 'link-lost':
      return EXIT_CODES.connection.exit;
    case 'protocol-violation':
    case 'transfer-failed':
    case 'integrity-mismatch':
    case 'photo-refused':
    case 'photo-too-large':
    case 'storage-failed':
      return EXIT_CODES.transfer.exit;
    // Apart from a daemon that is away: nothing is to be tried again before a person has looked.
    case 'certificate-refused':
    case 'verification-mismatch':
      return EXIT_CODES.verification.exit;
  }
}

/** The text of `snap-share help exit-codes`. */
export function exitCodesText(): string {
  const rows = Object.values(EXIT_CODES).map(({ exit, meaning }) => `${String(exit).padStart(5)}  ${meaning}`);
  return ['Exit codes', '', ...rows, ''].join('\n');
}

/** Errors of src/image, known by their name and code: they are loaded only when a picture is. */
function imageCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'ImageError' || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
