import { useSignal } from '@preact/signals';
import type { JSX, TargetedSubmitEvent } from 'preact';
import { visit } from './page-state.ts';
import { readPageAddress } from './page-address.ts';

/** For a whole link, pasted. */
export function LinkForm(): JSX.Element {
  const problem = useSignal('');
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const text = new FormData(event.currentTarget).get('link');
    const href = typeof text === 'string' ? text.trim() : '';
    const found = URL.canParse(href) ? readPageAddress(href) : undefined;
    if (found?.type !== 'room') problem.value = 'That is no room link. It looks like https://…/r/room#secret';
    else if (new URL(href).origin === location.origin) visit(href);
    else location.assign(href);
  };
  return (
    <form class="link-form" onSubmit={submit}>
      <label for="link">The whole link</label>
      <div class="row">
        <input id="link" name="link" type="url" required autocomplete="off" placeholder="https://…/r/room#secret" />
        <button type="submit" class="button primary">
          Open
        </button>
      </div>
      <p class="problem" role="alert">
        {problem}
      </p>
    </form>
  );
}
