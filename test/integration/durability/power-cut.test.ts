import { expect, test } from 'vitest';
import { cutPower, recordWorkload } from '../../support/power-cut.ts';

test('case 20: what was acknowledged survives the power being cut at any moment, its place in the outbox with it', async () => {
  const recording = await recordWorkload({ seed: 1, steps: 300 });
  const figures = await cutPower(recording, { seed: 1, rounds: 6 });
  expect(figures).toMatchObject({ lost: 0, duplicated: 0, unopenable: 0, failures: [] });
  expect(figures.acknowledged).toBeGreaterThan(500);
}, 180_000);

test('a disk that does not keep what it was told to keep is found out', async () => {
  const recording = await recordWorkload({ seed: 1, steps: 60, losesSyncs: true });
  const figures = await cutPower(recording, { seed: 1, rounds: 2 });
  expect(figures.lost + figures.unopenable).toBeGreaterThan(0);
  expect(figures.failures).not.toEqual([]);
}, 180_000);

test('so are writes of many that are acknowledged before they are on the disk', async () => {
  const recording = await recordWorkload({ seed: 1, steps: 25, acknowledgesEarly: true });
  const figures = await cutPower(recording, { seed: 11, rounds: 2 });
  expect(figures.lost).toBeGreaterThan(0);
}, 180_000);
