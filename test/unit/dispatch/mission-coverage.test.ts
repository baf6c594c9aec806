import { beforeEach, expect, test } from 'vitest';
import {
  createMissionCoverage,
  type MissionCoverage,
} from '../../../main/station/dispatch/mission-coverage.ts';
import type { Log } from '../../../main/station/ports/log.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const log: Log = { info: () => {}, warn: () => {}, error: () => {} };

let clock: FakeClock;
let live: string[];
/** What the database shows to d04. */
let shown: Set<string>;
let failure: Refusal | null;
let asked: { dispatcherId: string; missionIds: readonly string[] }[];
let coverage: MissionCoverage;

beforeEach(() => {
  clock = new FakeClock();
  live = ['m-1', 'm-2'];
  shown = new Set(['m-1', 'past']);
  failure = null;
  asked = [];
  coverage = createMissionCoverage({
    store: {
      as: (dispatcherId) => ({
        read: {
          async visibleMissions({ missionIds }) {
            asked.push({ dispatcherId, missionIds });
            if (failure !== null) throw failure;
            return dispatcherId === 'd04' ? missionIds.filter((missionId) => shown.has(missionId)) : [];
          },
        },
      }),
    },
    liveMissions: () => live,
    clock,
    log,
  });
});

const visible = async (): Promise<string[]> => [...(await coverage.visibleTo('d04'))];

test('the database is asked once for what flies, and again for what is new', async () => {
  expect(await visible()).toEqual(['m-1']);
  expect(await visible()).toEqual(['m-1']);
  expect(asked).toHaveLength(1);
  live.push('m-3');
  shown.add('m-3');
  expect(await visible()).toEqual(['m-1', 'm-3']);
  expect(asked).toHaveLength(2);
  expect([...(await coverage.visibleTo('d05'))]).toEqual([]);
});

test('a mission that begins while the database is being asked is asked for as well', async () => {
  const first = visible();
  live.push('m-3');
  shown.add('m-3');
  expect(await Promise.all([first, visible()])).toEqual([
    ['m-1', 'm-3'],
    ['m-1', 'm-3'],
  ]);
});

test('whoever saw a mission acts on it without the database, also when it is lost; nobody else does', async () => {
  await visible();
  failure = new Refusal('STORAGE_UNAVAILABLE', 'The database has stopped.');
  clock.advance(3_600_000 / 10);
  await coverage.require('m-1', 'd04');
  await expect(coverage.require('m-2', 'd04')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(coverage.require('past', 'd04')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  await expect(coverage.require('m-1', 'd05')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  live.push('m-3');
  expect(await visible()).toEqual(['m-1']);
});

test('a mission that is over is asked for each time', async () => {
  await coverage.require('past', 'd04');
  shown.delete('past');
  await expect(coverage.require('past', 'd04')).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: 'There is no mission with this id.',
  });
});

test('what may have changed is asked again behind the answer of before', async () => {
  await visible();
  shown.delete('m-1');
  shown.add('m-2');
  expect(await visible()).toEqual(['m-1']);
  coverage.outdated();
  await visible();
  await Promise.resolve();
  expect(await visible()).toEqual(['m-2']);
  shown.add('m-1');
  clock.advance(10_001);
  await visible();
  await Promise.resolve();
  expect(await visible()).toEqual(['m-1', 'm-2']);
});

test('people who have not looked for ten minutes are forgotten', async () => {
  await visible();
  clock.advance(600_001);
  await coverage.visibleTo('d05');
  failure = new Refusal('STORAGE_UNAVAILABLE', 'The database has stopped.');
  await expect(visible()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
});
