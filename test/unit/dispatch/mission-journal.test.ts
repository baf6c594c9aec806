import { expect, test } from 'vitest';
import { MissionJournal } from '../../../main/station/dispatch/mission-journal.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import { FakeClock } from '../../support/fake-clock.ts';

test('what the database does not take waits and is written in order; what there is no room for is told', async () => {
  const clock = new FakeClock();
  const silent = (): void => undefined;
  const lost: number[] = [];
  const troubles: (string | null)[] = [];
  const journal = new MissionJournal({
    ...{ clock, missionId: 'm', onWritten: silent, log: { info: silent, warn: silent, error: silent } },
    onTrouble: (sentence) => troubles.push(sentence),
    onLost: (entries) => lost.push(entries),
  });
  let isDown = true;
  const written: number[] = [];
  const add = (number: number): void =>
    journal.add(async () => {
      if (isDown) throw new Refusal('STORAGE_UNAVAILABLE', 'The database is down.');
      written.push(number);
    });
  for (let number = 1; number <= 502; number++) add(number);
  await clock.run(60_000, 1_000);
  expect([lost, written, new Set(troubles)]).toEqual([[1, 2], [], new Set(['The database is down.'])]);
  isDown = false;
  await clock.run(10_000, 1_000);
  // The oldest was under way when there was no room.
  expect(written).toEqual([1, ...Array.from({ length: 499 }, (_, index) => index + 4)]);
  expect(troubles.at(-1)).toBe(null);
});
