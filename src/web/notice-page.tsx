import type { ComponentChildren, JSX } from 'preact';

/** A page that says one thing and offers a way on. */
export function NoticePage(props: {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly busy?: boolean;
}): JSX.Element {
  return (
    <main class="notice-page">
      <a class="brand" href="/">
        snap·share
      </a>
      <div class="sheet" role={props.busy === true ? 'status' : undefined}>
        {props.busy === true && <span class="pulse" aria-hidden="true" />}
        <h1>{props.title}</h1>
        {props.children}
      </div>
    </main>
  );
}
