import type { ComponentType, JSX } from 'preact';
import { late } from './late.tsx';
import { NoticePage } from './notice-page.tsx';
import { makeRoom, offline } from './page-state.ts';
import type { Session } from './session.ts';

const PrivateDoor = late(() => import('./private-door.tsx').then(({ PrivateDoor }) => PrivateDoor));

interface Props {
  readonly session: Session;
  readonly view: ComponentType<{ readonly session: Session }>;
}

/** The room, or why we are not in it. What was received is there again as soon as we are back. */
export function JoinGate({ session, view: View }: Props): JSX.Element {
  const phase = session.phase.value;
  const again = (
    <button type="button" class="button primary" onClick={() => void session.join()}>
      Try again
    </button>
  );
  const another = (
    <button type="button" class="button" onClick={makeRoom}>
      Start a new room
    </button>
  );
  switch (phase.type) {
    case 'joined':
      return <View session={session} />;
    case 'joining':
      // Back in a moment, with everything that is on the page.
      if (phase.again) return <View session={session} />;
      return (
        <NoticePage title="Joining…" busy>
          <p class="mono">{session.options.room}</p>
        </NoticePage>
      );
    case 'full':
      return (
        <NoticePage title="This room is full">
          <p>Every seat is taken. Somebody may leave, or you start a room of your own and send its link around.</p>
          <div class="row">
            {again}
            {another}
          </div>
        </NoticePage>
      );
    case 'unreachable':
      return (
        <NoticePage title={offline.value ? 'You are offline' : 'The server does not answer'} busy>
          <p>
            {offline.value
              ? 'This device has no network. Connect it: this page goes on by itself.'
              : 'Your network may be down, or the server is being restarted. This page keeps trying by itself.'}
          </p>
          <div class="row">{again}</div>
        </NoticePage>
      );
    case 'private':
      return <PrivateDoor session={session} error={phase.error} />;
    case 'refused':
      return (
        <NoticePage title="The server let go of this page">
          <p>
            {phase.error.code === 'superseded'
              ? 'Your seat was taken by a newer connection.'
              : 'A reload may help, if this page is older than the server.'}
          </p>
          <p class="quiet">{phase.error.message}</p>
          <div class="row">
            {again}
            {another}
          </div>
        </NoticePage>
      );
  }
}
