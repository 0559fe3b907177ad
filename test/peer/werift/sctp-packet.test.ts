import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgePacket } from '../../../src/peer/werift/sctp-packet.ts';
import { chunk } from './inside.ts';

const packet = (...chunks: { readonly bytes: Buffer }[]): Buffer =>
  Buffer.concat([Buffer.alloc(12), ...chunks.map(({ bytes }) => bytes)]);

function sack(cumulative: number, ...gaps: [number, number][]): { readonly bytes: Buffer } {
  const body = Buffer.alloc(12 + 4 * gaps.length);
  body.writeUInt32BE(cumulative >>> 0, 0);
  body.writeUInt16BE(gaps.length, 8);
  gaps.forEach(([start, end], index) => {
    body.writeUInt16BE(start, 12 + 4 * index);
    body.writeUInt16BE(end, 14 + 4 * index);
  });
  return chunk(3, body);
}

test('takes what implementations send', () => {
  const data = chunk(0, Buffer.alloc(13));
  const heartbeat = chunk(4, Buffer.from([0, 1, 0, 8, 1, 2, 3, 4]));
  expect(judgePacket(packet(data), 0)).toBe('take');
  expect(judgePacket(packet(sack(9), data, heartbeat), 10)).toBe('take');
  expect(judgePacket(packet(chunk(11, Buffer.alloc(0))), 0)).toBe('take');
});

test('takes acknowledgements of what was sent, across the end of the numbers, and in the order werift gives them', () => {
  expect(judgePacket(packet(sack(-3, [2, 2], [4, 5])), 3)).toBe('take');
  expect(judgePacket(packet(sack(0, [7, 9], [2, 5])), 10)).toBe('take');
});

test('refuses acknowledgements of more than was sent', () => {
  for (const bad of [sack(10), sack(0, [2, 10]), sack(0, [5, 2]), sack(0, [1, 9], [1, 9]), sack(9, [1, 1])])
    expect(judgePacket(packet(bad), 10)).toBe('refuse');
});

test('drops what is too short, and chunk types of a later day', () => {
  expect(judgePacket(Buffer.alloc(15), 0)).toBe('drop');
  expect(judgePacket(packet(chunk(0x84, Buffer.alloc(8))), 0)).toBe('drop');
});

test('comes to an end on any bytes', () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(bytes, fc.nat(), (body, tsn) => {
      expect(['take', 'drop', 'refuse']).toContain(judgePacket(Buffer.concat([Buffer.alloc(12), body]), tsn));
    }),
  );
});
