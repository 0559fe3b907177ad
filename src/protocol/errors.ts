/**
 * Every way in which snap-share fails, as one class. Callers switch on `code`, never on the text; the text says what was
 * expected, what came and, where a person can do something about it, what to do next.
 */
export class SnapError extends Error {
  override readonly name = 'SnapError';
  readonly code: ErrorCode;
  /** With `too-many-attempts`: when another one makes sense, ms from now. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; retryAfterMs?: number | undefined }) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
  }

  /** May the same thing work when tried again later, without anybody changing anything? */
  get retryable(): boolean {
    return ERROR_CODES[this.code];
  }
}

/** The codes, each with whether trying again later may help. */
export const ERROR_CODES = {
  // Our own fault, or the caller's.
  internal: false,
  usage: false,
  aborted: true,
  // Reaching the daemon and being admitted.
  'daemon-unreachable': true,
  'not-a-daemon': false,
  'version-mismatch': false,
  'certificate-refused': false,
  'room-full': true,
  'wrong-token': false,
  'access-denied': false,
  'origin-refused': false,
  'bad-message': false,
  'join-first': false,
  'join-timeout': true,
  superseded: false,
  'session-expired': true,
  'slow-consumer': true,
  'shutting-down': true,
  'too-many-connections': true,
  'too-many-attempts': true,
  // A link to another peer.
  'no-connection': true,
  'link-lost': true,
  'verification-mismatch': false,
  'protocol-violation': false,
  // Moving and keeping photos.
  'transfer-failed': true,
  'integrity-mismatch': true,
  'photo-refused': false,
  'photo-too-large': false,
  'storage-failed': false,
  // Waiting.
  timeout: true,
} as const satisfies Record<string, boolean>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The error itself when it is ours already, else an `internal` one that keeps it as its cause. */
export function toSnapError(error: unknown): SnapError {
  if (error instanceof SnapError) return error;
  return new SnapError('internal', error instanceof Error ? error.message : String(error), { cause: error });
}
