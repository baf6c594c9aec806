import { expect, test } from 'vitest';
import { MAV_CMD, MAV_FRAME } from '../../../main/station/mavlink/generated/enums.ts';
import { firstDifference } from '../../../main/station/mavlink/protocol/compare-plan.ts';
import {
  type DownloadOutcome,
  MissionTransfer,
  type UploadOutcome,
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

function count(tally: Tally, outcome: UploadOutcome | DownloadOutcome, seed: number): void {
  expect(outcome.state, `seed ${seed}`).not.toBe('REFUSED');
  if (outcome.state === 'DONE' || outcome.state === 'SENT') tally.done++;
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
    if (upload.state !== 'UNKNOWN') expect(vehicle.plan, `seed ${seed}`).toEqual(items);
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

/** The vehicle asks for one item at a time; a round that fails is noticed after a round trip at the earliest. */
test.each([
  { loss: 0, floorS: 100 * 0.2 },
  { loss: 0.2, floorS: (100 * 0.2) / (0.8 * 0.8) },
])(
  '100 items over 200 ms there and back, $loss lost each way, take at most 1.3 times $floorS s',
  async ({ loss, floorS }) => {
    const seconds: number[] = [];
    for (let seed = 1; seed <= 15; seed++) {
      const clock = new FakeClock();
      const ends = wire(clock, { seed, loss, duplicates: 0, delayMs: 200 }, [255, 190], [7, 1]);
      const vehicle = new PlanHolder(ends.vehicle, []);
      const transfer = new MissionTransfer(ends.station);
      ends.station.onFrame = (frame) => transfer.receive(frame);
      const items = plan(100, 0);
      const fromMs = clock.monotonicMs();
      await settle(clock, transfer.upload({ systemId: 7, componentId: 1, missionType: 0, items }));
      expect(vehicle.plan, `seed ${seed}`).toEqual(items);
      seconds.push((clock.monotonicMs() - fromMs) / 1_000);
    }
    seconds.sort((one, other) => one - other);
    console.log(`${100 * loss} % lost: ${seconds[7]} s, longest ${seconds.at(-1)} s, floor ${floorS} s`);
    expect(seconds[7]).toBeLessThanOrEqual(1.3 * floorS);
    expect(seconds.at(-1)).toBeLessThanOrEqual(2 * floorS);
  },
);

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
