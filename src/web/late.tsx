import { signal } from '@preact/signals';
import type { ComponentType, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { NoticePage } from './notice-page.tsx';

/** A part that the daemon did not give is asked for again after this, ms. */
const AGAIN_MS = 4_000;

/** A part of the page that few get to see: it is loaded when it is to be shown for the first time. */
export function late<Props extends object>(load: () => Promise<ComponentType<Props>>): (props: Props) => JSX.Element {
  const part = signal<{ readonly Part: ComponentType<Props> } | undefined>(undefined);
  return function Late(props) {
    useEffect(() => {
      let timer: ReturnType<typeof setTimeout>;
      const attempt = (): void => {
        load().then(
          (Part) => (part.value = { Part }),
          () => (timer = setTimeout(attempt, AGAIN_MS)),
        );
      };
      if (part.value === undefined) attempt();
      return () => clearTimeout(timer);
    }, []);
    return part.value === undefined ? (
      <NoticePage title="Joining…" busy children={null} />
    ) : (
      <part.value.Part {...props} />
    );
  };
}
