import { CLOSES, errorCodeOf, type CloseReason } from '../protocol/closes.ts';
import { SnapError } from '../protocol/errors.ts';
import type { SignalSocketClose } from './signal-socket.ts';

type Refusal = NonNullable<SignalSocketClose['refusal']>;

/**
 * What to tell whoever spoke to a daemon about a room, when the daemon or the network ended it. `denial`: why a private
 * daemon does not let us in, in its words.
 */
export function closeError(
  close: SignalSocketClose,
  reason: CloseReason | undefined,
  { server, room }: { readonly server: string; readonly room: string },
  denial?: string,
): SnapError {
  const { cause, problem, refusal, retryAfterMs } = close;
  if (refusal !== undefined)
    return new SnapError(refusal, refusalText(refusal, server, problem), { cause, retryAfterMs });
  if (reason === 'room-full')
    return new SnapError('room-full', `every seat of the room "${room}" is taken: try again later or use another room`);
  if (reason === 'access-denied' && denial !== undefined)
    return new SnapError(reason, `the daemon at ${server} is private: ${denial}`);
  if (reason !== undefined && reason !== 'left')
    return new SnapError(errorCodeOf(reason), `the daemon ended the connection: ${CLOSES[reason].meaning}`);
  return new SnapError(
    'daemon-unreachable',
    `no snap-share daemon reached at ${server} (${problem ?? 'the connection ended'}): is "snap-share serve" running there?`,
    { cause },
  );
}

/** What is at the address of a daemon and is none. */
export function strangeWords(server: string, problem: string): SnapError {
  return new SnapError('not-a-daemon', `${server} sent what no snap-share daemon sends (${problem})`);
}

function refusalText(refusal: Refusal, server: string, problem: string | undefined): string {
  switch (refusal) {
    case 'not-a-daemon':
      return `expected a snap-share daemon at ${server}, but ${problem ?? 'something else answered'}`;
    case 'certificate-refused':
      return `the certificate of ${server} was refused: ${problem ?? 'unknown'}`;
    case 'version-mismatch':
      return `the daemon at ${server} speaks another version of the protocol: use the same version of snap-share`;
    case 'origin-refused':
      return `the daemon at ${server} does not allow this origin: its owner can with --origin`;
    case 'too-many-connections':
      return `the daemon at ${server} has all the connections it takes: try again later`;
    case 'too-many-attempts':
      return `the daemon at ${server} looks at no more joins for a while: ${CLOSES[refusal].meaning}`;
    case 'shutting-down':
      return `the daemon at ${server} is being stopped or restarted: try again in a moment`;
  }
}
