import { stripVTControlCharacters } from 'node:util';
import { absent, badDevice, noPermission } from './camera-device.ts';
import { ImageError } from './errors.ts';

/**
 * Why a capture left no picture, from what the tool printed: fswebcam ends with 0 whatever happens, so its text is all
 * there is. It runs with LC_ALL=C, hence the fixed wording of the C library's errors.
 */
export function cameraTrouble(device: string, output: string): ImageError {
  const cause = new Error(readable(output) || 'The camera tool printed nothing.');
  const options = { cause };
  if (/device or resource busy/i.test(output)) {
    return new ImageError(
      'camera-busy',
      `The camera ${device} is in use by another program. Close that (a browser tab, a call), or name another with --camera.`,
      options,
    );
  }
  if (/permission denied|operation not permitted/i.test(output)) return noPermission(device, options);
  if (/timed out waiting for frame|no frames captured/i.test(output))
    return hung(device, 'it delivers no frames', options);
  if (/no such (file|device)/i.test(output)) return absent(`There is no camera ${device}.`, options);
  if (/unable to find a source module|not a v4l2? device/i.test(output)) {
    return badDevice(device, 'the camera tool cannot take pictures from it', options);
  }
  if (/(fswebcam|imagesnap)['"]?: (command )?not found/i.test(output)) {
    return new ImageError(
      'camera-tool-missing',
      'The camera program is not in PATH. Install fswebcam (or imagesnap).',
      options,
    );
  }
  return new ImageError(
    'camera-failed',
    `The camera ${device} delivered no picture (${lastLine(cause.message)}). Try again, or name another with --camera.`,
    options,
  );
}

export const hung = (device: string, why: string, options?: { cause: unknown }): ImageError =>
  new ImageError(
    'camera-hung',
    `The camera ${device} does not answer: ${why}. Unplug it and plug it in again, or name another with --camera.`,
    options,
  );

// fswebcam colours its output even when no terminal reads it; a hostile tool or driver could write worse.
const readable = (output: string): string =>
  stripVTControlCharacters(output)
    .replaceAll(/[^\P{Cc}\n]/gu, '')
    .trim();

const lastLine = (text: string): string => (text.split('\n').at(-1) ?? '').slice(0, 160);
