import { SnapError } from '../protocol/errors.ts';

/**
 * Loads a part of the program that is seldom needed. For a page it comes from the daemon, which may be gone by now.
 * @throws SnapError `daemon-unreachable`
 */
export async function loadPart<Part>(load: () => Promise<Part>): Promise<Part> {
  try {
    return await load();
  } catch (cause) {
    throw new SnapError(
      'daemon-unreachable',
      'a part of snap-share could not be loaded; a page gets it from the daemon',
      { cause },
    );
  }
}
