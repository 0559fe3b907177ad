import { bytesToHex } from '@noble/hashes/utils.js';
import { base64urlnopad as base64url } from '@scure/base';
import * as v from 'valibot';
import { photoHeader, type MediaType, type PhotoHeader } from '../protocol/control.ts';
import { SnapError } from '../protocol/errors.ts';
import { LIMITS } from '../protocol/limits.ts';
import { describeIssue } from '../protocol/signaling.ts';
import type { PeerCrypto } from './crypto.ts';

/** A picture that is ready to be shared: already checked, compressed and free of metadata. */
export interface PhotoInput {
  /** Must not change once it is shared: it is sent to whoever joins later, too. */
  readonly bytes: Uint8Array;
  readonly mediaType: MediaType;
  /** Pixels, upright. */
  readonly width: number;
  readonly height: number;
  /** Shown to people at the other end; never a path. */
  readonly name?: string;
  /** Of `bytes`, in hexadecimal, where it was computed before. With a wrong one nobody accepts the photo. */
  readonly sha256?: string;
}

/** A photo of ours: what is announced, and its bytes. */
export interface SharedPhoto {
  readonly header: PhotoHeader;
  readonly bytes: Uint8Array;
}

/** Where received photos go. It sees only photos that came complete and with the right SHA-256. */
export interface PhotoSink {
  /**
   * Checks that the bytes are the picture they claim to be, and keeps them. Resolves when they are safe: the receipt
   * goes out after that.
   * @throws SnapError `photo-refused` when it is no acceptable picture, `storage-failed` when it could not be kept
   */
  store(photo: PhotoHeader, bytes: Uint8Array, from: { peer: string; name: string }): Promise<StoredPhoto>;
}

export interface StoredPhoto {
  /** False when it was checked but is not kept. */
  readonly stored: boolean;
  readonly path?: string;
}

/** @throws SnapError `photo-too-large`; `usage` for what no peer would accept, such as a picture without bytes */
export function createSharedPhoto(input: PhotoInput, crypto: PeerCrypto): SharedPhoto {
  if (input.bytes.length > LIMITS.photoBytes)
    throw new SnapError(
      'photo-too-large',
      `expected a photo of at most ${LIMITS.photoBytes} bytes, got ${input.bytes.length}: let it be compressed`,
    );
  const header = v.safeParse(photoHeader, {
    photo: base64url.encode(crypto.randomBytes(12)),
    mediaType: input.mediaType,
    bytes: input.bytes.length,
    width: input.width,
    height: input.height,
    sha256: input.sha256 ?? bytesToHex(crypto.sha256(input.bytes)),
    ...(input.name === undefined ? {} : { name: input.name.slice(0, LIMITS.rawNameLength) }),
  } satisfies PhotoHeader);
  if (!header.success)
    throw new SnapError('usage', `expected a photo that can be shared: ${describeIssue(header.issues[0])}`);
  return { header: header.output, bytes: input.bytes };
}
