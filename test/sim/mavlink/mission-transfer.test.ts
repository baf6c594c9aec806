import { expect, test } from 'vitest';
import { MAV_CMD, MAV_FRAME } from '../../../main/station/mavlink/generated/enums.ts';
import { firstDifference } from '../../../main/station/mavlink/protocol/compare-plan.ts';
import {
  type DownloadOutcome,
  MissionTransfer,
  type TransferOutcome,
} from '../../../main/station/mavlink/protocol/mission-transfer.ts';
import type { TransferItem } from '../../../main/station/mavlink/protocol/mission-upload.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { wire } from '../../support/mavlink-wire.ts';
import { PlanHolder } from '../../support/plan-holder.ts';

const SEEDS = Number(process.env.SEEDS ?? 60);

function plan(count: number, shift: number): TransferItem[] {
  return Array.from({ length: count }, (_, index) => ({
    frame: MAV_FRAME.GLOBAL_RELATIVE_ALT_INT,
    command: MAV_CMD.NAV_WAYPOINT,
    autocontinue: 1,
    param1: index,
    param2: 0,
    param3: 0,
    param4: 0,
    x: 370_000_000 + index * 100 + shift,
    y: -1_220_000_000 - index * 100,
    z: 40 + index / 4,
  }));
}

async function settle<Outcome>(clock: FakeClock, outcome: Promise<Outcome>): Promise<Outcome> {
  let result: { outcome: Outcome } | null = null;
  void outcome.then((value) => {
    result = { outcome: value };
  });
  for (let step = 0; step < 1000 && result === null; step++) await clock.run(500, 500);
  if (result === null) throw new Error('The transfer never ended.');
  return (result as { outcome: Outcome }).outcome;
}

interface Tally {
  done: number;
  unknown: number;
}

function count(tally: Tally, outcome: TransferOutcome | DownloadOutcome, seed: number): void {
  expect(outcome.state, `seed ${seed}`).not.toBe('REFUSED');
  if (outcome.state === 'DONE') tally.done++;
  else tally.unknown++;
}

test(`a 100-item plan goes up and comes back at 20 % loss, with repeats and reordering`, async () => {
  const uploads: Tally = { done: 0, unknown: 0 };
  const downloads: Tally = { done: 0, unknown: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const clock = new FakeClock();
    const ends = wire(clock, { seed, loss: 0.2, duplicates: 0.05, delayMs: 120 }, [255, 190], [7, 1]);
    const old = plan(30, 7);
    const vehicle = new PlanHolder(ends.vehicle, old);
    const transfer = new MissionTransfer(ends.station);
    ends.station.onFrame = (frame) => transfer.receive(frame);
    const items = plan(100, 0);
    const target = { systemId: 7, componentId: 1, missionType: 0 };
    const upload = await settle(clock, transfer.upload({ ...target, items }));
    count(uploads, upload, seed);
    // What the vehicle holds is the old plan or the new one, and the new one when we say so.
    expect([old, items], `seed ${seed}`).toContainEqual(vehicle.plan);
    if (upload.state === 'DONE') expect(vehicle.plan, `seed ${seed}`).toEqual(items);
    await clock.run(3000, 500);
    const download = await settle(clock, transfer.download(target));
    count(downloads, download, seed);
    if (download.state === 'DONE') {
      expect(download.items, `seed ${seed}`).toEqual(vehicle.plan);
      expect(firstDifference(vehicle.plan, download.items, { skipHome: true })).toBeNull();
    }
  }
  console.log(
    `seeds 1 to ${SEEDS}: uploads ${JSON.stringify(uploads)}, downloads ${JSON.stringify(downloads)}`,
  );
  expect(uploads.done / SEEDS).toBeGreaterThanOrEqual(0.99);
  // Five tries at the list are what the standard gives: the first answer gets lost five times in 0.6 % of the seeds.
  expect(downloads.done / SEEDS).toBeGreaterThanOrEqual(0.95);
});

test('at 60 % loss it may end unknown, never wrong', async () => {
  const tally: Tally = { done: 0, unknown: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const clock = new FakeClock();
    const ends = wire(clock, { seed, loss: 0.6, duplicates: 0.2, delayMs: 400 }, [255, 190], [1, 1]);
    const old = plan(5, 7);
    const vehicle = new PlanHolder(ends.vehicle, old);
    const transfer = new MissionTransfer(ends.station);
    ends.station.onFrame = (frame) => transfer.receive(frame);
    const items = plan(12, 0);
    const upload = await settle(
      clock,
      transfer.upload({ systemId: 1, componentId: 1, missionType: 0, items }),
    );
    if (upload.state === 'DONE') expect(vehicle.plan, `seed ${seed}`).toEqual(items);
    else expect([old, items], `seed ${seed}`).toContainEqual(vehicle.plan);
    if (upload.state === 'DONE') tally.done++;
    else tally.unknown++;
  }
  console.log(`60 % loss: ${JSON.stringify(tally)}`);
  expect(tally.unknown).toBeGreaterThan(0);
});
