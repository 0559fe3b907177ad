import type { JSX } from 'preact';
import { LinkForm } from './link-form.tsx';
import { NoticePage } from './notice-page.tsx';
import { makeRoom } from './page-state.ts';

export function BrokenLink({ problem }: { readonly problem: string }): JSX.Element {
  return (
    <NoticePage title="This link is not whole">
      <p>Something got lost on its way here. Ask for it again and open all of it, up to the last character.</p>
      <p class="quiet">{problem}</p>
      <LinkForm />
      <button type="button" class="button" onClick={makeRoom}>
        Start a new room instead
      </button>
    </NoticePage>
  );
}
