/** Every bound of this folder, each with its reason. */
export const LIMITS = {
  /** Bytes. A 50-megapixel camera JPEG is about 25 MB; a larger file is a mistake or an attack. */
  inputBytes: 64 * 1024 * 1024,
  /** Pixels. The largest phone sensors in wide use, and at most 200 MB once decoded to RGBA. */
  pixels: 50_000_000,
  /** A picture in the shape of a thread passes the pixel limit and still upsets viewers: 2^15 is where they overflow. */
  edgePx: 32_767,
  /** The time one decode may take. A phone photo takes a tenth of it on a slow single-board computer. */
  decodeMs: 5_000,
  /** Encoding is our own choice of pixels and effort, so it only needs an end: AVIF is slow on small computers. */
  encodeMs: 30_000,
  /** Pictures above this size are decoded one at a time, so that many hostile ones cannot add up their memory. */
  alonePixels: 12_000_000,
  /** RGBA plus one: CMYK with alpha. More channels only multiply the memory. */
  channels: 5,

  /** What fits a large phone screen at double density, and most laptops. */
  maxEdgePx: 1_600,
  /** Bytes. About a second over a poor mobile uplink; a 1,600 px photo at good quality fits in nearly always. */
  maxBytes: 300_000,
  /** Below this a picture is no longer one; the budget is then refused instead. */
  minEdgePx: 64,
  /** Each smaller size is at most this fraction of the one before, so that the search ends after a few steps… */
  shrinkAtMost: 0.85,
  /** …and at least this fraction, because the estimate of the size that would fit is poor when it is far away. */
  shrinkAtLeast: 0.4,

  /** Time for a camera to open, warm up and deliver. fswebcam itself waits 10 s for a frame before it gives up. */
  captureMs: 15_000,
  /** Half a second of a 30 Hz camera: the time most need to settle their exposure. */
  skipFrames: 15,
  /** More would only make a camera that is stuck look slow. */
  maxSkipFrames: 300,
  /** HD: what nearly every webcam can do; fswebcam takes the nearest size the camera has. */
  captureWidthPx: 1_280,
  captureHeightPx: 720,
  captureMinEdgePx: 16,
  captureMaxEdgePx: 7_680,
  /** Of 100. The frame is compressed again afterwards, so losing little here matters more than its size. */
  captureQuality: 95,
  /** Mean brightness, 0–255, under which a frame is taken for one from before the exposure settled. */
  darkMean: 10,
  /** Dark frames may be the truth (night, a covered lens): the last one is accepted. */
  darkRetries: 2,
  /** Bytes of a camera tool's output that are kept to find out what failed. */
  toolOutputBytes: 32 * 1024,

  /** Smaller and the time is not legible, larger and drawing takes seconds. */
  patternMinEdgePx: 160,
  patternMaxEdgePx: 4_096,
} as const;
