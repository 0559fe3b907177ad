/**
 * What can go wrong with a picture or a camera. Callers switch on the code, never on the text; the text is one line for
 * the person at the terminal: what was expected, what came, what to do next.
 */
export type ImageErrorCode =
  | 'image-unreadable'
  | 'image-too-large'
  | 'image-unsupported'
  | 'image-timeout'
  | 'codec-missing'
  | 'file-missing'
  | 'file-is-directory'
  | 'file-no-permission'
  | 'file-not-regular'
  | 'file-empty'
  | 'file-unreadable'
  | 'camera-absent'
  | 'camera-busy'
  | 'camera-no-permission'
  | 'camera-hung'
  | 'camera-tool-missing'
  | 'camera-failed'
  | 'camera-bad-device';

export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** A path or device as it may be shown in one line of a terminal: quoted, with control characters escaped. */
export const shown = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
