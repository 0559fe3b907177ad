import { spawn } from 'node:child_process';
import type { CliContext } from './context.ts';
import type { CliEvent } from './events.ts';

/**
 * Runs the user's command for one stored photo; resolves when it has ended, however it did. What strangers chose (names) reaches it only through the environment,
 * never through the command line.
 */
export function runPhotoCommand(
  command: string,
  photo: Extract<CliEvent, { event: 'photo-received' }>,
  env: CliContext['env'],
  report: CliContext['report'],
): Promise<void> {
  const child = spawn(command, {
    shell: true,
    // Its output is no result of ours.
    stdio: ['ignore', 2, 2],
    env: {
      ...env,
      SNAP_SHARE_PATH: photo.path ?? '',
      SNAP_SHARE_PEER: photo.peer,
      SNAP_SHARE_FROM: photo.from,
      SNAP_SHARE_TYPE: photo.type,
      SNAP_SHARE_BYTES: String(photo.bytes),
      SNAP_SHARE_SHA256: photo.sha256,
    },
  });
  const warn = (message: string): void => report({ event: 'warning', code: 'on-photo-failed', message });
  return new Promise((resolve) => {
    child.on('error', (error) => {
      warn(`the --on-photo command could not be started: ${error.message}`);
      resolve();
    });
    child.on('exit', (code, signal) => {
      if (code !== 0) warn(`the --on-photo command ended with ${code === null ? String(signal) : `exit code ${code}`}`);
      resolve();
    });
  });
}
