import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { readableBytes } from './readable.ts';
import type { ReceivedPhoto } from './room-view.ts';
import { saveName } from './save.ts';

/** Which of the received photos is seen large. */
export interface Viewed {
  readonly peer: string;
  readonly sha256: string;
}

interface Props {
  readonly photos: readonly ReceivedPhoto[];
  readonly room: string;
  readonly viewed: Signal<Viewed | undefined>;
}

/** One photo on the whole screen; arrow keys go on, Escape goes back. */
export function Viewer({ photos, room, viewed }: Props): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const at = photos.findIndex(({ peer, sha256 }) => peer === viewed.value?.peer && sha256 === viewed.value.sha256);
  const photo = photos[at];
  const isOpen = photo !== undefined;
  // At once: a key may be pressed before the next frame.
  useLayoutEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  const close = (): void => {
    viewed.value = undefined;
  };
  const go = (step: number): void => {
    viewed.value = photos[at + step] ?? viewed.value;
  };
  return (
    <dialog
      class="viewer"
      ref={dialog}
      aria-label="Photo"
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClose={() => {
        // The browser closed it by itself. Told late: somebody may look at the next one by now.
        if (dialog.current?.open !== true) close();
      }}
      onKeyDown={(event) => {
        if (event.key === 'ArrowLeft') go(-1);
        if (event.key === 'ArrowRight') go(1);
      }}
    >
      {photo !== undefined && (
        <>
          <img src={photo.url} width={photo.width} height={photo.height} alt={`Photo from ${photo.from}`} />
          <div class="viewer-bar">
            <p>
              <bdi>{photo.from}</bdi>{' '}
              <span class="quiet">
                {photo.width} × {photo.height} · {readableBytes(photo.bytes)}
              </span>
            </p>
            <button type="button" class="button small" disabled={at <= 0} onClick={() => go(-1)}>
              <Icon name="back" />
              <span class="unseen">Newer</span>
            </button>
            <button type="button" class="button small" disabled={at + 1 >= photos.length} onClick={() => go(1)}>
              <Icon name="next" />
              <span class="unseen">Older</span>
            </button>
            <a class="button small" href={photo.url} download={saveName(photo, room)}>
              <Icon name="save" />
              Save
            </a>
            <button type="button" class="button small" onClick={close}>
              <Icon name="close" />
              Close
            </button>
          </div>
        </>
      )}
    </dialog>
  );
}
