import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { formatRoomLink } from '../protocol/room-address.ts';
import { daemonText } from './daemon-banner.tsx';
import { Icon } from './icons.tsx';
import { QrCode } from './qr-code.tsx';
import type { ReceivedPhoto, RoomView } from './room-view.ts';
import type { Session } from './session.ts';

/** How long each photo is seen, ms. */
const SLIDE_MS = 6_000;

/** For a big screen: the room's photos one after the other, a new one at once, and a code to add one's own. */
export function WallPage({ session }: { readonly session: Session }): JSX.Element {
  const view = session.view.value;
  const { received } = view;
  const shown = useSignal<Pick<ReceivedPhoto, 'peer' | 'sha256'> | undefined>(undefined);
  const paused = useSignal(false);
  const at = received.findIndex(({ peer, sha256 }) => peer === shown.value?.peer && sha256 === shown.value.sha256);
  const photo = received[at] ?? received[0];
  const [newest] = received;
  useEffect(() => {
    shown.value = newest;
  }, [newest]);
  const go = (step: number): void => {
    shown.value = received.at((Math.max(0, at) + step) % received.length);
  };
  useEffect(() => {
    if (paused.value || received.length < 2) return;
    const timer = setTimeout(() => go(1), SLIDE_MS);
    return () => clearTimeout(timer);
  }, [paused.value, photo, received.length]);
  const link = formatRoomLink(session.options);
  return (
    <main
      class={photo === undefined ? 'wall empty-wall' : 'wall'}
      onKeyDown={(event) => {
        if (event.key === 'ArrowLeft') go(-1);
        if (event.key === 'ArrowRight') go(1);
      }}
    >
      <h1 class="unseen">
        Photo wall of the room <bdi>{session.options.room}</bdi>
      </h1>
      {photo !== undefined && (
        <figure key={`${photo.peer} ${photo.sha256}`}>
          <img src={photo.url} width={photo.width} height={photo.height} alt={`Photo from ${photo.from}`} />
          <figcaption>
            <bdi>{photo.from}</bdi>
          </figcaption>
        </figure>
      )}
      <aside class="wall-invite">
        <QrCode text={link} label="QR code of the room’s link" />
        <p>
          <b>Add your photo</b>
          <span>{photo === undefined ? 'It appears on this wall.' : status(view)}</span>
        </p>
      </aside>
      <div class="wall-bar row">
        {received.length > 1 && (
          <button type="button" class="button small" onClick={() => (paused.value = !paused.value)}>
            <Icon name={paused.value ? 'play' : 'pause'} />
            {paused.value ? 'Go on' : 'Pause'}
          </button>
        )}
        {document.fullscreenEnabled && (
          <button type="button" class="button small" onClick={() => void toggleFullScreen()}>
            <Icon name="wall" />
            Full screen
          </button>
        )}
        <a class="button small" href={link}>
          <Icon name="back" />
          The room
        </a>
      </div>
      {photo === undefined && <p class="wall-status">{status(view)}</p>}
      <p class="unseen" aria-live="polite">
        <span key={view.announcement.number}>{view.announcement.text}</span>
      </p>
    </main>
  );
}

function status(view: RoomView): string {
  const trouble = daemonText(view.daemon);
  if (trouble !== undefined) return trouble;
  const unsafe = view.peers.find(({ link, trust }) => link.state === 'connected' && trust?.verified === false);
  if (unsafe?.trust?.verified === false) return `Not verified: compare ${unsafe.trust.words.join(' ')}`;
  const others = view.peers.filter(({ link }) => link.state !== 'left').length;
  return others === 0 ? 'Nobody is here yet.' : `${others} ${others === 1 ? 'other is' : 'others are'} here.`;
}

async function toggleFullScreen(): Promise<void> {
  try {
    await (document.fullscreenElement === null
      ? document.documentElement.requestFullscreen()
      : document.exitFullscreen());
  } catch {
    // Not allowed here: the wall is as large as the window.
  }
}
