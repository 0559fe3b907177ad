import { LIMITS } from './limits.ts';

/** Names a daemon and a peer may be given by strangers, reduced to what is safe to show. */

/**
 * Text for display: one line, no control or formatting characters (which could move a terminal's cursor, reverse the
 * reading direction or hide), Unicode NFC, at most `LIMITS.displayNameLength` code points. May be empty.
 */
export function displayText(raw: string): string {
  const clean = raw
    // Cc control, Cf format (bidi overrides, zero-width), Cs lone surrogates, Co private use, Zl/Zp line separators.
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, '')
    // After the removal, which may bring a letter and its accent together.
    .normalize('NFC')
    .replace(/\s+/gu, ' ')
    .trim();
  return Array.from(clean).slice(0, LIMITS.displayNameLength).join('').trim();
}

/** A room name as it stands in links, files and logs. */
export const ROOM_NAME = /^[A-Za-z0-9_-]{1,64}$/;
