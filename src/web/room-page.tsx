import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { DaemonBanner } from './daemon-banner.tsx';
import { DropTarget } from './drop-target.tsx';
import { Invite } from './invite.tsx';
import { NameTag } from './name-tag.tsx';
import { wallLink } from './page-address.ts';
import { outdated } from './page-state.ts';
import { People } from './people.tsx';
import { ReceivedPhotos } from './received-photos.tsx';
import { SentPhotos } from './sent-photos.tsx';
import type { Session } from './session.ts';
import { SnapPanel } from './snap-panel.tsx';
import { Viewer, type Viewed } from './viewer.tsx';

export function RoomPage({ session }: { readonly session: Session }): JSX.Element {
  const { studio } = session;
  const viewed = useSignal<Viewed | undefined>(undefined);
  const view = session.view.value;
  const alone = view.peers.every(({ link }) => link.state === 'left');
  const isQuiet = alone && view.received.length === 0;
  return (
    <div class="room-page">
      <header class="bar">
        <a class="brand" href="/">
          snap·share
        </a>
        <h1 class="mono" dir="auto">
          {session.options.room}
        </h1>
        <NameTag />
      </header>
      <DaemonBanner daemon={view.daemon} />
      {outdated.value && (
        <p class="banner row" role="status">
          The server was updated, and this page is older.
          <button type="button" class="button small" onClick={() => location.reload()}>
            Reload
          </button>
        </p>
      )}
      <main class={isQuiet ? 'room alone' : 'room'}>
        <SnapPanel studio={studio} session={session} />
        {!isQuiet && (
          <ReceivedPhotos view={view} room={session.options.room} wall={wallLink(session.options)} viewed={viewed} />
        )}
        <div class="side">
          <People view={view} />
          <Invite options={session.options} open={alone} />
          <SentPhotos view={view} onRetry={(photo, peer) => session.retry(photo, peer)} />
        </div>
      </main>
      <Viewer photos={view.received} room={session.options.room} viewed={viewed} />
      <DropTarget onFile={(file) => void studio.takeFile(file)} />
      <p class="unseen" aria-live="polite" key="announcement">
        <span key={view.announcement.number}>{view.announcement.text}</span>
      </p>
    </div>
  );
}
