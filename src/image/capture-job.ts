/** What the capturing process is told. Every value ends in a shell command: see camera-device.ts for what may be in it. */
export interface CaptureJob {
  readonly device: string | false;
  readonly width: number;
  readonly height: number;
  readonly quality: number;
  readonly skipFrames: number;
}

/** The frame's name in the process's working directory, so that no path of ours ever reaches the shell. */
export const FRAME_FILE = 'frame.jpg';
/** Where the picture of a `FILE:` camera is copied to, for the same reason. */
export const SOURCE_FILE = 'source';
