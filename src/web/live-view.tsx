import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Camera } from './camera.ts';
import { Icon } from './icons.tsx';
import type { Studio } from './studio.ts';

interface Props {
  readonly studio: Studio;
  readonly camera: Camera;
  readonly count: number | undefined;
}

/** What the camera sees, and the countdown over it. */
export function LiveView({ studio, camera, count }: Props): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  useLayoutEffect(() => {
    if (video.current !== null) video.current.srcObject = camera.stream;
  }, [camera]);
  return (
    <>
      <div class="frame filled">
        <video
          class={camera.mirrored ? 'mirrored' : ''}
          ref={video}
          autoPlay
          playsInline
          muted
          aria-label="What the camera sees"
        />
        <p class="count" aria-live="assertive">
          {count}
        </p>
      </div>
      <div class="row">
        <button
          type="button"
          class="button primary"
          aria-disabled={count !== undefined}
          onClick={() => {
            if (video.current !== null) void studio.shoot(video.current);
          }}
        >
          <Icon name="camera" />
          {count === undefined ? 'Take the photo' : 'Smile…'}
        </button>
        <button type="button" class="button" onClick={() => void studio.flip()}>
          <Icon name="flip" />
          {studio.facing.value === 'user' ? 'Back camera' : 'Front camera'}
        </button>
        <button type="button" class="button" onClick={() => studio.cancel()}>
          Cancel
        </button>
      </div>
    </>
  );
}
