import { computed, effect, signal } from '@preact/signals';
import { loadBrowserPorts } from '../peer/browser/ports.ts';
import { keepOwnName, readOwnName } from './own-name.ts';
import { makeRoomLink, readPageAddress, type PageAddress } from './page-address.ts';
import { mayReloadFor, PAGE_VERSION } from './page-version.ts';
import { isMoving } from './room-view.ts';
import { Session } from './session.ts';
import { TransferWakeLock } from './wake-lock.ts';

export const address = signal<PageAddress>({ type: 'home' });
/** The room we are in or on the way to; undefined at home, and before somebody chose to join without a secret. */
export const session = signal<Session | undefined>(undefined);
export const ownName = signal(readOwnName());
/** This device says that it has no network. One that claims to have one may still have none. */
export const offline = signal(!navigator.onLine);
/** The daemon is of another version than this page, and loading it anew by itself was not possible. */
export const outdated = signal(false);

/** Follows the browser's address from now on. */
export function startPage(): void {
  const wakeLock = new TransferWakeLock();
  const awake = computed(
    () => isWall(address.value) || (session.value !== undefined && isMoving(session.value.view.value)),
  );
  show();
  addEventListener('popstate', show);
  addEventListener('hashchange', show);
  // Others shall not wait for a time-out. The page may come back out of the browser's cache.
  addEventListener('pagehide', () => void session.value?.leave({ atOnce: true }));
  addEventListener('pageshow', (event) => {
    if (event.persisted) void session.value?.join();
  });
  for (const change of ['online', 'offline']) addEventListener(change, () => (offline.value = !navigator.onLine));
  addEventListener('online', () => session.value?.hurry());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible') return;
    session.value?.hurry();
    wakeLock.want(awake.value);
  });
  effect(() => wakeLock.want(awake.value));
}

export function makeRoom(): void {
  visit(makeRoomLink(new URL('/', location.href).href, (bytes) => crypto.getRandomValues(new Uint8Array(bytes))));
}

export function visit(href: string): void {
  history.pushState(null, '', href);
  show();
}

export function joinWithoutSecret(): void {
  if (address.value.type === 'room') open(address.value);
}

export function rename(name: string): void {
  ownName.value = name;
  keepOwnName(name);
  void session.value?.rename(name);
}

function show(): void {
  const next = readPageAddress(location.href);
  // `popstate` and `hashchange` both tell of a new secret in the same room.
  if (JSON.stringify(next) === JSON.stringify(address.value)) return;
  address.value = next;
  document.title = next.type === 'room' ? `${next.room} · snap-share` : 'snap-share';
  void session.value?.close();
  session.value = undefined;
  if (next.type === 'room' && next.secret !== undefined) open(next);
}

/**
 * A page of another version may not understand what is new: it is loaded anew, unless somebody would lose something. To a
 * wall everybody offers everything again.
 */
function compareVersions(daemonVersion: string): void {
  outdated.value = daemonVersion !== PAGE_VERSION;
  const isSafe = isWall(address.value) || session.value?.isUntouched === true;
  if (outdated.value && isSafe && mayReloadFor(daemonVersion)) location.reload();
}

function isWall(shown: PageAddress): boolean {
  return shown.type === 'room' && shown.wall === true;
}

function open({ wall, ...room }: Extract<PageAddress, { type: 'room' }>): void {
  const opened = new Session(room, wall === true ? 'Wall' : ownName.value, {
    loadPorts: loadBrowserPorts,
    onDaemonVersion: compareVersions,
  });
  session.value = opened;
  void opened.join();
}
