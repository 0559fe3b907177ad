import { expect, test } from 'vitest';
import { cameraTrouble } from '../../src/web/camera-trouble.ts';

test('each cause of a missing camera has a message and a fix of its own', () => {
  const names = [
    'insecure',
    'unsupported',
    'NotAllowedError',
    'NotFoundError',
    'NotReadableError',
    'OverconstrainedError',
    'ended',
    'TypeError',
  ];
  const troubles = names.map(cameraTrouble);
  expect(new Set(troubles.map(({ title }) => title)).size).toBe(names.length);
  expect(new Set(troubles.map(({ fix }) => fix)).size).toBe(names.length);
});
