import { describe, expect, test } from 'vitest';
import { STAGE_DEADLINES_MS } from '../../src/peer/attempt.ts';
import { CLOSES } from '../../src/protocol/closes.ts';
import { controlMessage } from '../../src/protocol/control.ts';
import { SUBPROTOCOL } from '../../src/protocol/endpoint.ts';
import { encodeControl, encodeHandshake, readInner, readOuter } from '../../src/protocol/frames.ts';
import { handshakeMessage } from '../../src/protocol/handshake.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import { formatRoomLink, parseRoomAddress } from '../../src/protocol/room-address.ts';
import {
  clientMessage,
  daemonMessage,
  formatMessage,
  parseClientMessage,
  parseListAnswer,
  peersMessage,
} from '../../src/protocol/signaling.ts';
import { parsePeerSignal, peerSignal } from '../../src/protocol/signals.ts';
import { bytesOf, DOCUMENT, examplesOf, tableUnder, wireText, type Example } from './document.ts';

/** What a parser makes of an example: the message, or the problem it found. */
type Outcome = { readonly ok: true; readonly message: unknown } | { readonly ok: false; readonly problem: string };

interface Kind {
  readonly tag: string;
  readonly types: readonly string[];
  readonly parse: (text: string) => Outcome;
}

const KINDS: readonly Kind[] = [
  { tag: 'client-message', types: typesOf(clientMessage.options), parse: parseClientMessage },
  { tag: 'daemon-message', types: typesOf([...daemonMessage.options, peersMessage]), parse: parseListAnswer },
  {
    tag: 'peer-signal',
    types: typesOf(peerSignal.options),
    parse(text) {
      const read = parsePeerSignal(text);
      return read.ok ? { ok: true, message: read.signal } : read;
    },
  },
  {
    tag: 'control',
    types: typesOf(controlMessage.options),
    parse(text) {
      const read = readInner(jsonFrame(text));
      return read.ok ? { ok: true, message: read.frame.type === 'control' ? read.frame.message : undefined } : read;
    },
  },
  {
    tag: 'handshake',
    types: typesOf(handshakeMessage.options),
    parse(text) {
      const read = readOuter(jsonFrame(text));
      return read.ok ? { ok: true, message: read.frame.type === 'handshake' ? read.frame.message : undefined } : read;
    },
  },
];

describe.each(KINDS)('the $tag examples of PROTOCOL.md', ({ tag, types, parse }) => {
  const valid = examplesOf(tag).filter(({ tags }) => !tags.includes('invalid') && !tags.includes('extended'));

  test.each(valid)('are understood to the last key (line $line)', (example) => {
    expect(parse(wireText(example))).toMatchObject({ ok: true, message: headerOf(example) });
    const outcome = parse(wireText(example));
    expect(outcome.ok ? outcome.message : outcome.problem).toEqual(headerOf(example));
  });

  test.each(examplesOf(tag, 'invalid'))('that must be refused are refused with a reason (line $line)', (example) => {
    const outcome = parse(wireText(example));
    expect(outcome.ok).toBe(false);
    expect(outcome.ok ? '' : outcome.problem).not.toBe('');
  });

  test('show every type of message', () => {
    expect(new Set(valid.map((example) => headerOf(example).type))).toEqual(new Set(types));
  });

  test('stand in a section of their own for each type', () => {
    const missing = types.filter((type) => !new RegExp(`^###+ ${type}$`, 'm').test(DOCUMENT));
    expect(missing).toEqual([]);
  });
});

test('a signal in PROTOCOL.md is written as formatMessage writes it, payload included', () => {
  for (const example of examplesOf('client-message').filter(({ text }) => text.startsWith('{"type":"signal"'))) {
    const parsed = parseClientMessage(example.text);
    if (example.tags.includes('invalid')) expect(parsed.ok).toBe(false);
    else expect(parsed.ok && formatMessage(parsed.message, parsed.payload)).toBe(example.text);
  }
});

test('a key that the document does not know is ignored and not passed on', () => {
  const [example] = examplesOf('client-message', 'extended');
  const parsed = parseClientMessage(example === undefined ? '' : wireText(example));
  expect(parsed.ok && Object.keys(parsed.message).toSorted()).toEqual(['kind', 'name', 'room', 'type']);
});

describe('the byte layouts of PROTOCOL.md', () => {
  test('are what the outer frame reader reads, and nothing else is', () => {
    for (const example of examplesOf('outer-frame'))
      expect({ line: example.line, ok: readOuter(bytesOf(example)).ok }).toEqual({
        line: example.line,
        ok: !example.tags.includes('invalid'),
      });
  });

  test('are what the inner frame reader reads, and nothing else is', () => {
    for (const example of examplesOf('inner-frame'))
      expect({ line: example.line, ok: readInner(bytesOf(example)).ok }).toEqual({
        line: example.line,
        ok: !example.tags.includes('invalid'),
      });
  });

  test('hold what the text beside them says', () => {
    const [refusal, sealed] = validFrames('outer-frame').map((bytes) => readOuter(bytes));
    expect(refusal).toEqual({
      ok: true,
      frame: { type: 'handshake', message: { type: 'refuse', reason: 'mismatch' } },
    });
    expect(sealed).toMatchObject({ ok: true, frame: { type: 'sealed', counter: 7 } });
    const [control, chunk] = validFrames('inner-frame').map((bytes) => readInner(bytes));
    expect(control).toEqual({ ok: true, frame: { type: 'control', message: { type: 'heartbeat' } } });
    const bytes = new Uint8Array(Buffer.from('ABCDE'));
    expect(chunk).toMatchObject({ ok: true, frame: { type: 'chunk', transfer: 3, offset: 16_384 } });
    expect(chunk?.ok && chunk.frame.type === 'chunk' && new Uint8Array(chunk.frame.bytes)).toEqual(bytes);
  });

  test('are what the encoders write', () => {
    const [refusal] = validFrames('outer-frame');
    expect(Buffer.from(encodeHandshake({ type: 'refuse', reason: 'mismatch' }))).toEqual(refusal);
    const [heartbeat] = validFrames('inner-frame');
    expect(Buffer.from(encodeControl({ type: 'heartbeat' }))).toEqual(heartbeat);
  });
});

describe('the room addresses of PROTOCOL.md', () => {
  test.each(examplesOf('room-address').filter(({ tags }) => !tags.includes('invalid')))(
    'are understood (line $line)',
    ({ text }) => {
      const address = parseRoomAddress(text);
      expect(address.room).toBe('garden');
      if (address.server !== undefined) expect(formatRoomLink({ ...address, server: address.server })).toBe(text);
    },
  );

  test.each(examplesOf('room-address', 'invalid'))('that must be refused are refused (line $line)', ({ text }) => {
    expect(() => parseRoomAddress(text)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('the tables of PROTOCOL.md', () => {
  test('list the close codes as the code has them', () => {
    const rows = Object.entries(CLOSES).map(([reason, { code, retry, meaning }]) => [
      String(code),
      `\`${reason}\``,
      retry ? 'yes' : 'no',
      meaning,
    ]);
    expect(tableUnder('## Close codes')).toEqual(rows);
  });

  test('list every limit with the number the code has', () => {
    const documented = tableUnder('## Limits').map(([name = '', value = '']) => [
      name.replaceAll('`', ''),
      Number(value.replaceAll(',', '')),
    ]);
    expect(documented).toEqual(Object.entries(LIMITS));
  });

  test('list the deadlines of an attempt with the numbers the code has', () => {
    const stages = DOCUMENT.split('\n').flatMap((line) => {
      const cells = /^\| `(\w+)` \| .+ \| ([\d,]+) \|$/.exec(line);
      return cells?.[1] !== undefined && cells[1] in STAGE_DEADLINES_MS
        ? [[cells[1], Number(cells[2]?.replaceAll(',', ''))]]
        : [];
    });
    expect(Object.fromEntries(stages)).toEqual(STAGE_DEADLINES_MS);
  });
});

test('PROTOCOL.md names the subprotocol the code uses', () => {
  expect(DOCUMENT).toContain(`offers the subprotocol \`${SUBPROTOCOL}\``);
});

test('the links inside PROTOCOL.md lead to headings', () => {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, title = ''] of DOCUMENT.matchAll(/^#+ (.+)$/gm)) {
    const slug = title
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    anchors.add(before === 0 ? slug : `${slug}-${before}`);
    seen.set(slug, before + 1);
  }
  const broken = [...DOCUMENT.matchAll(/\]\(#([^)]+)\)/g)].map(([, to]) => to).filter((to) => !anchors.has(to ?? ''));
  expect(broken).toEqual([]);
});

test('every example of PROTOCOL.md is one that a test reads', () => {
  const known = [
    ...KINDS.map(({ tag }) => tag),
    'outer-frame',
    'inner-frame',
    'room-address',
    'vector',
    'event-stream',
    'posted',
  ];
  const unread = examplesOf().filter(({ tags }) => !known.includes(tags[0] ?? ''));
  expect(unread).toEqual([]);
});

function typesOf(options: readonly { entries: { type: { literal: string } } }[]): string[] {
  return options.map(({ entries }) => entries.type.literal);
}

function headerOf(example: Example): { type?: unknown } {
  const header = example.language === 'json' ? example.text : (example.text.split('\n')[0] ?? '');
  return JSON.parse(header) as { type?: unknown };
}

function jsonFrame(text: string): Uint8Array {
  return Buffer.concat([Buffer.from([1]), Buffer.from(text)]);
}

function validFrames(tag: string): Uint8Array[] {
  return examplesOf(tag)
    .filter(({ tags }) => !tags.includes('invalid'))
    .map(bytesOf);
}
