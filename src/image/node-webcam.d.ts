// node-webcam 0.8.2 has no types of its own. Only what we use.
declare module 'node-webcam' {
  interface Options {
    width: number;
    height: number;
    /** Of 100. */
    quality: number;
    output: 'jpeg';
    /** Seconds. */
    delay: number;
    skip: number | false;
    device: string | false;
    saveShots: boolean;
    callbackReturn: 'location';
    verbose: boolean;
  }
  interface Webcam {
    capture(location: string, callback: (error: Error | null) => void): void;
  }
  const NodeWebcam: { create(options: Options): Webcam };
  export = NodeWebcam;
}
