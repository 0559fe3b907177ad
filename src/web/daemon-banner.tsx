import type { JSX } from 'preact';
import { offline } from './page-state.ts';
import type { RoomView } from './room-view.ts';

/** Said while there is no daemon. Photos go on without one, so it is no more than a line. */
export function DaemonBanner({ daemon }: Pick<RoomView, 'daemon'>): JSX.Element | null {
  const text = daemonText(daemon);
  return text === undefined ? null : (
    <p class="banner" role="status">
      <span class="pulse" aria-hidden="true" /> {text} Open connections go on.
    </p>
  );
}

/** Undefined while all is well. */
export function daemonText(daemon: RoomView['daemon']): string | undefined {
  // Known at once; that a connection leads nowhere is noticed much later.
  if (offline.value) return 'You are offline: reconnecting as soon as there is a network.';
  switch (daemon) {
    case 'here':
      return undefined;
    case 'stopped':
      return 'The server was stopped or is being restarted: reconnecting.';
    case 'unreachable':
      return 'The server is out of reach: reconnecting.';
  }
}
