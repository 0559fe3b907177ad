/** Why there is no picture from a camera, and what a person can do about it. */
export interface CameraTrouble {
  readonly title: string;
  readonly fix: string;
}

/** The names of W3C mediacapture-streams, 10.2 (getUserMedia). */
export function cameraTrouble(name: string): CameraTrouble {
  switch (name) {
    case 'insecure':
      return {
        title: 'Cameras need a secure page',
        fix: 'This page came over plain http://, where browsers offer no camera. Open it with https://, or on this machine as http://localhost. Choosing a file works here, too.',
      };
    case 'unsupported':
      return { title: 'This browser has no camera access', fix: 'Choose a file, or open the link in another browser.' };
    case 'NotAllowedError':
    case 'SecurityError':
      return {
        title: 'The camera is blocked',
        fix: 'Allow it with the camera or lock sign beside the address (on a phone also in the system settings of the browser), then try again.',
      };
    case 'NotFoundError':
      return { title: 'No camera was found', fix: 'Plug one in or switch it on, then try again. Or choose a file.' };
    case 'NotReadableError':
    case 'AbortError':
      return {
        title: 'The camera is busy',
        fix: 'Another program or tab is using it, or it failed to start. Close that one, then try again.',
      };
    case 'OverconstrainedError':
      return {
        title: 'That camera is not there',
        fix: 'This device has none that says it faces that way. The other one still works.',
      };
    case 'ended':
      return { title: 'The camera went away', fix: 'It was unplugged or switched off. Connect it, then try again.' };
    default:
      return { title: 'The camera did not start', fix: `Try again, or choose a file. (${name})` };
  }
}
