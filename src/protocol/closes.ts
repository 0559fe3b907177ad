import type { ErrorCode } from './errors.ts';

/**
 * Why a daemon ends a signaling connection: WebSocket close code, reason and whether the client may come back by itself
 * are one value. Codes 4000 and up are ours (RFC 6455 section 7.4.2); the others have the meaning of the RFC.
 */
export const CLOSES = {
  left: { code: 1000, retry: false, meaning: 'the client is done' },
  'shutting-down': { code: 1001, retry: true, meaning: 'the daemon is being stopped or restarted' },
  'binary-message': { code: 1003, retry: false, meaning: 'signaling messages are text frames' },
  'not-utf8': { code: 1007, retry: false, meaning: 'a text frame was not valid UTF-8' },
  'message-too-big': { code: 1009, retry: false, meaning: 'a message exceeded the limit given in welcome' },
  'internal-error': {
    code: 1011,
    retry: true,
    meaning: 'the daemon failed; the message says nothing about the client',
  },
  'bad-message': {
    code: 4400,
    retry: false,
    meaning: 'a first message, or too many later ones, could not be understood',
  },
  'join-first': { code: 4401, retry: false, meaning: 'something other than join, list or ping came before join' },
  'wrong-token': { code: 4403, retry: false, meaning: 'the token does not belong to the seat that was asked for' },
  'access-denied': { code: 4407, retry: false, meaning: 'the daemon is private, and no key or token it accepts came' },
  'join-timeout': { code: 4408, retry: true, meaning: 'no join within the time allowed' },
  superseded: { code: 4409, retry: false, meaning: 'the same peer took its seat with a newer connection' },
  'session-expired': { code: 4410, retry: true, meaning: 'the session is over: join anew' },
  'room-full': { code: 4423, retry: true, meaning: 'every seat of the room is taken' },
  'slow-consumer': { code: 4429, retry: true, meaning: 'the client did not read what was sent to it' },
  'too-many-attempts': { code: 4430, retry: true, meaning: 'too many joins from this address have failed' },
} as const satisfies Record<string, { code: number; retry: boolean; meaning: string }>;

export type CloseReason = keyof typeof CLOSES;

/** The reason for a close frame as it came, or undefined when it is none of ours (a network that went away: 1006). */
export function closeReasonOf(code: number, reason: string): CloseReason | undefined {
  if (Object.hasOwn(CLOSES, reason)) return reason as CloseReason;
  // A proxy that ends a connection politely says 1000 as well, but cannot mean that the client left.
  if (code === CLOSES.left.code) return undefined;
  for (const [name, close] of Object.entries(CLOSES)) if (close.code === code) return name as CloseReason;
  return undefined;
}

/** What a client tells its user when a daemon refused it for this reason. */
export function errorCodeOf(reason: CloseReason): ErrorCode {
  switch (reason) {
    case 'left':
      return 'aborted';
    case 'binary-message':
    case 'not-utf8':
    case 'message-too-big':
      return 'bad-message';
    case 'internal-error':
      return 'daemon-unreachable';
    case 'shutting-down':
    case 'bad-message':
    case 'join-first':
    case 'wrong-token':
    case 'access-denied':
    case 'join-timeout':
    case 'superseded':
    case 'session-expired':
    case 'room-full':
    case 'slow-consumer':
    case 'too-many-attempts':
      return reason;
  }
}
