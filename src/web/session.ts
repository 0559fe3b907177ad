import { signal, type ReadonlySignal } from '@preact/signals';
import type { PeerEvent } from '../peer/events.ts';
import { joinRoom, type Room, type RoomPorts } from '../peer/room.ts';
import { toSnapError, type SnapError } from '../protocol/errors.ts';
import type { Draft } from './draft.ts';
import { createReceivedPictures, type ReceivedPictures } from './received-pictures.ts';
import { droppedUrls, EMPTY_ROOM, reduceRoom, type RoomEvent, type RoomView } from './room-view.ts';

/** How far we are with the room of this page. */
export type Phase =
  | { readonly type: 'joining' }
  | { readonly type: 'joined' }
  | { readonly type: 'full' }
  /** No daemon; it is tried again by itself. */
  | { readonly type: 'unreachable' }
  /** The daemon does not want us, for a reason that waiting does not change. */
  | { readonly type: 'refused'; readonly error: SnapError };

export interface SessionOptions {
  readonly server: string;
  readonly room: string;
  readonly secret?: string;
}

/** A daemon that cannot be reached is tried again after this, ms. */
const AGAIN_MS = 4_000;

/** One room on this page, from joining to leaving. */
export class Session {
  readonly options: SessionOptions;
  readonly #ports: RoomPorts;
  readonly #pictures: ReceivedPictures = createReceivedPictures();
  readonly #phase = signal<Phase>({ type: 'joining' });
  readonly #view = signal<RoomView>(EMPTY_ROOM);
  readonly #drafts = new Map<string, Draft>();
  #room: Room | undefined;
  #joining: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #name: string;

  constructor(options: SessionOptions, name: string, ports: RoomPorts) {
    this.options = options;
    this.#name = name;
    this.#ports = ports;
  }

  get phase(): ReadonlySignal<Phase> {
    return this.#phase;
  }

  get view(): ReadonlySignal<RoomView> {
    return this.#view;
  }

  /** Joins, or tries again at once. Never rejects: how it went is the phase. */
  async join(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#room !== undefined || this.#joining !== undefined) return;
    const joining = new AbortController();
    this.#joining = joining;
    if (this.#phase.value.type !== 'unreachable') this.#phase.value = { type: 'joining' };
    // A new seat: nobody there has anything of ours, and nobody here is known.
    this.#drafts.clear();
    this.#set({ ...this.#view.value, peers: [], sent: [], daemonGone: false });
    const isOurs = (): boolean => this.#joining === joining;
    let seat: Room | undefined;
    try {
      const room = await joinRoom(
        {
          ...this.options,
          name: this.#name,
          kind: 'browser',
          sink: this.#pictures.sink,
          onEvent: (event) => {
            if (isOurs() || (seat !== undefined && this.#room === seat)) this.#receive(event);
          },
          signal: joining.signal,
        },
        this.#ports,
      );
      if (!isOurs()) {
        await room.leave();
        return;
      }
      seat = room;
      this.#room = room;
      this.#phase.value = { type: 'joined' };
    } catch (error) {
      if (isOurs()) this.#failed(toSnapError(error));
    } finally {
      if (isOurs()) this.#joining = undefined;
    }
  }

  /** The network is back or the page is seen again: no reason to wait any longer. */
  hurry(): void {
    if (this.#phase.value.type === 'unreachable') void this.join();
  }

  /** Gives the seat up; what was received stays on the page. */
  async leave(): Promise<void> {
    clearTimeout(this.#timer);
    this.#joining?.abort();
    this.#joining = undefined;
    const room = this.#room;
    this.#room = undefined;
    await room?.leave();
  }

  /** Everybody sees the name that we join with, so a new one takes a new seat. */
  async rename(name: string): Promise<void> {
    this.#name = name;
    await this.leave();
    this.#phase.value = { type: 'joining' };
    await this.join();
  }

  /** Sends a picture to everybody who is here or comes later. The session owns its object URL from now on. */
  share(draft: Draft): void {
    if (this.#room === undefined) throw new TypeError('expected to be in the room');
    const { photo, sha256 } = this.#room.share(photoOf(draft));
    this.#drafts.set(photo, draft);
    const { url, width, height, bytes } = draft;
    this.#dispatch({ type: 'shared', photo: { photo, sha256, url, width, height, bytes: bytes.length } });
  }

  /** Offers a photo once more to those who have not got it. */
  retry(before: string): void {
    const draft = this.#drafts.get(before);
    if (this.#room === undefined || draft === undefined) return;
    const { photo } = this.#room.share(photoOf(draft), { replaces: before });
    this.#drafts.delete(before);
    this.#drafts.set(photo, draft);
    this.#dispatch({ type: 'shared-again', before, photo });
  }

  /** Leaves, and lets go of every picture. */
  async close(): Promise<void> {
    await this.leave();
    this.#set(EMPTY_ROOM);
    this.#drafts.clear();
  }

  #failed(error: SnapError): void {
    if (error.code === 'room-full') this.#phase.value = { type: 'full' };
    else if (error.retryable) {
      this.#phase.value = { type: 'unreachable' };
      this.#timer = setTimeout(() => void this.join(), AGAIN_MS);
    } else this.#phase.value = { type: 'refused', error };
  }

  #receive(event: PeerEvent): void {
    if (event.type === 'ended') {
      this.#room = undefined;
      this.#failed(event.error);
      return;
    }
    if (event.type !== 'photo-received') {
      this.#dispatch(event);
      return;
    }
    const url = this.#pictures.take(event.peer, event.photo);
    if (url === undefined) return;
    const { photo, peer, from, mediaType, width, height, bytes, sha256 } = event;
    const shown = { photo, peer, from, url, mediaType, width, height, bytes, sha256 };
    this.#dispatch({ type: 'shown', photo: shown });
  }

  #dispatch(event: RoomEvent): void {
    this.#set(reduceRoom(this.#view.value, event));
  }

  #set(view: RoomView): void {
    const before = this.#view.value;
    this.#view.value = view;
    for (const url of droppedUrls(before, view)) URL.revokeObjectURL(url);
    const shown = new Set(view.sent.map(({ photo }) => photo));
    for (const photo of this.#drafts.keys())
      if (before.sent.some((sent) => sent.photo === photo) && !shown.has(photo)) this.#drafts.delete(photo);
  }
}

function photoOf({ bytes, width, height }: Draft): Parameters<Room['share']>[0] {
  return { bytes, mediaType: 'image/jpeg', width, height };
}
