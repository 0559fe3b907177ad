import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { Icon } from './icons.tsx';
import { latestPerPeer, type ReceivedPhoto, type RoomView } from './room-view.ts';
import { saveName, savePhotos } from './save.ts';
import type { Viewed } from './viewer.tsx';

interface Props {
  readonly view: RoomView;
  readonly room: string;
  /** The address of the wall view. */
  readonly wall: string;
  readonly viewed: Signal<Viewed | undefined>;
}

/** The latest of everybody large, and a strip of all. */
export function ReceivedPhotos({ view, room, wall, viewed }: Props): JSX.Element {
  const { received } = view;
  const latest = latestPerPeer(received);
  const open = ({ sha256, peer }: ReceivedPhoto): void => {
    viewed.value = { sha256, peer };
  };
  return (
    <section class="photos" aria-labelledby="photos">
      <div class="row spread">
        <h2 id="photos">Photos</h2>
        <div class="row">
          {received.length > 1 && (
            <button type="button" class="button small" onClick={() => savePhotos(received, room)}>
              <Icon name="save" />
              Save all {received.length}
            </button>
          )}
          <a class="button small" href={wall} target="_blank" rel="noopener">
            <Icon name="wall" />
            Wall<span class="unseen"> view, in a tab of its own that takes a seat</span>
          </a>
        </div>
      </div>
      {received.length === 0 && (
        <p class="empty">
          {view.peers.some(({ link }) => link.state === 'connected')
            ? 'Nothing yet. What the others send appears here.'
            : 'What the others send appears here. Bring somebody in with the link.'}
        </p>
      )}
      <ul class={latest.length === 1 ? 'latest single' : 'latest'}>
        {latest.map((photo) => (
          <li class="print" key={`${photo.peer} ${photo.sha256}`}>
            <button type="button" class="print-picture" onClick={() => open(photo)}>
              <img
                src={photo.url}
                width={photo.width}
                height={photo.height}
                alt={`The latest photo from ${photo.from}`}
              />
              <span class="unseen">, show it large</span>
            </button>
            <div class="row spread">
              <bdi class="print-name">{photo.from}</bdi>
              <a class="button small" href={photo.url} download={saveName(photo, room)}>
                <Icon name="save" />
                Save<span class="unseen"> the photo from {photo.from}</span>
              </a>
            </div>
          </li>
        ))}
      </ul>
      {received.length > latest.length && (
        <>
          <h3 id="earlier">All of them</h3>
          <ul class="strip" aria-labelledby="earlier">
            {received.map((photo) => (
              <li key={`${photo.peer} ${photo.sha256}`}>
                <button type="button" onClick={() => open(photo)}>
                  <img src={photo.url} width={photo.width} height={photo.height} alt={`Photo from ${photo.from}`} />
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
