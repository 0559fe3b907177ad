import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { cameraTrouble } from './camera-trouble.ts';
import { Icon } from './icons.tsx';
import { LiveView } from './live-view.tsx';
import type { Session } from './session.ts';
import type { Studio } from './studio.ts';

interface Props {
  readonly studio: Studio;
  readonly session: Session;
}

/** Making a snap and sending it. */
export function SnapPanel({ studio, session }: Props): JSX.Element {
  const phase = studio.phase.value;
  const panel = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  // The button that was pressed is gone: the keyboard goes on with the next one.
  useEffect(() => {
    if (!isFirst.current && document.activeElement === document.body)
      panel.current?.querySelector<HTMLElement>('.primary')?.focus();
    isFirst.current = false;
  }, [phase.type]);
  return (
    <section class="snap sheet" ref={panel} aria-labelledby="snap">
      <h2 id="snap">Send a photo</h2>
      {content()}
    </section>
  );

  function content(): JSX.Element {
    switch (phase.type) {
      case 'choosing':
        return (
          <>
            <p class="problem" role="alert">
              {phase.problem}
            </p>
            <Choice studio={studio} label="Use the camera" />
            <p class="quiet">
              The camera is on only while you see its picture, and nothing leaves this page before you press Send. You
              can also drop or paste a picture anywhere here.
            </p>
          </>
        );
      case 'asking':
        return (
          <div class="frame" role="status">
            <p>
              <span class="pulse" aria-hidden="true" /> Your browser asks whether this page may use the camera.
            </p>
            <button type="button" class="button small primary" onClick={() => studio.cancel()}>
              Cancel
            </button>
          </div>
        );
      case 'live':
        return <LiveView studio={studio} camera={phase.camera} count={phase.count} />;
      case 'working':
        return (
          <div class="frame" role="status">
            <p>
              <span class="pulse" aria-hidden="true" /> Making it small, and removing what nobody needs to know…
            </p>
          </div>
        );
      case 'trouble': {
        const { title, fix } = cameraTrouble(phase.name);
        return (
          <>
            <div class="trouble" role="alert">
              <h3>{title}</h3>
              <p>{fix}</p>
            </div>
            <Choice
              studio={studio}
              label={phase.name === 'OverconstrainedError' ? 'Use the other camera' : 'Try again'}
            />
          </>
        );
      }
      case 'review': {
        const send = (): void => {
          const draft = studio.release();
          if (draft !== undefined) session.share(draft);
        };
        return (
          <>
            <div class="frame filled">
              <img
                src={phase.draft.url}
                width={phase.draft.width}
                height={phase.draft.height}
                alt="Your photo, not sent yet"
              />
              {phase.by === 'camera' && <span class="flash" aria-hidden="true" />}
            </div>
            <p class="note" role="status">
              {phase.draft.note}
            </p>
            <div class="row">
              <button type="button" class="button primary" onClick={send}>
                Send
              </button>
              {phase.by === 'camera' && (
                <button type="button" class="button" onClick={() => void studio.open()}>
                  Retake
                </button>
              )}
              <button type="button" class="button" onClick={() => studio.cancel()}>
                Discard
              </button>
            </div>
          </>
        );
      }
    }
  }
}

/** Camera and file, side by side and equal. */
function Choice({ studio, label }: { readonly studio: Studio; readonly label: string }): JSX.Element {
  const file = useRef<HTMLInputElement>(null);
  return (
    <div class="choice">
      <button type="button" class="button primary" onClick={() => void studio.open()}>
        <Icon name="camera" />
        {label}
      </button>
      <button type="button" class="button primary" onClick={() => file.current?.click()}>
        <Icon name="picture" />
        Choose a file
      </button>
      <input
        class="unseen"
        type="file"
        accept="image/*"
        tabIndex={-1}
        aria-label="Picture to send"
        aria-hidden="true"
        ref={file}
        onChange={(event) => {
          const [chosen] = event.currentTarget.files ?? [];
          if (chosen !== undefined) void studio.takeFile(chosen);
        }}
      />
    </div>
  );
}
