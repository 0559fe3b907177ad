import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseCamera, type Camera } from './camera-device.ts';
import { findCameraTool } from './camera-tool.ts';
import { cameraTrouble, hung } from './camera-trouble.ts';
import { FRAME_FILE, SOURCE_FILE } from './capture-job.ts';
import { untilBright } from './dark-frames.ts';
import { ImageError } from './errors.ts';
import { inspectImage } from './inspect.ts';
import { LIMITS } from './limits.ts';
import { readImageFile } from './read-file.ts';
import { runCapture } from './run-capture.ts';

export interface CaptureOptions {
  /** `/dev/video0`, `0`, a link under `/dev/v4l`, `TEST:` (colour bars) or `FILE:<picture>`; the first camera without. */
  readonly device?: string | undefined;
  /** Pixels; the camera takes the nearest size it has. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** Frames thrown away first, as a camera's first ones are dark. */
  readonly skipFrames?: number | undefined;
  /** For everything, retries included. */
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One frame as the camera tool wrote it, whole and decodable. Rejects with an `ImageError` (`camera-…`), or with the
 * signal's reason. Whatever happens, no process and no file of it stays behind.
 */
export async function captureFrame(options: CaptureOptions = {}): Promise<Uint8Array> {
  const { deadlineMs = LIMITS.captureMs, signal } = options;
  signal?.throwIfAborted();
  const camera = await chooseCamera(options.device, process.platform);
  await findCameraTool(process.platform, process.env['PATH'] ?? '');
  const isReal = camera.kind === 'real';
  const width = inRange('width', options.width ?? LIMITS.captureWidthPx, EDGE);
  const height = inRange('height', options.height ?? LIMITS.captureHeightPx, EDGE);
  const skip = inRange('skipFrames', options.skipFrames ?? (isReal ? LIMITS.skipFrames : 0), [0, LIMITS.maxSkipFrames]);

  const deadline = AbortSignal.timeout(deadlineMs);
  const either = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
  const capture = (skipFrames: number) => captureOnce(camera, { width, height, skipFrames }, either);
  try {
    return await (isReal ? untilBright(skip, capture) : capture(skip));
  } catch (cause) {
    signal?.throwIfAborted();
    if (deadline.aborted) throw hung(camera.name, `no picture within ${deadlineMs / 1_000} s`, { cause });
    if (cause instanceof ImageError) throw cause;
    throw new ImageError('camera-failed', 'The process that takes pictures did not run. Try again.', { cause });
  }
}

const EDGE = [LIMITS.captureMinEdgePx, LIMITS.captureMaxEdgePx] as const;

interface Shot {
  readonly width: number;
  readonly height: number;
  readonly skipFrames: number;
}

async function captureOnce(camera: Camera, shot: Shot, signal: AbortSignal): Promise<Uint8Array> {
  // mkdtemp makes it for this user only (0700).
  const folder = await mkdtemp(join(tmpdir(), 'snap-share-'));
  try {
    if (camera.source !== undefined) {
      // A copy: fswebcam never returns from a directory or a pipe, and no path of the user's belongs in a shell.
      await writeFile(join(folder, SOURCE_FILE), await readImageFile(camera.source, { signal }));
    }
    const job = { ...shot, device: camera.device, quality: LIMITS.captureQuality };
    const output = await runCapture(job, folder, signal);
    return await readFrame(join(folder, FRAME_FILE), camera.name, output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The tool claims success in any case: only a picture that decodes is one. */
async function readFrame(path: string, camera: string, output: string): Promise<Uint8Array> {
  const bytes = await readImageFile(path).catch((cause: unknown) => {
    if (cause instanceof ImageError && (cause.code === 'file-missing' || cause.code === 'file-empty')) {
      throw cameraTrouble(camera, output);
    }
    throw cause;
  });
  try {
    await inspectImage(bytes);
  } catch (cause) {
    throw new ImageError('camera-failed', `The camera ${camera} delivered a broken picture. Try again.`, { cause });
  }
  return bytes;
}

/** Numbers end in the shell command too. */
function inRange(name: string, value: number, [min, max]: readonly [number, number]): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new ImageError(
    'camera-bad-device',
    `Expected ${name} to be a whole number from ${min} to ${max}, but got ${value}.`,
  );
}
