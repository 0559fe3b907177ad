import { SnapError } from '../protocol/errors.ts';
import type { DaemonMessage, IceServer, PeerInfo } from '../protocol/signaling.ts';
import { parsePeerSignal, type PeerSignal } from '../protocol/signals.ts';
import type { PeerEvent } from './events.ts';
import type { Receipts } from './inbox.ts';
import { createSharedPhoto, type PhotoInput, type SharedPhoto } from './photo.ts';
import { RemotePeer } from './remote-peer.ts';
import type { Room, RoomOptions, RoomPorts, ShareOptions } from './room.ts';
import type { Transport } from './signal-socket.ts';
import { SignalingClient, type Welcome } from './signaling-client.ts';

/** A photo of ours, and whom it is not for, or not any more. */
interface Shared {
  readonly photo: SharedPhoto;
  readonly except: Set<string>;
}

function offer({ photo, except }: Shared, remote: RemotePeer): void {
  if (!except.has(remote.info.peer)) remote.share(photo);
}

/** Our seat in a room, and all that happens in it: the peers we meet, and the photos they have not got yet. */
export class RoomSession implements Room {
  readonly #options: RoomOptions;
  readonly #ports: RoomPorts;
  readonly #roomKey: Uint8Array | undefined;
  readonly #signaling: SignalingClient;
  readonly #remotes = new Map<string, RemotePeer>();
  /** Links that are bound to who we were, from the end of our session until we are somebody else. */
  readonly #former: RemotePeer[] = [];
  /** Peers that we lost while the daemon keeps their seats: they may be back. */
  readonly #missing = new Map<string, PeerInfo>();
  /** Farewells of peers that have left. */
  readonly #partings = new Set<Promise<void>>();
  readonly #shared = new Map<string, Shared>();
  readonly #receipts: Receipts = new Map();
  #you = '';
  #iceServers: readonly IceServer[] = [];
  #settle: { resolve: () => void; reject: (error: SnapError) => void } | undefined;
  #state: 'joined' | 'leaving' | 'left' = 'joined';
  #leaving: Promise<void> | undefined;

  constructor(options: RoomOptions, ports: RoomPorts, roomKey: Uint8Array | undefined) {
    this.#options = options;
    this.#ports = ports;
    this.#roomKey = roomKey;
    this.#signaling = new SignalingClient(
      { ...options, openSocket: ports.openSocket, clock: ports.clock },
      {
        onWelcome: (welcome, transport) => this.#welcome(welcome, transport),
        onMessage: (message, payload) => this.#receive(message, payload),
        onLost: (error) => {
          for (const remote of this.#remotes.values()) remote.setDaemon(false);
          this.#emit({ type: 'daemon-lost', error });
          if (error.code === 'session-expired') this.#retire();
        },
        onRefused: (error) => {
          if (this.#settle !== undefined) {
            this.#settle.reject(error);
            return;
          }
          this.#emit({ type: 'ended', error });
          void this.leave();
        },
      },
    );
  }

  async join(): Promise<void> {
    const { signal } = this.#options;
    const abort = (): void => {
      this.#signaling.leave();
      this.#settle?.reject(new SnapError('aborted', 'joining was given up', { cause: signal?.reason }));
    };
    try {
      await new Promise<void>((resolve, reject) => {
        this.#settle = { resolve, reject };
        if (signal?.aborted === true) {
          abort();
          return;
        }
        signal?.addEventListener('abort', abort, { once: true });
        this.#signaling.start();
      });
    } catch (error) {
      // Given up in the moment of being admitted: there may be peers already.
      await this.leave();
      throw error;
    } finally {
      this.#settle = undefined;
      signal?.removeEventListener('abort', abort);
    }
  }

  get you(): string {
    return this.#you;
  }

  share(input: PhotoInput, options: ShareOptions = {}): { photo: string; sha256: string } {
    if (this.#state !== 'joined') throw new SnapError('aborted', 'the room was left: nothing can be shared any more');
    const photo = createSharedPhoto(input, this.#ports.crypto);
    if (options.replaces !== undefined) this.withdraw(options.replaces);
    const shared: Shared = { photo, except: new Set(options.except) };
    this.#shared.set(photo.header.photo, shared);
    for (const remote of this.#remotes.values()) offer(shared, remote);
    return { photo: photo.header.photo, sha256: photo.header.sha256 };
  }

  retry(photo: string, peer: string): void {
    const shared = this.#shared.get(photo);
    if (shared !== undefined) this.#remotes.get(peer)?.share(shared.photo);
  }

  withdraw(photo: string): void {
    const shared = this.#shared.get(photo);
    if (shared === undefined) return;
    this.#shared.delete(photo);
    for (const remote of this.#remotes.values()) remote.withdraw(shared.photo);
  }

  hurry(): void {
    this.#signaling.hurry();
    for (const remote of this.#remotes.values()) remote.hurry();
  }

  peers(): { peer: string; name: string; connected: boolean }[] {
    return [...this.#remotes.values()].map(({ info, connected }) => ({ peer: info.peer, name: info.name, connected }));
  }

  leave({ atOnce = false }: { readonly atOnce?: boolean } = {}): Promise<void> {
    this.#leaving ??= this.#leave(atOnce);
    return this.#leaving;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  async #leave(atOnce: boolean): Promise<void> {
    this.#state = 'leaving';
    const remotes = [...this.#remotes.values(), ...this.#former.splice(0)];
    this.#remotes.clear();
    const goodbyes = Promise.all([...remotes.map((remote) => remote.close()), ...this.#partings]);
    // Goodbyes go over the links; the daemon hears it last, so that nobody takes the one for the other.
    if (!atOnce) await goodbyes;
    this.#signaling.leave();
    await goodbyes;
    this.#state = 'left';
  }

  /** While we leave only what was stored still counts: it is on the disk, and its owner should know. */
  #emit(event: PeerEvent): void {
    if (this.#state === 'left' || (this.#state === 'leaving' && event.type !== 'photo-received')) return;
    try {
      this.#options.onEvent(event);
    } catch (error) {
      // A fault of the program that listens: it hears of it as of any other, and the room goes on.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #welcome(welcome: Welcome, transport: Transport): void {
    const again = this.#you !== '';
    if (this.#you !== welcome.peer) this.#retire();
    this.#you = welcome.peer;
    this.#iceServers = welcome.iceServers;
    const { peer: you, room, number, capacity, peers, version: daemonVersion } = welcome;
    this.#emit({ type: 'room', room, you, number, capacity, peers, again, daemonVersion, transport });
    const present = new Set(peers.map(({ peer }) => peer));
    for (const [peer, remote] of this.#remotes) {
      remote.setDaemon(true);
      // A restarted daemon knows nobody yet: who still has a link to us will be back as well.
      if (!present.has(peer)) remote.departed('lost');
    }
    for (const former of this.#former.splice(0)) {
      const { peer, name } = former.info;
      this.#part(former);
      if (!present.has(peer)) this.#emit({ type: 'peer-left', peer, name, reason: 'lost' });
    }
    this.#missing.clear();
    for (const info of peers) this.#meet(info, true);
    this.#settle?.resolve();
  }

  /** Our session is over. */
  #retire(): void {
    const former = [...this.#remotes.values()];
    this.#remotes.clear();
    this.#former.push(...former);
    for (const remote of former) remote.retire();
  }

  #receive(message: Exclude<DaemonMessage, { type: 'welcome' | 'pong' }>, payload: string): void {
    switch (message.type) {
      case 'peer-joined':
        this.#meet(message, false);
        return;
      case 'peer-away':
        this.#remotes.get(message.peer)?.setAway(true);
        return;
      case 'peer-back': {
        const missing = this.#missing.get(message.peer);
        if (missing === undefined) this.#remotes.get(message.peer)?.setAway(false);
        else this.#meet(missing, false);
        return;
      }
      case 'peer-left':
        this.#remotes.get(message.peer)?.departed(message.reason);
        this.#missing.delete(message.peer);
        return;
      case 'signal':
        this.#receiveSignal(message.from, payload);
        return;
      case 'error':
        // A signal to somebody who has just left, or whose socket is gone: the link's own deadlines cover it.
        return;
    }
  }

  #receiveSignal(from: string, payload: string): void {
    const parsed = parsePeerSignal(payload);
    // What a stranger sends and we cannot read changes nothing: the attempt it was meant for runs into its deadline.
    if (parsed.ok) this.#remotes.get(from)?.receiveSignal(parsed.signal);
  }

  #meet(info: PeerInfo, weAreNew: boolean): void {
    this.#missing.delete(info.peer);
    const known = this.#remotes.get(info.peer);
    if (known !== undefined) {
      known.setAway(info.away ?? false);
      return;
    }
    const { peer, name, kind, number } = info;
    if (!weAreNew) this.#emit({ type: 'peer-joined', peer, name, kind, number });
    // We may be leaving, also because somebody heard of this very peer.
    if (this.#state !== 'joined') return;
    const remote = new RemotePeer(info, weAreNew, {
      ...this.#ports,
      room: this.#options.room,
      roomKey: this.#roomKey,
      self: this.#you,
      remote: info.peer,
      iceServers: () => this.#iceServers,
      relayOnly: this.#options.relayOnly ?? false,
      sink: this.#options.sink,
      receipts: this.#receipts,
      signal: (to, signal) => this.#signal(to, signal),
      emit: (event) => {
        // This peer has it, also when we are somebody else by the time it is met again.
        if (event.type === 'photo-delivered') this.#shared.get(event.photo)?.except.add(event.peer);
        this.#emit(event);
      },
      onGone: (gone, reason) => {
        this.#part(gone);
        if (reason === 'lost') this.#missing.set(info.peer, { peer, name, kind, number });
        this.#emit({ type: 'peer-left', peer, name, reason });
      },
    });
    this.#remotes.set(info.peer, remote);
    for (const shared of this.#shared.values()) offer(shared, remote);
  }

  #part(remote: RemotePeer): void {
    if (this.#remotes.get(remote.info.peer) === remote) this.#remotes.delete(remote.info.peer);
    const parting = remote.close().then(() => {
      this.#partings.delete(parting);
    });
    this.#partings.add(parting);
  }

  #signal(to: string, signal: PeerSignal): void {
    this.#signaling.send({ type: 'signal', to }, JSON.stringify(signal));
  }
}
