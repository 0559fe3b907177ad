import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatRoomLink } from '../protocol/room-address.ts';
import { Icon } from './icons.tsx';
import { wallLink } from './page-address.ts';
import { QrCode } from './qr-code.tsx';
import type { SessionOptions } from './session.ts';

const COPIED_MS = 2_500;

/** The room's link, as text, button and QR code; folded away once somebody is here. */
export function Invite(props: { readonly options: SessionOptions; readonly open: boolean }): JSX.Element {
  const link = formatRoomLink(props.options);
  const field = useRef<HTMLInputElement>(null);
  const copied = useSignal(0);
  useEffect(() => {
    if (copied.value === 0) return;
    const timer = setTimeout(() => (copied.value = 0), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied.value]);
  const copy = async (): Promise<void> => {
    if (await copyText(link, field.current)) copied.value += 1;
  };
  return (
    <details class="sheet invite" open={props.open}>
      <summary>
        <h2>Bring somebody in</h2>
      </summary>
      <div class="invite-body">
        <QrCode text={link} label="QR code of the room’s link" />
        <div class="invite-text">
          <label for="invite-link">Whoever has this link is in:</label>
          <input
            id="invite-link"
            class="mono"
            readOnly
            value={link}
            ref={field}
            onFocus={(event) => event.currentTarget.select()}
          />
          <button type="button" class="button" onClick={() => void copy()}>
            <Icon name={copied.value > 0 ? 'check' : 'copy'} />
            <span aria-live="polite">{copied.value > 0 ? 'Link copied' : 'Copy link'}</span>
          </button>
          <p class="quiet">
            For a big screen there is a{' '}
            <a href={wallLink(props.options)} target="_blank" rel="noopener">
              photo wall
            </a>
            . It takes a seat.
          </p>
          <p class="quiet">
            {props.options.secret === undefined
              ? 'This room has no key. Compare the words on each tile to know that nobody is in between.'
              : 'The part behind the # is the key. The server never sees it.'}
          </p>
        </div>
      </div>
    </details>
  );
}

/** Pages that came over plain http have no clipboard: there the old way still works. */
async function copyText(text: string, field: HTMLInputElement | null): Promise<boolean> {
  const clipboard = navigator.clipboard as Clipboard | undefined;
  try {
    if (clipboard !== undefined) {
      await clipboard.writeText(text);
      return true;
    }
  } catch {
    // Not allowed here.
  }
  field?.select();
  return document.execCommand('copy');
}
