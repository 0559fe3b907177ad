import { constants } from 'node:fs';
import { access, readdir, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SOURCE_FILE } from './capture-job.ts';
import { ImageError, shown } from './errors.ts';

/** A camera as the tool may be told of it. */
export interface Camera {
  /** For messages. */
  readonly name: string;
  readonly kind: 'real' | 'synthetic' | 'file';
  /** Free of anything a shell could take for more than a word; false lets the tool choose. */
  readonly device: string | false;
  /** The picture that is read in place of a camera. */
  readonly source?: string;
}

/** The cameras of this machine, by number. Some of these nodes may carry a camera's metadata instead of pictures. */
export async function listCameras(folder = '/dev'): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => /^video\d{1,3}$/.test(name))
    .toSorted((a, b) => Number(a.slice(5)) - Number(b.slice(5)))
    .map((name) => `${folder}/${name}`);
}

/**
 * What the user calls a device, as something that is safe in node-webcam's shell command. Taken are `/dev/video0`, its
 * number, a link to it (`/dev/v4l/by-id/…`), and fswebcam's own `TEST:` and `FILE:<picture>`.
 */
export async function chooseCamera(wanted: string | undefined, platform: NodeJS.Platform): Promise<Camera> {
  if (platform !== 'linux') return chooseElsewhere(wanted);
  if (wanted === undefined) return chooseFirst();
  if (/^TEST:[A-Za-z0-9]{0,32}$/.test(wanted)) {
    return { kind: 'synthetic', name: wanted, device: wanted };
  }
  if (wanted.startsWith('FILE:') && wanted.length > 5) {
    return { kind: 'file', name: shown(wanted), device: `FILE:${SOURCE_FILE}`, source: resolve(wanted.slice(5)) };
  }
  const path = /^\d{1,3}$/.test(wanted) ? `/dev/video${wanted}` : wanted;
  if (!/^\/dev\/[\w:+.,/-]{1,200}$/.test(path)) throw badDevice(wanted, 'it is none of these');
  const device = await realpath(path).catch((cause: unknown) => {
    throw absent(`There is no camera ${path}.`, { cause });
  });
  if (!/^\/dev\/video\d{1,3}$/.test(device)) throw badDevice(wanted, 'it is another kind of device');
  await checkDeviceNode(device);
  return { kind: 'real', name: device, device };
}

/** Tells absent, wrong and forbidden apart, which the tool does not always. */
export async function checkDeviceNode(path: string): Promise<void> {
  const node = await stat(path).catch((cause: unknown) => {
    throw absent(`There is no camera ${path}.`, { cause });
  });
  if (!node.isCharacterDevice()) throw badDevice(path, 'it is not a device');
  await access(path, constants.R_OK | constants.W_OK).catch((cause: unknown) => {
    throw noPermission(path, { cause });
  });
}

export const absent = (what: string, options?: { cause: unknown }): ImageError =>
  new ImageError(
    'camera-absent',
    `${what} Plug one in, name another with --camera, or use --file or --test-pattern instead.`,
    options,
  );

export const noPermission = (device: string, options?: { cause: unknown }): ImageError =>
  new ImageError(
    'camera-no-permission',
    `You may not use the camera ${device}. Add yourself to its group (sudo usermod -aG video "$USER") and log in again.`,
    options,
  );

export const badDevice = (wanted: string, why: string, options?: { cause: unknown }): ImageError =>
  new ImageError(
    'camera-bad-device',
    `Expected a camera such as /dev/video0, 0, TEST: or FILE:<picture>, but got ${shown(wanted)}: ${why}.`,
    options,
  );

async function chooseFirst(): Promise<Camera> {
  const [first] = await listCameras();
  if (first === undefined) throw absent('Expected a camera at /dev/video0, but this machine has none.');
  await checkDeviceNode(first);
  return { kind: 'real', name: first, device: first };
}

/** imagesnap wants a camera's name, which node-webcam puts between single quotes. */
function chooseElsewhere(wanted: string | undefined): Camera {
  if (wanted === undefined) return { kind: 'real', name: 'of this computer', device: false };
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ()._-]{0,99}$/u.test(wanted)) {
    throw new ImageError(
      'camera-bad-device',
      `Expected a camera by its name without quotes, but got ${shown(wanted)}.`,
    );
  }
  return { kind: 'real', name: wanted, device: wanted };
}
