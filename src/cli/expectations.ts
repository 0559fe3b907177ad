import { SnapError } from '../protocol/errors.ts';
import type { PeerEvent } from '../peer/events.ts';

export interface Expectations {
  /** Peers that shall have acknowledged every photo we share (or have been connected, when we share none). */
  readonly peers?: number;
  /** Photos that shall be stored here. */
  readonly photos?: number;
}

/** What follows from all that has happened so far. */
export type Verdict =
  | { readonly type: 'waiting' }
  | { readonly type: 'met' }
  /** It cannot come true with those who are in the room; somebody else may still join. */
  | { readonly type: 'hopeless'; readonly error: SnapError };

interface Remote {
  readonly name: string;
  connected: boolean;
  readonly delivered: Set<string>;
  /** Why this peer cannot count any more. */
  failure?: SnapError;
}

/**
 * Compares what happens in a room with what a script asked for. Events in, verdict out; it knows no clock, so the
 * deadline is its caller's.
 */
export class ExpectationTracker {
  readonly #expected: Expectations;
  readonly #remotes = new Map<string, Remote>();
  readonly #delivered = new Map<string, Set<string>>();
  readonly #shared = new Set<string>();
  /** Peers with whom a link was open at some time. */
  readonly #met = new Set<string>();
  /** No photo of ours is added after this. */
  #sharingDone = false;
  #received = 0;
  #failures: SnapError[] = [];
  #unreachable: SnapError | undefined;
  #daemon: SnapError | undefined;

  constructor(expected: Expectations) {
    this.#expected = expected;
  }

  /** One of our photos was offered to everybody; `replaced` need not be delivered any more. */
  share(photo: string, replaced?: string): void {
    this.#shared.add(photo);
    if (replaced !== undefined) this.#shared.delete(replaced);
  }

  /** All photos that we have to share have been shared. */
  finishSharing(): void {
    this.#sharingDone = true;
  }

  receive(event: PeerEvent): void {
    switch (event.type) {
      case 'room':
        this.#daemon = undefined;
        for (const { peer, name } of event.peers) this.#remote(peer, name);
        return;
      case 'peer-joined':
        this.#remote(event.peer, event.name);
        return;
      case 'peer-connected': {
        const remote = this.#remote(event.peer, event.name);
        remote.connected = true;
        this.#met.add(event.peer);
        return;
      }
      case 'peer-reconnecting':
        this.#remote(event.peer, event.name).connected = false;
        return;
      case 'peer-unreachable':
        this.#unreachable = event.error;
        return;
      case 'peer-refused':
        this.#remote(event.peer, event.name).failure = event.error;
        this.#failures.push(event.error);
        return;
      case 'peer-left':
        this.#remotes.delete(event.peer);
        // It comes back as another peer, which says by itself what it has: it must not count twice.
        if (event.reason === 'expired') {
          this.#delivered.delete(event.peer);
          this.#met.delete(event.peer);
        }
        return;
      case 'photo-delivered':
        this.#deliveredTo(event.peer).add(event.photo);
        return;
      case 'photo-received':
        this.#received += 1;
        return;
      case 'photo-failed': {
        this.#failures.push(event.error);
        const remote = this.#remotes.get(event.peer);
        if (event.direction === 'out' && remote !== undefined) remote.failure = event.error;
        return;
      }
      case 'daemon-lost':
        this.#daemon = event.error;
        return;
      case 'photo-progress':
      case 'ended':
        return;
    }
  }

  verdict(): Verdict {
    const { peers: expectedPeers, photos: expectedPhotos } = this.#expected;
    const photosMet = expectedPhotos === undefined || this.#received >= expectedPhotos;
    const peersMet = expectedPeers === undefined || (this.#sharingDone && this.#peersServed() >= expectedPeers);
    if (photosMet && peersMet) return { type: 'met' };
    const cause = this.#failures.at(-1);
    const hopeless =
      (!peersMet && this.#peersPossible() < (expectedPeers ?? 0)) || (!photosMet && this.#hoped().length === 0);
    return cause !== undefined && hopeless ? { type: 'hopeless', error: cause } : { type: 'waiting' };
  }

  /** Why the expectations were not met when the time is over: the most telling reason that was seen. */
  timeoutError(time: string): SnapError {
    const { peers: expectedPeers, photos: expectedPhotos } = this.#expected;
    const missing: string[] = [];
    if (expectedPeers !== undefined)
      missing.push(`${Math.min(this.#peersServed(), expectedPeers)} of ${expectedPeers} peers served`);
    if (expectedPhotos !== undefined) missing.push(`${this.#received} of ${expectedPhotos} photos received`);
    const state = `after ${time}: ${missing.join(', ')}`;
    const cause = this.#failures.at(-1);
    if (cause !== undefined) return new SnapError(cause.code, `${cause.message} (${state})`, { cause });
    const unconnected = [...this.#remotes.values()].filter(({ connected }) => !connected);
    if (unconnected.length > 0) {
      const names = unconnected.map(({ name }) => JSON.stringify(name)).join(', ');
      const why = this.#unreachable === undefined ? '' : `: ${this.#unreachable.message}`;
      return new SnapError('no-connection', `no connection to ${names}${why} (${state})`);
    }
    if (this.#daemon !== undefined)
      return new SnapError('daemon-unreachable', `${this.#daemon.message} (${state})`, { cause: this.#daemon });
    return new SnapError('timeout', `timed out ${state}; a longer --timeout or another peer in the room may help`);
  }

  #remote(peer: string, name: string): Remote {
    const known = this.#remotes.get(peer);
    if (known !== undefined) return known;
    const remote: Remote = { name, connected: false, delivered: this.#deliveredTo(peer) };
    this.#remotes.set(peer, remote);
    return remote;
  }

  #deliveredTo(peer: string): Set<string> {
    const known = this.#delivered.get(peer);
    if (known !== undefined) return known;
    const delivered = new Set<string>();
    this.#delivered.set(peer, delivered);
    return delivered;
  }

  #hasAll(delivered: ReadonlySet<string>): boolean {
    return [...this.#shared].every((photo) => delivered.has(photo));
  }

  /** Peers that have every photo or, when we share none, had a link with us; also those that have left since. */
  #peersServed(): number {
    if (this.#shared.size === 0) return this.#met.size;
    return [...this.#delivered.values()].filter((delivered) => this.#hasAll(delivered)).length;
  }

  /** Peers that count already or still may. */
  #peersPossible(): number {
    const notYet = [...this.#remotes].filter(
      ([peer, { failure, delivered }]) =>
        failure === undefined && !(this.#shared.size === 0 ? this.#met.has(peer) : this.#hasAll(delivered)),
    );
    return notYet.length + this.#peersServed();
  }

  /** Peers in the room with whom nothing has failed for good. */
  #hoped(): Remote[] {
    return [...this.#remotes.values()].filter(({ failure }) => failure === undefined);
  }
}
