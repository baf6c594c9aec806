import { beforeEach, expect, test } from 'vitest';
import { TIMESYNC } from '../../../main/station/mavlink/generated/messages.ts';
import { TimeSync } from '../../../main/station/mavlink/protocol/time-sync.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { CALM, type End, wire } from '../../support/mavlink-wire.ts';

const BOOTED_MS_AGO = 5_000;
let clock: FakeClock;
let vehicle: End;
let sync: TimeSync;
let bootedAtMs: number;
let delaysMs: [there: number, back: number];

beforeEach(() => {
  clock = new FakeClock();
  const ends = wire(clock, CALM, [255, 190], [4, 1]);
  ({ vehicle } = ends);
  sync = new TimeSync(ends.station, { systemId: 4, componentId: 1 });
  ends.station.onFrame = (frame) => sync.receive(frame);
  bootedAtMs = clock.nowMs() - BOOTED_MS_AGO;
  delaysMs = [30, 10];
  vehicle.onFrame = (frame) => {
    const { ts1 } = TIMESYNC.read(frame);
    const [there, back] = delaysMs;
    clock.after(there, () => {
      const tc1 = BigInt(Math.round((clock.nowMs() - bootedAtMs) * 1e6));
      clock.after(back, () => vehicle.send(TIMESYNC, { tc1, ts1, targetSystem: 255, targetComponent: 190 }));
    });
  };
});

async function round(): Promise<number> {
  await clock.run(10_000, 10);
  sync.tick();
  await clock.run(200, 5);
  const reading = sync.reading();
  if (reading === null) throw new Error('No measurement.');
  expect(Math.abs(reading.offsetMs - bootedAtMs)).toBeLessThanOrEqual(reading.errorMs + 1);
  return reading.errorMs;
}

test('the offset is within the stated error, which grows with time and shrinks with a faster answer', async () => {
  expect(await round()).toBeCloseTo(20, 0);
  delaysMs = [400, 0];
  expect(await round(), 'a slower answer does not replace it').toBeLessThan(22);
  delaysMs = [2, 2];
  expect(await round()).toBeCloseTo(2, 0);
});

test('asks every ten seconds, and forgets the old offset when the vehicle begins anew', async () => {
  await round();
  let asked = 0;
  const before = vehicle.onFrame;
  vehicle.onFrame = (frame) => {
    asked++;
    before(frame);
  };
  for (let tick = 0; tick < 300; tick++) {
    sync.tick();
    await clock.run(100, 50);
  }
  expect(asked).toBe(3);
  bootedAtMs = clock.nowMs();
  await round();
});

test('an answer that nobody asked for, comes late or twice, or is for another station does not count', async () => {
  vehicle.onFrame = () => {};
  sync.tick();
  vehicle.send(TIMESYNC, { tc1: 5n, ts1: 77n, targetSystem: 255, targetComponent: 190 });
  await clock.run(100);
  expect(sync.reading()).toBeNull();
});
