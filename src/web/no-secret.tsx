import type { JSX } from 'preact';
import { LinkForm } from './link-form.tsx';
import { NoticePage } from './notice-page.tsx';
import { joinWithoutSecret } from './page-state.ts';

export function NoSecret({ room }: { readonly room: string }): JSX.Element {
  return (
    <NoticePage title="The key is missing">
      <p>
        The link to <strong class="mono">{room}</strong> came without its key, the part behind the #. Whoever made the
        room has the whole link: paste it here.
      </p>
      <LinkForm />
      <p class="quiet">
        A room without a key works, too: the connection is encrypted, and you compare four words to know that nobody is
        in between.
      </p>
      <button type="button" class="button" onClick={joinWithoutSecret}>
        Join without a key
      </button>
    </NoticePage>
  );
}
