import { useSignal } from '@preact/signals';
import type { JSX, TargetedSubmitEvent } from 'preact';
import { LIMITS } from '../protocol/limits.ts';
import { displayText } from '../protocol/names.ts';
import { ownName, rename } from './page-state.ts';

/** How the others see us, and a way to change it. */
export function NameTag(): JSX.Element {
  const editing = useSignal(false);
  if (!editing.value)
    return (
      <button type="button" class="name-tag" onClick={() => (editing.value = true)}>
        <span class="quiet">You are</span> <bdi>{ownName}</bdi>
        <span class="unseen">, change your name</span>
      </button>
    );
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const raw = new FormData(event.currentTarget).get('name');
    const name = displayText(typeof raw === 'string' ? raw : '');
    editing.value = false;
    if (name !== '' && name !== ownName.value) rename(name);
  };
  return (
    <form class="name-tag row" onSubmit={submit}>
      <label class="unseen" for="name">
        Your name
      </label>
      <input
        id="name"
        name="name"
        dir="auto"
        required
        autocomplete="nickname"
        maxLength={LIMITS.displayNameLength}
        defaultValue={ownName.value}
        ref={(input) => input?.select()}
        onKeyDown={(event) => {
          if (event.key === 'Escape') editing.value = false;
        }}
      />
      <button type="submit" class="button">
        Rejoin
      </button>
    </form>
  );
}
