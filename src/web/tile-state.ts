import type { Delivery, PeerView, RoomView } from './room-view.ts';

/** The one plain state that a peer's tile shows. */
export interface TileState {
  readonly tone: 'calm' | 'good' | 'busy' | 'bad' | 'gone';
  readonly text: string;
  /** 0 to 1 while a photo is on its way. */
  readonly progress?: number;
  /** Why, and what may help. */
  readonly detail?: string;
}

const ROUTES = { local: 'same network', direct: 'direct', relayed: 'relayed' } as const;

/** A connection's trouble comes first, then what is on its way, then the last thing that arrived. */
export function tileState(view: RoomView, peer: PeerView): TileState {
  const { link } = peer;
  switch (link.state) {
    case 'connecting':
      return link.problem === undefined
        ? { tone: 'busy', text: 'connecting' }
        : { tone: 'bad', text: 'still connecting', detail: link.problem };
    case 'reconnecting':
      return { tone: 'busy', text: 'reconnecting', ...(link.problem === undefined ? {} : { detail: link.problem }) };
    case 'left':
      return { tone: 'gone', text: link.reason === 'lost' ? 'gone' : link.reason };
    case 'refused':
      return link.code === 'verification-mismatch'
        ? {
            tone: 'bad',
            text: 'not verified',
            detail: 'Your links differ, or somebody is in between. Send the link again, whole, and let them open that.',
          }
        : { tone: 'bad', text: 'refused', detail: link.problem };
    case 'connected':
      return connectedState(lastDelivery(view, peer.peer), peer, ROUTES[link.route]);
  }
}

function connectedState(last: Delivery['state'] | undefined, peer: PeerView, route: string): TileState {
  if (peer.receiving !== undefined)
    return { tone: 'busy', text: `receiving ${percent(peer.receiving)}`, progress: peer.receiving };
  if (peer.problem !== undefined) return { tone: 'bad', text: 'photo refused', detail: peer.problem };
  switch (last?.type) {
    case 'sending':
      return { tone: 'busy', text: `sending ${percent(last.fraction)}`, progress: last.fraction };
    case 'waiting':
      return { tone: 'busy', text: 'waiting to send' };
    case 'failed':
      return { tone: 'bad', text: 'not delivered', detail: last.reason };
    case 'delivered':
      return { tone: 'good', text: `delivered ✓ · ${route}` };
    case undefined:
      return { tone: 'good', text: `connected · ${route}` };
  }
}

/** What is under way decides; else the newest photo. */
function lastDelivery(view: RoomView, peer: string): Delivery['state'] | undefined {
  const states = view.sent.flatMap(({ deliveries }) =>
    deliveries.filter((delivery) => delivery.peer === peer).map(({ state }) => state),
  );
  return states.find(({ type }) => type === 'sending') ?? states[0];
}

function percent(fraction: number): string {
  return `${Math.round(100 * fraction)} %`;
}
