import { expect, test } from 'vitest';
import { ModelMatches } from '../../../main/station/health/model-matches.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { ModelMatch } from '../../../preload/contract/models.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const MODEL = { version: '2.3.1', hashStart: '00112233aabbccdd' };
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('asks the list once, answers from memory, and asks again after a while', async () => {
  const clock = new FakeClock();
  const asked: unknown[] = [];
  let listed: ModelMatch = 'NOT_LISTED';
  const matches = new ModelMatches(
    {
      async reportedModel(model) {
        asked.push(model);
        return listed;
      },
    },
    clock,
  );
  expect(matches.of({ version: '', hashStart: null })).toBeNull();
  expect(matches.of(MODEL)).toBeNull();
  await settled();
  expect(matches.of(MODEL)).toBe('NOT_LISTED');
  expect(asked).toEqual([MODEL]);

  listed = 'ACTIVE';
  clock.advance(15_000);
  expect(matches.of(MODEL)).toBe('NOT_LISTED');
  await settled();
  expect(matches.of(MODEL)).toBe('ACTIVE');
  expect(asked).toHaveLength(2);
});

test('a database that does not answer leaves what was known', async () => {
  const clock = new FakeClock();
  let broken = false;
  const matches = new ModelMatches(
    {
      async reportedModel() {
        if (broken) throw new Refusal('STORAGE_UNAVAILABLE', 'The database does not answer.');
        return 'OTHER_HASH';
      },
    },
    clock,
  );
  matches.of(MODEL);
  await settled();
  broken = true;
  clock.advance(15_000);
  matches.of(MODEL);
  await settled();
  expect(matches.of(MODEL)).toBe('OTHER_HASH');
});
