import { describe, expect, test } from 'vitest';
import type { CliEvent } from '../../src/cli/events.ts';
import { createHumanReport } from '../../src/cli/human-report.ts';

/** What a person reads of these events: results, and the rest. */
function told(...events: CliEvent[]): { results: string; rest: string } {
  const text = { results: '', rest: '' };
  const stderr = { write: (piece: string) => (text.rest += piece) } as unknown as NodeJS.WriteStream;
  const stdout = { write: (piece: string) => (text.results += piece) };
  const report = createHumanReport({ stdout, stderr, color: false, live: false });
  for (const event of events) report.emit(event);
  report.end();
  return text;
}

describe('who is gone', () => {
  test.each([
    ['left', '  shed left\n'],
    ['lost', '  shed is gone\n'],
    ['expired', '  shed has to join anew: its session is over\n'],
  ] as const)('%s is said as it was', (reason, line) => {
    expect(told({ event: 'peer-left', peer: 'AAAAAAAAAAAAAAAA', name: 'shed', reason }).rest).toBe(line);
  });

  test('and from which room, where a daemon tells it', () => {
    const event = { event: 'peer-left', peer: 'AAAAAAAAAAAAAAAA', reason: 'expired', room: 'garden' } as const;
    expect(told(event).rest).toBe('  AAAAAAAAAAAAAAAA has to join anew: its session is over (room garden)\n');
  });
});

describe('the daemon', () => {
  test('that ended our session is not said to be out of reach', () => {
    const { rest } = told({ event: 'daemon-lost', code: 'session-expired', message: 'the session is over: join anew' });
    expect(rest).toBe('  this session is over: joining anew\n');
  });

  test('that is out of reach is', () => {
    expect(told({ event: 'daemon-lost', code: 'daemon-unreachable', message: 'no route' }).rest).toContain(
      'out of reach, trying again; open connections go on (no route)',
    );
  });
});

describe('a list of peers', () => {
  const peer = (number: number, name: string, ageMs: number, away?: true): CliEvent => ({
    event: 'peer',
    peer: `${number}`.padStart(16, 'A'),
    name,
    kind: number === 1 ? 'terminal' : 'camera',
    number,
    since: '2026-11-20T18:30:12.000Z',
    ageMs,
    transport: number === 1 ? 'ws' : 'sse',
    ...(away === undefined ? {} : { away }),
  });

  test('is a table, whose rows alone are results', () => {
    const { results, rest } = told(
      { event: 'listing', room: 'garden', capacity: 64, peers: 5 },
      peer(1, 'shed', 0),
      peer(2, '庭', 59_999, true),
      peer(3, 'kitchen', 3_599_999),
      peer(10, 'attic', 86_399_999),
      peer(117, '', 172_800_000),
    );
    expect(rest).toBe('room garden: 5 of 64 seats are taken\n');
    expect(results.split('\n')).toEqual([
      '  1  terminal  ws      0 s ago  shed',
      '  2  camera    sse    59 s ago  庭 (away)',
      '  3  camera    sse  59 min ago  kitchen',
      ' 10  camera    sse    23 h ago  attic',
      '117  camera    sse     2 d ago  AAAAAA',
      '',
    ]);
  });

  test('of nobody is no result', () => {
    const nobody = told({ event: 'listing', room: 'garden', capacity: 3, peers: 0 });
    expect(nobody).toEqual({ results: '', rest: 'nobody is in room garden\n' });
  });
});
