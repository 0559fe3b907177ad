/** Put in by the build (vite.config.ts). */
declare const SNAP_SHARE_VERSION: string;

/** Of the snap-share that this page belongs to. */
export const PAGE_VERSION = SNAP_SHARE_VERSION;

const KEY = 'snap-share reloaded for';

/** True once in this tab for each version: whoever hears it loads the page anew, and no loop can come of it. */
export function mayReloadFor(version: string): boolean {
  try {
    if (sessionStorage.getItem(KEY) === version) return false;
    sessionStorage.setItem(KEY, version);
    return true;
  } catch {
    // Without a memory it might be done again and again.
    return false;
  }
}
