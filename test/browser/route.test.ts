import { expect, test } from 'vitest';
import { routeIn } from '../../src/peer/browser/route.ts';

type Candidate = readonly [candidateType: 'host' | 'srflx' | 'prflx' | 'relay', address?: string];

/** A report as Chromium makes it, or Firefox, where the pair itself says that it is the selected one. */
const report = ([oursType, ours]: Candidate, [theirsType, theirs]: Candidate, firefox: boolean): Map<string, object> =>
  new Map<string, object>([
    ['p0', { type: 'candidate-pair', state: 'failed', localCandidateId: 'x', remoteCandidateId: 'y' }],
    [
      'p1',
      { type: 'candidate-pair', state: 'succeeded', localCandidateId: 'l', remoteCandidateId: 'r', selected: firefox },
    ],
    ['l', { type: 'local-candidate', candidateType: oursType, address: ours }],
    ['r', { type: 'remote-candidate', candidateType: theirsType, address: theirs }],
    ...(firefox ? [] : [['t', { type: 'transport', selectedCandidatePairId: 'p1' }] as const]),
  ]);

test.each<{ ours: Candidate; theirs: Candidate; route: string }>([
  { ours: ['host', '192.168.1.5'], theirs: ['host', '192.168.1.6'], route: 'local' },
  { ours: ['host'], theirs: ['host'], route: 'local' },
  { ours: ['host'], theirs: ['relay', '203.0.113.1'], route: 'relayed' },
  { ours: ['relay', '203.0.113.1'], theirs: ['prflx'], route: 'relayed' },
  { ours: ['srflx', '203.0.113.1'], theirs: ['host', '192.168.1.6'], route: 'direct' },
  { ours: ['prflx', '203.0.113.1'], theirs: ['srflx', '198.51.100.1'], route: 'direct' },
  { ours: ['host', '192.168.1.5'], theirs: ['srflx', '198.51.100.1'], route: 'direct' },
  { ours: ['host', '192.168.1.5'], theirs: ['prflx', '192.168.1.6'], route: 'local' },
  { ours: ['host', '192.168.1.5'], theirs: ['prflx', '198.51.100.1'], route: 'direct' },
  { ours: ['host', '203.0.113.5'], theirs: ['prflx', '203.0.113.6'], route: 'local' },
  { ours: ['host', '2001:db8:1:2::5'], theirs: ['prflx', '2001:db8:1:2:a:b:c:d'], route: 'local' },
  { ours: ['host', '2001:db8:1:2::5'], theirs: ['prflx', '2001:db8:1:3::5'], route: 'direct' },
  { ours: ['host', 'fd00::2'], theirs: ['prflx', 'fd00::3'], route: 'local' },
  { ours: ['host'], theirs: ['prflx'], route: 'local' },
  { ours: ['host', '10.0.0.1'], theirs: ['prflx', ''], route: 'local' },
  { ours: ['host', '203.0.113.5'], theirs: ['prflx'], route: 'direct' },
])('from $ours to $theirs is $route', ({ ours, theirs, route }) => {
  for (const firefox of [true, false]) expect(routeIn(report(ours, theirs, firefox))).toBe(route);
});

test('there is no route while nothing is selected', () => {
  expect(routeIn(new Map())).toBeUndefined();
});
