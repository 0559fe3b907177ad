import { useSignal } from '@preact/signals';
import type { JSX, TargetedSubmitEvent } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { toSnapError, type SnapError } from '../protocol/errors.ts';
import { checkAccess } from '../protocol/room-address.ts';
import { NoticePage } from './notice-page.tsx';
import type { Session } from './session.ts';

const STORED = 'snap-share access';

/** Why a private daemon does not let this page in, and what to do about it. A part that is loaded late. */
export function PrivateDoor(props: { readonly session: Session; readonly error: SnapError }): JSX.Element {
  return props.error.code === 'access-denied' ? <AskForAccess {...props} /> : <TooManyAttempts {...props} />;
}

/**
 * Asks for a key or token. It is kept for this tab, so that neither a reload nor another room asks again, and stands in no link
 * that is passed on.
 */
function AskForAccess({ session, error }: { readonly session: Session; readonly error: SnapError }): JSX.Element {
  const kept = useMemo(() => keptFor(session), [error]);
  const problem = useSignal('');
  useEffect(() => {
    if (kept !== undefined) session.enter(kept);
  }, [kept]);
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const text = new FormData(event.currentTarget).get('access');
    try {
      const access = checkAccess(typeof text === 'string' ? text.trim() : '');
      keep(access);
      session.enter(access);
    } catch (cause) {
      problem.value = toSnapError(cause).message;
    }
  };
  if (kept !== undefined) return <NoticePage title="Joining…" busy children={null} />;
  return (
    <NoticePage title="This server is private">
      <p>
        A key or a token lets you in: whoever runs the server, or sent you the link to{' '}
        <b class="mono">{session.options.room}</b>, can give you one.
      </p>
      <form class="link-form" onSubmit={submit}>
        <label for="access">Key or token</label>
        <div class="row">
          <input
            id="access"
            name="access"
            type="password"
            required
            autocomplete="off"
            aria-describedby="access-problem"
          />
          <button type="submit" class="button primary">
            Join
          </button>
        </div>
        <p class="problem" id="access-problem" role="alert">
          {problem}
        </p>
      </form>
      <p class="quiet">{error.message}</p>
    </NoticePage>
  );
}

function TooManyAttempts({ session, error }: { readonly session: Session; readonly error: SnapError }): JSX.Element {
  const { retryAfterMs = 60_000 } = error;
  return (
    <NoticePage title="Too many attempts">
      <p>
        From your network too many keys or tokens were wrong. The server looks at the next one in{' '}
        {Math.ceil(retryAfterMs / 1_000)} s.
      </p>
      <div class="row">
        <button type="button" class="button primary" onClick={() => void session.join()}>
          Try again
        </button>
      </div>
    </NoticePage>
  );
}

/** What this tab has let in elsewhere; one that was refused is forgotten. */
function keptFor(session: Session): string | undefined {
  const kept = storage()?.getItem(STORED) ?? undefined;
  if (kept !== session.entered) return kept;
  storage()?.removeItem(STORED);
  return undefined;
}

function keep(access: string): void {
  try {
    storage()?.setItem(STORED, access);
  } catch {
    // Full or forbidden: it lasts as long as the page.
  }
}

/** Reading it throws where a browser was told to keep nothing. */
function storage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
