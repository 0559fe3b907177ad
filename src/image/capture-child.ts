/**
 * The process that takes one frame: the only file that imports node-webcam. It leads a process group of its own, in
 * which the camera tool runs too, and works in a private directory that it may delete when it is orphaned.
 */
import { rmdirSync, rmSync } from 'node:fs';
import NodeWebcam from 'node-webcam';
import { FRAME_FILE, SOURCE_FILE, type CaptureJob } from './capture-job.ts';

// The parent is gone without having ended us (killed, or crashed): leave no camera tool and no picture behind.
const onOrphaned = (): void => {
  try {
    for (const file of [FRAME_FILE, SOURCE_FILE]) rmSync(file, { force: true });
    rmdirSync(process.cwd());
  } finally {
    process.kill(-process.pid, 'SIGKILL');
  }
};
process.once('disconnect', onOrphaned);

process.once('message', (job: CaptureJob) => {
  const camera = NodeWebcam.create({
    device: job.device,
    width: job.width,
    height: job.height,
    quality: job.quality,
    output: 'jpeg',
    skip: job.skipFrames > 0 ? job.skipFrames : false,
    delay: 0,
    saveShots: false,
    callbackReturn: 'location',
    // Makes it print what the tool says: the only place where the reason of a failure can be found.
    verbose: true,
  });
  camera.capture(FRAME_FILE, (error) => {
    process.off('disconnect', onOrphaned);
    process.stdout.write(error === null ? '\n' : `\n${error.message}\n`, () => process.disconnect());
  });
});
