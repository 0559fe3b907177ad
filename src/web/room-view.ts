import type { PeerEvent } from '../peer/events.ts';
import type { Route } from '../peer/rtc.ts';
import type { Transport } from '../peer/signal-socket.ts';
import type { MediaType } from '../protocol/control.ts';
import type { SnapError } from '../protocol/errors.ts';
import type { LeaveReason, PeerKind } from '../protocol/signaling.ts';

/** What the page shows of a room. Plain values: the reducer below makes each from the one before and one event. */
export interface RoomView {
  readonly you: string;
  readonly capacity: number;
  /** Without it nobody new is met; who is connected stays so. */
  readonly daemon: 'here' | 'stopped' | 'unreachable';
  /** How we spoke to it when it last let us in. */
  readonly transport: Transport;
  /** In the order of joining; those who left stay until the room is full of newer ones. */
  readonly peers: readonly PeerView[];
  /** Newest first. */
  readonly sent: readonly SentPhoto[];
  /** Newest first, at most `HISTORY`. */
  readonly received: readonly ReceivedPhoto[];
  /** For a screen reader; `number` tells two equal ones apart. */
  readonly announcement: { readonly number: number; readonly text: string };
}

export interface PeerView {
  readonly peer: string;
  readonly name: string;
  readonly kind: PeerKind;
  readonly link: LinkView;
  /** Undefined until the first connection. */
  readonly trust?: TrustView;
  /** A photo on its way from this peer to us, 0 to 1. */
  readonly receiving?: number;
  /** The last photo of this peer that was refused here, in words. */
  readonly problem?: string;
}

export type LinkView =
  | { readonly state: 'connecting'; readonly problem?: string }
  | { readonly state: 'connected'; readonly route: Route }
  | { readonly state: 'reconnecting'; readonly problem?: string }
  | { readonly state: 'refused'; readonly code: SnapError['code']; readonly problem: string }
  | { readonly state: 'left'; readonly reason: LeaveReason };

export type TrustView = { readonly verified: true } | { readonly verified: false; readonly words: readonly string[] };

export interface SentPhoto {
  readonly photo: string;
  readonly url: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly deliveries: readonly Delivery[];
}

export interface Delivery {
  readonly peer: string;
  readonly name: string;
  readonly state:
    | { readonly type: 'waiting' }
    /** 0 to 1; the whole of it is out of here long before the receipt is in. */
    | { readonly type: 'sending'; readonly fraction: number }
    | { readonly type: 'delivered' }
    | { readonly type: 'failed'; readonly reason: string };
}

export interface ReceivedPhoto {
  readonly photo: string;
  readonly peer: string;
  readonly from: string;
  readonly url: string;
  readonly mediaType: MediaType;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** What happens in a room, and what this page does itself. */
export type RoomEvent =
  | Exclude<PeerEvent, { type: 'photo-received' }>
  | { readonly type: 'shown'; readonly photo: ReceivedPhoto }
  | { readonly type: 'shared'; readonly photo: Omit<SentPhoto, 'deliveries'> }
  /** Offered once more to a peer that has not got it. */
  | { readonly type: 'retried'; readonly photo: string; readonly peer: string }
  /** We gave our seat up and take a new one. */
  | { readonly type: 'rejoining' }
  /** Our new seat offers a picture of the old one, under another id, to those who have not got it. */
  | { readonly type: 'shared-again'; readonly before: string; readonly photo: string };

/** Photos that are kept, of each direction: their bytes are in memory. */
export const HISTORY = 30;

export const EMPTY_ROOM: RoomView = {
  you: '',
  capacity: 0,
  daemon: 'here',
  transport: 'ws',
  peers: [],
  sent: [],
  received: [],
  announcement: { number: 0, text: '' },
};

export function reduceRoom(view: RoomView, event: RoomEvent): RoomView {
  switch (event.type) {
    case 'room':
      return event.peers.reduce<RoomView>((view, { peer, name, kind }) => meet(view, peer, name, kind), {
        ...announce(view, event.again ? 'The server is back.' : 'You are in the room.'),
        sent: event.again ? view.sent : onlyTo(event.peers, view.sent),
        you: event.you,
        capacity: event.capacity,
        daemon: 'here',
        transport: event.transport,
      });
    case 'peer-joined':
      return announce(meet(view, event.peer, event.name, event.kind), `${event.name} joined.`);
    case 'peer-connected': {
      const trust: TrustView = event.verified ? { verified: true } : { verified: false, words: event.words ?? [] };
      const link: LinkView = { state: 'connected', route: event.route };
      return announce(
        onPeer(view, event.peer, (peer) => ({ ...peer, link, trust })),
        `Connected with ${event.name}.`,
      );
    }
    case 'peer-reconnecting':
      return onPeer(interrupt(view, event.peer), event.peer, (peer) => ({
        ...without(peer, 'receiving'),
        link: { state: 'reconnecting' },
      }));
    case 'peer-unreachable':
      return onPeer(view, event.peer, (peer) => {
        const state = peer.link.state === 'reconnecting' ? 'reconnecting' : 'connecting';
        return { ...peer, link: { state, problem: event.error.message } };
      });
    case 'peer-refused':
      return announce(
        onPeer(view, event.peer, (peer) => ({
          ...without(peer, 'receiving'),
          link: { state: 'refused', code: event.error.code, problem: event.error.message },
        })),
        `${event.name} could not be trusted, nothing is exchanged.`,
      );
    case 'peer-left':
      return announce(
        onPeer(view, event.peer, (peer) => ({
          ...without(peer, 'receiving'),
          link: { state: 'left', reason: event.reason },
        })),
        event.reason === 'left' ? `${event.name} left.` : `${event.name} is gone.`,
      );
    case 'photo-progress': {
      const fraction = event.total === 0 ? 1 : event.bytes / event.total;
      if (event.direction === 'in')
        return onPeer(view, event.peer, (peer) => ({ ...without(peer, 'problem'), receiving: fraction }));
      return onDelivery(view, event.photo, event.peer, { type: 'sending', fraction });
    }
    case 'photo-delivered':
      return announce(
        onDelivery(view, event.photo, event.peer, { type: 'delivered' }),
        `Delivered to ${nameOf(view, event.peer)}.`,
      );
    case 'photo-failed': {
      const name = nameOf(view, event.peer);
      if (event.direction === 'in')
        return announce(
          onPeer(view, event.peer, (peer) => ({ ...without(peer, 'receiving'), problem: event.error.message })),
          `A photo from ${name} was refused: ${event.error.message}.`,
        );
      return announce(
        onDelivery(view, event.photo, event.peer, { type: 'failed', reason: event.error.message }),
        `Not delivered to ${name}: ${event.error.message}.`,
      );
    }
    case 'shown':
      return show(view, event.photo);
    case 'shared': {
      const present = view.peers.filter(({ link }) => link.state !== 'left' && link.state !== 'refused');
      const deliveries = present.map(({ peer, name }): Delivery => ({ peer, name, state: { type: 'waiting' } }));
      return { ...view, sent: [{ ...event.photo, deliveries }, ...view.sent].slice(0, HISTORY) };
    }
    case 'retried':
      return onDelivery(view, event.photo, event.peer, { type: 'waiting' });
    case 'rejoining':
      return { ...view.peers.reduce((view, { peer }) => interrupt(view, peer), view), peers: [], daemon: 'here' };
    case 'shared-again': {
      const sent = view.sent.map((sent) => (sent.photo === event.before ? { ...sent, photo: event.photo } : sent));
      return { ...view, sent };
    }
    case 'daemon-lost': {
      const daemon = event.error.code === 'shutting-down' ? 'stopped' : 'unreachable';
      return announce({ ...view, daemon }, 'The server is out of reach. Open connections go on.');
    }
    case 'ended':
      return view;
  }
}

/** Object URLs that `after` does not show any more. */
export function droppedUrls(before: RoomView, after: RoomView): string[] {
  const kept = new Set([...after.sent, ...after.received].map(({ url }) => url));
  return [...before.sent, ...before.received].map(({ url }) => url).filter((url) => !kept.has(url));
}

/** Of every peer that has sent something the latest, newest first. */
export function latestPerPeer(received: readonly ReceivedPhoto[]): ReceivedPhoto[] {
  const seen = new Set<string>();
  return received.filter(({ peer }) => !seen.has(peer) && seen.add(peer));
}

/** Would offering the photo once more reach this peer? */
export function canRetry(view: RoomView, { peer, state }: Delivery): boolean {
  const link = view.peers.find((other) => other.peer === peer)?.link.state;
  return state.type === 'failed' && link !== undefined && link !== 'left' && link !== 'refused';
}

/** Is a photo on its way, in or out? */
export function isMoving(view: RoomView): boolean {
  const isSending = view.sent.some(({ deliveries }) => deliveries.some(({ state }) => state.type === 'sending'));
  return isSending || view.peers.some(({ receiving }) => receiving !== undefined);
}

function meet(view: RoomView, peer: string, name: string, kind: PeerKind): RoomView {
  const known = view.peers.find((other) => other.peer === peer);
  if (known !== undefined && known.link.state !== 'left') return view;
  const arrived: PeerView = { peer, name, kind, link: { state: 'connecting' } };
  const others = view.peers.filter((other) => other.peer !== peer);
  // Whoever left makes room for whoever comes, so that the list stays as long as the room.
  const goneAt =
    others.length + 1 >= Math.max(2, view.capacity) ? others.findIndex((o) => o.link.state === 'left') : -1;
  const waiting: Delivery = { peer, name, state: { type: 'waiting' } };
  return {
    ...view,
    peers: [...others.filter((_, index) => index !== goneAt), arrived],
    // The room offers all our photos to whoever comes. Who has one already, from before, has it.
    sent: view.sent.map((sent) => {
      const before = sent.deliveries.find((delivery) => delivery.peer === peer);
      const due = before?.state.type === 'delivered' ? before : waiting;
      return { ...sent, deliveries: [...sent.deliveries.filter((delivery) => delivery !== before), due] };
    }),
  };
}

/** What was not delivered to somebody who is not there any more will not be. */
function onlyTo(peers: readonly { peer: string }[], sent: readonly SentPhoto[]): SentPhoto[] {
  const present = new Set(peers.map(({ peer }) => peer));
  const ended = (delivery: Delivery): Delivery =>
    present.has(delivery.peer) || delivery.state.type === 'delivered'
      ? delivery
      : { ...delivery, state: { type: 'failed', reason: 'the other peer left the room' } };
  return sent.map((photo) => ({ ...photo, deliveries: photo.deliveries.map(ended) }));
}

function show(view: RoomView, photo: ReceivedPhoto): RoomView {
  // A photo that was sent again, because its receipt got lost or somebody pressed Retry, is shown once.
  const others = view.received.filter(({ peer, sha256 }) => peer !== photo.peer || sha256 !== photo.sha256);
  const received = [photo, ...others].slice(0, HISTORY);
  const next = onPeer({ ...view, received }, photo.peer, (peer) => without(without(peer, 'receiving'), 'problem'));
  return announce(next, `A photo from ${photo.from}.`);
}

/** What was on its way to a peer starts anew with the next connection. */
function interrupt(view: RoomView, peer: string): RoomView {
  const sent = view.sent.map((photo) => ({
    ...photo,
    deliveries: photo.deliveries.map((delivery): Delivery =>
      delivery.peer === peer && delivery.state.type === 'sending'
        ? { ...delivery, state: { type: 'waiting' } }
        : delivery,
    ),
  }));
  return { ...view, sent };
}

function onPeer(view: RoomView, id: string, change: (peer: PeerView) => PeerView): RoomView {
  return { ...view, peers: view.peers.map((peer) => (peer.peer === id ? change(peer) : peer)) };
}

function onDelivery(view: RoomView, photo: string, peer: string, state: Delivery['state']): RoomView {
  const change = (sent: SentPhoto): SentPhoto => {
    const known = sent.deliveries.find((delivery) => delivery.peer === peer);
    // A receipt is final, also where the same picture goes out again for others.
    if (known?.state.type === 'delivered') return sent;
    const delivery: Delivery = { peer, name: known?.name ?? nameOf(view, peer), state };
    return known === undefined
      ? { ...sent, deliveries: [...sent.deliveries, delivery] }
      : { ...sent, deliveries: sent.deliveries.map((other) => (other === known ? delivery : other)) };
  };
  return { ...view, sent: view.sent.map((sent) => (sent.photo === photo ? change(sent) : sent)) };
}

function nameOf(view: RoomView, id: string): string {
  return view.peers.find(({ peer }) => peer === id)?.name ?? 'somebody';
}

function announce(view: RoomView, text: string): RoomView {
  return { ...view, announcement: { number: view.announcement.number + 1, text } };
}

function without<Key extends 'receiving' | 'problem'>(peer: PeerView, key: Key): Omit<PeerView, Key> & PeerView {
  const { [key]: _, ...rest } = peer;
  return rest as Omit<PeerView, Key> & PeerView;
}
