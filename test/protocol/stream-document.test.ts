import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { expect, test } from 'vitest';
import { CLOSES } from '../../src/protocol/closes.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import { parseClientMessage, parseDaemonMessage } from '../../src/protocol/signaling.ts';
import { DAEMON_LIMITS } from '../../src/signal/daemon-limits.ts';
import { serve } from '../../src/signal/serve.ts';
import { openSse } from '../signal/sse-client.ts';
import { DOCUMENT, examplesOf, type Example } from './document.ts';

const posted = onlyExample('posted');
const stream = onlyExample('event-stream');

/** What stands in the stream of the document. */
function documentEvents(): EventSourceMessage[] {
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  parser.feed(`${stream.text}\n`);
  return events;
}

test('the body that PROTOCOL.md posts has messages of a client, one per line', () => {
  const texts = posted.text.split('\n').map((line) => JSON.parse(line) as string);
  expect(texts.map((text) => parseClientMessage(text).ok)).toEqual([true, true, true]);
});

test('a real daemon answers it with the stream of PROTOCOL.md', async () => {
  const [, ...expected] = documentEvents();
  await using daemon = await serve({ port: 0, version: '0.1.0' });
  await using client = await openSse(daemon);
  expect((await client.postBody(posted.text, 1)).status).toBe(204);
  const token = /^id: (.*)\.0$/m.exec(stream.text)?.[1] ?? '';
  expect(token).toMatch(/^[\w-]{22}$/);
  for (const { event, id, data } of expected) {
    const real = await client.stream.next();
    expect(real.event).toBe(event);
    expect(real.id.replace(client.token, token)).toBe(id);
    expect(shapeOf(real.data)).toEqual(shapeOf(JSON.parse(data)));
  }
  await client.stream.ended();
});

test('the close of the document is one of its close codes', () => {
  const { data = '' } = documentEvents().at(-1) ?? {};
  expect(JSON.parse(data)).toEqual({ code: CLOSES.left.code, reason: 'left' });
});

test('the figures of the document are those of the daemon', () => {
  expect(DAEMON_LIMITS).toMatchObject({ resumeMs: 10_000, commentMs: 15_000, replayBytes: 256 * 1_024 });
  expect(DOCUMENT).toContain(`the latest ${DAEMON_LIMITS.replayBytes / 1_024} KiB`);
  expect(DOCUMENT).toContain(`is kept for about ${DAEMON_LIMITS.resumeMs / 1_000} s`);
  expect(DOCUMENT).toContain(`a comment at least every ${DAEMON_LIMITS.commentMs / 1_000} s`);
  expect(DOCUMENT).toContain(`A message of more than ${LIMITS.messageBytes.toLocaleString('en')} bytes`);
});

/** A message without what every daemon makes anew, a close as it is. */
function shapeOf(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  const parsed = parseDaemonMessage(data);
  if (!parsed.ok || parsed.message.type !== 'welcome') return parsed;
  return { ...parsed.message, peer: '', token: '' };
}

function onlyExample(tag: string): Example {
  const [example, ...others] = examplesOf(tag);
  if (example === undefined || others.length > 0) throw new Error(`expected one example ${tag}`);
  return example;
}
