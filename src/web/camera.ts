export type Facing = 'user' | 'environment';

/** A camera whose light is on until `stop`. */
export interface Camera {
  readonly stream: MediaStream;
  /** A picture of oneself is expected as in a mirror. */
  readonly mirrored: boolean;
  stop(): void;
}

/**
 * Opens a camera, or says why not with a name that `cameraTrouble` knows. Unless it is `exact`, a camera that faces
 * another way, or does not say which, will do.
 */
export async function openCamera(
  facing: Facing,
  exact: boolean,
  onEnded: () => void,
): Promise<{ ok: true; camera: Camera } | { ok: false; trouble: string }> {
  if (!isSecureContext) return { ok: false, trouble: 'insecure' };
  // Absent in old browsers and in some that are built into other apps, whatever the types say.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) return { ok: false, trouble: 'unsupported' };
  let stream: MediaStream;
  try {
    stream = await devices.getUserMedia({
      audio: false,
      video: {
        facingMode: exact ? { exact: facing } : { ideal: facing },
        width: { ideal: 1_600 },
        height: { ideal: 1_200 },
      },
    });
  } catch (error) {
    return { ok: false, trouble: error instanceof Error ? error.name : 'unknown' };
  }
  const [track] = stream.getVideoTracks();
  // It may have gone on the way here, and does not tell twice.
  if (track?.readyState === 'ended') return { ok: false, trouble: 'ended' };
  track?.addEventListener('ended', onEnded, { once: true });
  return {
    ok: true,
    camera: {
      stream,
      // A webcam says nothing of where it faces: it faces its owner.
      mirrored: (track?.getSettings().facingMode ?? 'user') === 'user',
      stop() {
        track?.removeEventListener('ended', onEnded);
        for (const each of stream.getTracks()) each.stop();
      },
    },
  };
}
