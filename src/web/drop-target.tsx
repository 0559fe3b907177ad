import { useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';

/** The whole window takes a picture, by drop and by paste. */
export function DropTarget({ onFile }: { readonly onFile: (file: File) => void }): JSX.Element | null {
  const over = useSignal(false);
  useSignalEffect(() => {
    const listening = new AbortController();
    const { signal } = listening;
    addEventListener(
      'dragover',
      (event) => {
        if (event.dataTransfer?.types.includes('Files') !== true) return;
        event.preventDefault();
        over.value = true;
      },
      { signal },
    );
    addEventListener(
      'dragleave',
      (event) => {
        if (event.relatedTarget === null) over.value = false;
      },
      { signal },
    );
    addEventListener(
      'drop',
      (event) => {
        over.value = false;
        const [file] = event.dataTransfer?.files ?? [];
        if (file === undefined) return;
        // Otherwise the browser leaves the room to show the file.
        event.preventDefault();
        onFile(file);
      },
      { signal },
    );
    addEventListener(
      'paste',
      (event) => {
        const [file] = event.clipboardData?.files ?? [];
        if (file !== undefined) onFile(file);
      },
      { signal },
    );
    return () => listening.abort();
  });
  return over.value ? (
    <div class="drop" aria-hidden="true">
      <p>Let go to send this picture</p>
    </div>
  ) : null;
}
