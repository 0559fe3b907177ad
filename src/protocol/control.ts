import * as v from 'valibot';
import { LIMITS } from './limits.ts';
import { displayText } from './names.ts';

/** The control messages inside sealed frames (PROTOCOL.md, "Control messages"). */

/** The number a sender gives to one transfer over one link; chunks carry it. */
const transfer = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(0xffff_ffff));
const byteCount = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(LIMITS.photoBytes));
const pixels = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(65_535));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 as 64 hexadecimal digits'));
const shortText = v.pipe(v.string(), v.maxLength(LIMITS.rawNameLength), v.transform(displayText));

export const photoHeader = v.object({
  /** Made by the sender, the same over every link and for every try. */
  photo: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{16}$/, 'expected a photo id: 16 characters of base64url')),
  mediaType: v.picklist(['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/gif', 'image/tiff']),
  bytes: v.pipe(byteCount, v.minValue(1)),
  width: pixels,
  height: pixels,
  sha256,
  /** For display only; never a path. */
  name: v.exactOptional(shortText),
});

export const controlMessage = v.variant('type', [
  v.object({ type: v.literal('photo'), transfer, ...photoHeader.entries }),
  v.object({ type: v.literal('photo-accept'), transfer, offset: byteCount }),
  v.object({
    type: v.literal('photo-refuse'),
    transfer,
    code: v.picklist(['too-large', 'unreadable', 'mismatch', 'storage', 'busy', 'not-wanted']),
    message: shortText,
  }),
  v.object({ type: v.literal('photo-receipt'), transfer, sha256, bytes: byteCount, stored: v.boolean() }),
  v.object({ type: v.literal('photo-cancel'), transfer }),
  v.object({ type: v.literal('heartbeat') }),
  v.object({ type: v.literal('bye') }),
]);

export type PhotoHeader = v.InferOutput<typeof photoHeader>;
export type MediaType = PhotoHeader['mediaType'];
export type ControlMessage = v.InferOutput<typeof controlMessage>;
export type RefusalCode = Extract<ControlMessage, { type: 'photo-refuse' }>['code'];

/** What a file of each type is called behind the dot. */
export const FILE_EXTENSIONS: Readonly<Record<MediaType, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/gif': 'gif',
  'image/tiff': 'tiff',
};
