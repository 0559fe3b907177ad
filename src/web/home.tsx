import type { JSX } from 'preact';
import { Icon } from './icons.tsx';
import { makeRoom } from './page-state.ts';

export function Home(): JSX.Element {
  return (
    <main class="home">
      <div class="home-text">
        <p class="brand">snap·share</p>
        <h1>
          Photos, straight <em>across.</em>
        </h1>
        <p class="lead">
          From this browser to a friend’s, or to a terminal at the other end of the world. No account, no cloud in
          between.
        </p>
        <button type="button" class="button primary large" onClick={makeRoom}>
          Start a room
        </button>
        <ul class="promises">
          <li>
            <strong>Direct.</strong> Pictures travel from device to device; the server only introduces you.
          </li>
          <li>
            <strong>Locked.</strong> The key is in the link, behind the #, where no server ever sees it.
          </li>
          <li>
            <strong>Delivered means delivered.</strong> The tick comes after the other side has checked every byte.
          </li>
        </ul>
        <p class="quiet">
          Got a link? Open it, and you are in. In a terminal: <code>snap-share join &lt;link&gt;</code>
        </p>
      </div>
      <div class="prints" aria-hidden="true">
        <div class="print one">
          <Scene />
        </div>
        <div class="print two">
          <Icon name="terminal" />
        </div>
        <div class="print three">
          <Icon name="camera" />
        </div>
      </div>
    </main>
  );
}

/** Hills at dusk. */
function Scene(): JSX.Element {
  return (
    <svg viewBox="0 0 120 90" preserveAspectRatio="xMidYMid slice">
      <rect width="120" height="90" class="sky" />
      <circle cx="82" cy="38" r="13" class="sun" />
      <path d="M0 62q28-26 54-8t66-14v50H0z" class="hill far" />
      <path d="M0 76q34-22 64-8t56-10v32H0z" class="hill near" />
    </svg>
  );
}
