import type { CandidatePair } from 'werift';
import type { Route } from '../rtc.ts';
import { isNear } from './addresses.ts';

/** Which way the packets of a pair go. */
export function routeOf({ localCandidate: ours, remoteCandidate: theirs }: CandidatePair): Route {
  if (ours.type === 'relay' || theirs.type === 'relay') return 'relayed';
  if (ours.type === 'host' && theirs.type === 'host') return 'local';
  // A peer learned from its own check (prflx): one that hides its address behind a .local name, or one behind NAT.
  const isDirectlySeen = ours.type === 'host' && theirs.type === 'prflx';
  return isDirectlySeen && isNear(theirs.host) ? 'local' : 'direct';
}
