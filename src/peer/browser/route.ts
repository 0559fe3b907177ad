import type { Route } from '../rtc.ts';

/** What getStats tells of one side's candidate (W3C webrtc-stats, RTCIceCandidateStats); the address may be withheld. */
interface CandidateStats {
  readonly candidateType: 'host' | 'srflx' | 'prflx' | 'relay';
  readonly address?: string | null;
}

interface PairStats {
  readonly localCandidateId: string;
  readonly remoteCandidateId: string;
  readonly state: string;
  readonly nominated?: boolean;
  /** Firefox's own word for what others say in the transport's statistics. */
  readonly selected?: boolean;
}

/** A line of a report, as far as it is read here. */
type Stats =
  | ({ readonly type: 'candidate-pair' } & PairStats)
  | ({ readonly type: 'local-candidate' | 'remote-candidate' } & CandidateStats)
  | { readonly type: 'transport'; readonly selectedCandidatePairId?: string };

/** Which way the packets of the selected pair go; undefined while there is none. */
export function routeIn(report: Pick<ReadonlyMap<string, unknown>, 'get' | 'values'>): Route | undefined {
  // The DOM's types leave it open what is in a report.
  const stats = report as ReadonlyMap<string, Stats>;
  const pair = selectedPair(stats);
  const ours = pair && candidate(stats, pair.localCandidateId);
  const theirs = pair && candidate(stats, pair.remoteCandidateId);
  return ours && theirs && routeOf(ours, theirs);
}

function selectedPair(stats: ReadonlyMap<string, Stats>): PairStats | undefined {
  const lines = [...stats.values()];
  for (const line of lines) {
    if (line.type !== 'transport' || line.selectedCandidatePairId === undefined) continue;
    const pair = stats.get(line.selectedCandidatePairId);
    if (pair?.type === 'candidate-pair') return pair;
  }
  const pairs = lines.filter((line) => line.type === 'candidate-pair' && line.state === 'succeeded');
  const found = pairs.find((pair) => 'selected' in pair && pair.selected) ?? pairs.find(isNominated);
  return found?.type === 'candidate-pair' ? found : undefined;
}

function isNominated(line: Stats): boolean {
  return line.type === 'candidate-pair' && line.nominated === true;
}

function candidate(stats: ReadonlyMap<string, Stats>, id: string): CandidateStats | undefined {
  const line = stats.get(id);
  return line?.type === 'local-candidate' || line?.type === 'remote-candidate' ? line : undefined;
}

function routeOf(ours: CandidateStats, theirs: CandidateStats): Route {
  if (ours.candidateType === 'relay' || theirs.candidateType === 'relay') return 'relayed';
  if (ours.candidateType === 'host' && theirs.candidateType === 'host') return 'local';
  // A peer learned from its own check (prflx): one that hides its address behind a .local name, or one behind NAT.
  if (ours.candidateType !== 'host' || theirs.candidateType !== 'prflx') return 'direct';
  // Browsers may withhold the address of such a peer. A host candidate has no NAT on our side, so behind a private address
  // of ours, or one the browser hides, it can only be a neighbour.
  const [own, other] = [ours.address ?? '', theirs.address ?? ''];
  if (other === '') return own === '' || isPrivate(own) ? 'local' : 'direct';
  return isPrivate(other) || network(other) === network(own) ? 'local' : 'direct';
}

/** A page does not learn its subnets: the usual sizes, 24 bits of IPv4 and 64 of IPv6. */
function network(address: string): string {
  if (!address.includes(':')) return address.replace(/\.\d+$/, '');
  const [head = '', tail] = address.replace(/^\[|\]$/g, '').split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const last = (tail ?? '').split(':').filter((group) => group !== '');
  if (tail !== undefined) while (groups.length + last.length < 8) groups.push('0');
  return [...groups, ...last].slice(0, 4).join(':').toLowerCase();
}

/** Only ever this machine or its network: loopback, private (RFC 1918), link-local and unique local addresses (RFC 4193), .local names. */
function isPrivate(address: string): boolean {
  return (
    /^(?:127|10|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./.test(address) ||
    /^\[?(?:::1\]?$|f[cd][\da-f]{2}:|fe[89ab][\da-f]:)/i.test(address) ||
    /\.local$/i.test(address)
  );
}
