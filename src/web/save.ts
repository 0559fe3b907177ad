import { FILE_EXTENSIONS } from '../protocol/control.ts';
import type { ReceivedPhoto } from './room-view.ts';

/** A file name of our own; of the sender's only letters and digits. */
export function saveName(
  { from, sha256, mediaType }: Pick<ReceivedPhoto, 'from' | 'sha256' | 'mediaType'>,
  room: string,
): string {
  const who = from
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 24);
  return `${[room, who, sha256.slice(0, 8)].filter((part) => part !== '').join('-')}.${FILE_EXTENSIONS[mediaType]}`;
}

export function savePhotos(photos: readonly ReceivedPhoto[], room: string): void {
  for (const photo of photos) {
    const link = document.createElement('a');
    link.href = photo.url;
    link.download = saveName(photo, room);
    link.click();
  }
}
