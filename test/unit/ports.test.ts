import { expect, test } from 'vitest';
import { seededRandom, uuidV7 } from '../../main/station/ports/random.ts';

test('the same seed gives the same sequence, and a UUIDv7 carries its time and version', () => {
  const first = seededRandom(7);
  const second = seededRandom(7);
  expect([first.next(), first.next()]).toEqual([second.next(), second.next()]);
  const id = uuidV7(1_700_000_000_000, first);
  expect(id).toMatch(/^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
