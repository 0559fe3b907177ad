import { signal, type ReadonlySignal } from '@preact/signals';
import type { PeerEvent } from '../peer/events.ts';
import { joinRoom, type Room, type RoomPorts } from '../peer/room.ts';
import { toSnapError, type SnapError } from '../protocol/errors.ts';
import type { Draft } from './draft.ts';
import { ProgressPace } from './progress-pace.ts';
import { createReceivedPictures, type ReceivedPictures } from './received-pictures.ts';
import { droppedUrls, EMPTY_ROOM, reduceRoom, type RoomEvent, type RoomView } from './room-view.ts';
import { Studio } from './studio.ts';

/** How far we are with the room of this page. */
export type Phase =
  /** `again`: we were in it before, and what the page shows of it is kept. */
  | { readonly type: 'joining'; readonly again: boolean }
  | { readonly type: 'joined' }
  | { readonly type: 'full' }
  /** No daemon; it is tried again by itself. */
  | { readonly type: 'unreachable' }
  /** The daemon is private: somebody has to say what lets us in. */
  | { readonly type: 'private'; readonly error: SnapError }
  /** The daemon does not want us, for a reason that waiting does not change. */
  | { readonly type: 'refused'; readonly error: SnapError };

/** What stands in the link of the room. */
export interface SessionOptions {
  readonly server: string;
  readonly room: string;
  readonly secret?: string;
  readonly access?: string;
}

export interface SessionPorts {
  readonly loadPorts: () => Promise<RoomPorts>;
  /** Which snap-share the daemon is, each time that it lets us in. */
  readonly onDaemonVersion: (version: string) => void;
}

/** A daemon that cannot be reached is tried again after this, ms. */
const AGAIN_MS = 4_000;

/** One room on this page, from joining to leaving. It may take several seats in it, one after the other. */
export class Session {
  readonly options: SessionOptions;
  readonly studio = new Studio();
  readonly #ports: SessionPorts;
  readonly #pictures: ReceivedPictures = createReceivedPictures();
  readonly #phase = signal<Phase>({ type: 'joining', again: false });
  readonly #view = signal<RoomView>(EMPTY_ROOM);
  /** Of the photos that the page shows as sent, by id. */
  readonly #drafts = new Map<string, Draft>();
  readonly #pace = new ProgressPace(() => performance.now());
  /** Pictures are shown one after the other, in the order in which they came. */
  #shown: Promise<void> = Promise.resolve();
  #room: Room | undefined;
  #joining: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wasIn = false;
  #unsent = 0;
  #name: string;
  #entered: string | undefined;

  constructor(options: SessionOptions, name: string, ports: SessionPorts) {
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

  /** Would nothing be lost if the page were loaded anew? */
  get isUntouched(): boolean {
    const { sent, received } = this.#view.value;
    return sent.length === 0 && received.length === 0 && this.studio.phase.value.type === 'choosing';
  }

  /** Joins, or tries again at once. Never rejects: how it went is the phase. */
  async join(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#room !== undefined || this.#joining !== undefined) return;
    const joining = new AbortController();
    this.#joining = joining;
    if (this.#phase.value.type !== 'unreachable') this.#phase.value = { type: 'joining', again: this.#wasIn };
    // A new seat: nobody here is known to it.
    this.#dispatch({ type: 'rejoining' });
    const isOurs = (): boolean => this.#joining === joining;
    let seat: Room | undefined;
    try {
      const room = await joinRoom(
        {
          ...this.options,
          ...(this.#entered && { access: this.#entered }),
          name: this.#name,
          kind: 'browser',
          sink: this.#pictures.sink,
          onEvent: (event) => {
            if (isOurs() || (seat !== undefined && this.#room === seat)) this.#receive(event);
          },
          signal: joining.signal,
        },
        await this.#ports.loadPorts(),
      );
      if (!isOurs()) {
        await room.leave();
        return;
      }
      seat = room;
      this.#room = room;
      this.#wasIn = true;
      this.#shareAgain(room);
      this.#phase.value = { type: 'joined' };
    } catch (error) {
      if (isOurs()) this.#failed(toSnapError(error));
    } finally {
      if (isOurs()) this.#joining = undefined;
    }
  }

  /** The key or token that is used instead of the link's; others are not told it. */
  get entered(): string | undefined {
    return this.#entered;
  }

  /** Joins with this key or token. */
  enter(access: string): void {
    this.#entered = access;
    void this.join();
  }

  /** The network is back or the page is seen again: no reason to wait any longer. */
  hurry(): void {
    if (this.#phase.value.type === 'unreachable') void this.join();
    this.#room?.hurry();
  }

  /** Gives the seat up; what the page shows stays. `atOnce` is for a page that is about to be gone. */
  async leave(options?: { readonly atOnce?: boolean }): Promise<void> {
    clearTimeout(this.#timer);
    this.#joining?.abort();
    this.#joining = undefined;
    const room = this.#room;
    this.#room = undefined;
    await room?.leave(options);
  }

  /** Everybody sees the name that we join with, so a new one takes a new seat. */
  async rename(name: string): Promise<void> {
    this.#name = name;
    await this.leave();
    await this.join();
  }

  /** Sends a picture to everybody who is here or comes later. The session owns its object URL from now on. */
  share(draft: Draft): void {
    // Between two seats it waits for the next one.
    const photo = this.#room?.share(photoOf(draft)).photo ?? `unsent ${(this.#unsent += 1)}`;
    this.#drafts.set(photo, draft);
    const { url, width, height, bytes } = draft;
    this.#dispatch({ type: 'shared', photo: { photo, url, width, height, bytes: bytes.length } });
  }

  /** Offers a photo once more to a peer that has not got it. */
  retry(photo: string, peer: string): void {
    this.#dispatch({ type: 'retried', photo, peer });
    this.#room?.retry(photo, peer);
  }

  /** Leaves, and lets go of every picture and of the camera. */
  async close(): Promise<void> {
    this.studio.cancel();
    await this.leave();
    await this.#shown;
    this.#set(EMPTY_ROOM);
    this.#drafts.clear();
  }

  /** What an earlier seat of ours has sent goes to whoever has not got it, in the same order. */
  #shareAgain(room: Room): void {
    for (const { photo: before, deliveries } of this.#view.value.sent.toReversed()) {
      const draft = this.#drafts.get(before);
      if (draft === undefined) continue;
      const except = deliveries.filter(({ state }) => state.type === 'delivered').map(({ peer }) => peer);
      const { photo } = room.share(photoOf(draft), { except });
      this.#drafts.delete(before);
      this.#drafts.set(photo, draft);
      this.#dispatch({ type: 'shared-again', before, photo });
    }
  }

  #failed(error: SnapError): void {
    if (error.code === 'room-full') this.#phase.value = { type: 'full' };
    else if (error.code === 'access-denied' || error.code === 'too-many-attempts')
      this.#phase.value = { type: 'private', error };
    else if (error.retryable) {
      this.#phase.value = { type: 'unreachable' };
      this.#timer = setTimeout(() => void this.join(), AGAIN_MS);
    } else this.#phase.value = { type: 'refused', error };
  }

  #receive(event: PeerEvent): void {
    switch (event.type) {
      case 'ended':
        this.#room = undefined;
        this.#failed(event.error);
        return;
      case 'photo-received':
        this.#shown = this.#shown.then(() => this.#show(event));
        return;
      case 'photo-progress':
        if (this.#pace.isDue(event)) this.#dispatch(event);
        return;
      case 'room':
        this.#dispatch(event);
        this.#ports.onDaemonVersion(event.daemonVersion);
        return;
      case 'peer-joined':
      case 'peer-connected':
      case 'peer-reconnecting':
      case 'peer-unreachable':
      case 'peer-refused':
      case 'peer-left':
      case 'photo-delivered':
      case 'photo-failed':
      case 'daemon-lost':
        this.#dispatch(event);
        return;
    }
  }

  /** Never rejects. */
  async #show(event: Extract<PeerEvent, { type: 'photo-received' }>): Promise<void> {
    const { photo, peer, from, mediaType, width, height, bytes, sha256 } = event;
    try {
      const url = await this.#pictures.take(peer, photo);
      this.#dispatch({ type: 'shown', photo: { photo, peer, from, url, mediaType, width, height, bytes, sha256 } });
    } catch (error) {
      this.#dispatch({ type: 'photo-failed', direction: 'in', photo, peer, error: toSnapError(error) });
    }
  }

  #dispatch(event: RoomEvent): void {
    this.#set(reduceRoom(this.#view.value, event));
  }

  /** Lets go of whatever is no longer shown. */
  #set(view: RoomView): void {
    const before = this.#view.value;
    this.#view.value = view;
    for (const url of droppedUrls(before, view)) URL.revokeObjectURL(url);
    const urls = new Set(view.sent.map(({ url }) => url));
    for (const [photo, { url }] of this.#drafts) {
      if (urls.has(url) || before.sent.every((sent) => sent.url !== url)) continue;
      this.#drafts.delete(photo);
      this.#room?.withdraw(photo);
    }
  }
}

function photoOf({ bytes, sha256, width, height }: Draft): Parameters<Room['share']>[0] {
  return { bytes, sha256, mediaType: 'image/jpeg', width, height };
}
