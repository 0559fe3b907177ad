import type { JSX } from 'preact';
import { Icon, type IconName } from './icons.tsx';
import type { PeerView, RoomView } from './room-view.ts';
import { tileState } from './tile-state.ts';

const KINDS: Readonly<Record<PeerView['kind'], IconName>> = {
  browser: 'browser',
  terminal: 'terminal',
  camera: 'camera',
};

export function People({ view }: { readonly view: RoomView }): JSX.Element {
  const here = 1 + view.peers.filter(({ link }) => link.state !== 'left').length;
  return (
    <section class="people" aria-labelledby="people">
      <h2 id="people">
        In the room{' '}
        <span class="quiet">
          {here} of {view.capacity}
        </span>
      </h2>
      {view.peers.length === 0 ? (
        <p class="quiet">Just you so far.</p>
      ) : (
        <ul class="tiles">
          {view.peers.map((peer) => (
            <Tile key={peer.peer} view={view} peer={peer} />
          ))}
        </ul>
      )}
      {view.transport === 'sse' && <p class="quiet">This network blocks WebSockets: using event streams.</p>}
    </section>
  );
}

function Tile({ view, peer }: { readonly view: RoomView; readonly peer: PeerView }): JSX.Element {
  const state = tileState(view, peer);
  const trust = peer.link.state === 'connected' ? peer.trust : undefined;
  return (
    <li class={`tile ${state.tone}`}>
      <span class="tile-kind">
        <Icon name={KINDS[peer.kind]} />
        <span class="unseen">{peer.kind}</span>
      </span>
      <div class="tile-text">
        <p class="tile-name">
          <bdi>{peer.name === '' ? 'Somebody' : peer.name}</bdi>
          {trust?.verified === true && (
            <span class="verified">
              <Icon name="shield" />
              verified
            </span>
          )}
        </p>
        <p class="tile-state">{state.text}</p>
        {state.progress !== undefined && <progress value={state.progress} max={1} aria-label={state.text} />}
        {state.detail !== undefined && <p class="quiet">{state.detail}</p>}
        {trust?.verified === false && (
          <p class="words">
            <span class="quiet">Do they see the same words?</span> <b class="mono">{trust.words.join(' ')}</b>
          </p>
        )}
      </div>
    </li>
  );
}
