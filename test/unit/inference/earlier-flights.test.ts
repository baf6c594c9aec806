import { expect, it } from 'vitest';
import { EarlierFlights, FlightMean, withFlight } from '../../../main/station/inference/earlier-flights.ts';
import { FEATURES } from '../../../main/station/inference/window-features.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const flight = (value: number): number[] => FEATURES.map(() => value);
const ended = (value: number, score = 0.4) => ({ score, sentence: null, mean: flight(value) });

interface Disk {
  value: Record<string, unknown> | null;
  broken?: boolean;
}

function station(disk: Disk) {
  return new EarlierFlights({
    store: {
      read: {
        async setting() {
          if (disk.broken === true) throw new Error('disk');
          return disk.value;
        },
      },
      write: {
        async saveSetting({ value }) {
          if (disk.broken === true) throw new Error('disk');
          disk.value = structuredClone(value);
        },
      },
    },
    clock: new FakeClock(),
    log: silent,
  });
}

it('compares with the mean of a drone’s flights from the third on, over a restart, until they are forgotten', async () => {
  const disk: Disk = { value: null };
  const first = station(disk);
  first.learn('Alpha-1', ended(1), false);
  first.learn('Alpha-1', ended(2), false);
  first.learn('Alpha-3', ended(9), false);
  await first.settled();
  expect([first.count('Alpha-1'), first.reference('Alpha-1')]).toEqual([2, null]);

  const second = station(disk);
  second.learn('Alpha-1', ended(6), false);
  await second.settled();
  expect([...(second.reference('Alpha-1') ?? [])]).toEqual(flight(3));
  expect(await second.forget('Alpha-1')).toBe(3);
  expect([second.count('Alpha-1'), second.reference('Alpha-1'), second.count('Alpha-3')]).toEqual([
    0,
    null,
    1,
  ]);

  const third = station(disk);
  await third.settled();
  expect([third.count('Alpha-1'), third.count('Alpha-3')]).toEqual([0, 1]);
  expect(await third.forget('Alpha-1')).toBe(0);
});

it('lets old flights count less and less', () => {
  let learnt = withFlight(null, flight(0));
  for (let index = 0; index < 9; index++) learnt = withFlight(learnt, flight(0));
  expect(learnt.flights).toBe(10);
  learnt = withFlight(learnt, flight(10));
  expect(learnt).toEqual({ flights: 11, mean: flight(1) });
});

it('learns nothing from an alarm, nor while one waits for a signed check, nor from half a flight', async () => {
  const flights = station({ value: null });
  flights.learn('Alpha-1', ended(1, 1.2), false);
  flights.learn('Alpha-1', ended(1), true);
  flights.learn('Alpha-1', { ...ended(1), mean: null }, false);
  await flights.settled();
  expect(flights.count('Alpha-1')).toBe(0);
});

it('learns nothing from a short hop, nor from what another version stored', async () => {
  const hop = new FlightMean();
  for (let index = 0; index < 29; index++) hop.add(Float32Array.from(flight(1)));
  expect(hop.mean()).toBeNull();
  hop.add(Float32Array.from(flight(1)));
  expect(hop.mean()).toEqual(flight(1));

  const otherVersion = station({ value: { drones: { 'Alpha-1': { flights: 5, mean: [1, 2] } } } });
  await otherVersion.settled();
  expect(otherVersion.count('Alpha-1')).toBe(0);
});

it('says so where it cannot forget, and overwrites nothing that it could not read', async () => {
  const disk: Disk = { value: null };
  const before = station(disk);
  before.learn('Alpha-1', ended(1), false);
  await before.settled();
  disk.broken = true;
  await expect(before.forget('Alpha-1')).rejects.toThrow('disk');
  expect(before.count('Alpha-1')).toBe(1);

  const unread = station(disk);
  await unread.settled();
  expect(unread.count('Alpha-1')).toBe(0);
  disk.broken = false;
  unread.learn('Alpha-1', ended(3), false);
  await unread.settled();
  expect(unread.count('Alpha-1')).toBe(2);
});
