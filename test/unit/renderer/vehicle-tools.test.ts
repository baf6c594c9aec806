import { ORPCError } from '@orpc/client';
import { expect, test, vi } from 'vitest';
import type { Person } from '../../../preload/contract/session.ts';
import type { TrafficAircraft } from '../../../preload/contract/vehicle-tools.ts';
import { guidedBlock, isFlying } from '../../../renderer/features/vehicle/guided-block.ts';
import { createParameterChanges } from '../../../renderer/features/vehicle/parameter-changes.ts';
import { relativeWords, trafficLabel } from '../../../renderer/features/vehicle/traffic-words.ts';
import { numberText, sizeText, typedNumber } from '../../../renderer/features/vehicle/vehicle-words.ts';
import { vehicleState } from '../../support/vehicle-state.ts';

const SYSTEM = 7;
const refused = (code: string, message: string) => new ORPCError(code, { message, defined: true });
const statesOf = (changes: ReturnType<typeof createParameterChanges>): (string | undefined)[] => [
  ...[...(changes.state.get().get(SYSTEM)?.byName.values() ?? [])].map(({ state }) => state),
];
const ended = (changes: ReturnType<typeof createParameterChanges>) =>
  vi.waitFor(() => expect(changes.state.get().get(SYSTEM)?.running).toBe(false));

test('parameters are set one after the other; one that is refused does not stop the others', async () => {
  const held = new Map([
    ['A', 1],
    ['B', 2],
    ['C', 3],
  ]);
  let together = 0;
  const changes = createParameterChanges(async ({ name, value }) => {
    expect(++together).toBe(1);
    await Promise.resolve();
    together--;
    if (name === 'B') throw refused('COMMAND_REFUSED', 'It is read-only.');
    const before = held.get(name) ?? 0;
    held.set(name, value);
    return { name, value, before };
  });
  changes.set(
    SYSTEM,
    [...held.keys()].map((name) => ({ name, value: 10 })),
  );
  changes.set(SYSTEM, [{ name: 'A', value: 99 }]);
  await ended(changes);
  expect(statesOf(changes)).toEqual(['ACCEPTED', 'REFUSED', 'ACCEPTED']);
  expect(changes.state.get().get(SYSTEM)).toMatchObject({ done: 3, total: 3 });
  expect(changes.state.get().get(SYSTEM)?.byName.get('B')?.sentence).toBe('It is read-only.');

  changes.set(SYSTEM, [{ name: 'A', value: 20 }]);
  await ended(changes);
  expect(changes.state.get().get(SYSTEM)?.byName.get('A')).toMatchObject({ original: 1, value: 20 });
});

test('F1, F7: after one whose outcome is not known, or that was not sent, nothing more is sent', async () => {
  for (const [code, state] of [
    ['COMMAND_UNKNOWN', 'UNKNOWN'],
    ['DRONE_OUT_OF_CONTACT', 'NOT_SENT'],
  ] as const) {
    const send = vi.fn().mockRejectedValue(refused(code, 'Nobody answers.'));
    const changes = createParameterChanges(send);
    changes.set(SYSTEM, [
      { name: 'A', value: 1 },
      { name: 'B', value: 2 },
    ]);
    await ended(changes);
    expect(statesOf(changes)).toEqual([state, 'NOT_SENT']);
    expect(send).toHaveBeenCalledTimes(1);
  }
});

test('cancelled, what is on its way is waited for and the rest is not sent', async () => {
  const first = Promise.withResolvers<{ name: string; value: number; before: number }>();
  const send = vi.fn(() => first.promise);
  const changes = createParameterChanges(send);
  changes.set(SYSTEM, [
    { name: 'A', value: 1 },
    { name: 'B', value: 2 },
  ]);
  changes.cancel(SYSTEM);
  expect(statesOf(changes)).toEqual(['SENDING', 'WAITING']);
  first.resolve({ name: 'A', value: 1, before: 0 });
  await ended(changes);
  expect(statesOf(changes)).toEqual(['ACCEPTED', 'NOT_SENT']);
  expect(send).toHaveBeenCalledTimes(1);
});

test('flying by hand is refused in words: on a recording, during a mission, without the right, out of contact', () => {
  const person = { permissions: ['fly_missions'] } as unknown as Person;
  const flying = { ...vehicleState(0), armed: true, landedState: 'IN_AIR' as const };
  const free = { onMission: false, person };
  expect(guidedBlock(flying, free)).toBeNull();
  expect(guidedBlock({ ...flying, isReplay: true }, free)).toMatch(/recording/);
  expect(guidedBlock(flying, { ...free, onMission: true })).toMatch(/flies a mission/);
  expect(guidedBlock(flying, { onMission: false, person: { ...person, permissions: [] } })).toMatch(/role/);
  expect(guidedBlock({ ...flying, contact: 'LOST' }, free)).toMatch(/No contact/);
  expect(isFlying(flying)).toBe(true);
  expect(isFlying({ ...flying, landedState: 'ON_GROUND' })).toBe(false);
  expect(isFlying({ ...flying, armed: false })).toBe(false);
});

test('numbers as they are typed and shown', () => {
  expect(typedNumber(' 1,5 ')).toBe(1.5);
  expect(typedNumber('')).toBeNull();
  expect(typedNumber('1e400')).toBeNull();
  expect(typedNumber('12 m')).toBeNull();
  expect(numberText(Math.fround(0.1))).toBe('0.1');
  expect(sizeText(999)).toBe('999 B');
  expect(sizeText(38_400)).toBe('38.4 kB');
});

test('F8: an aircraft is above or below a drone only where both altitudes have the same datum', () => {
  const plane: TrafficAircraft = {
    ...{ source: 'ADS_B', aircraftId: 'A1B2C3', callsign: 'N123AB', latitudeDeg: 42, longitudeDeg: -71 },
    ...{ heardBySystemId: 1, nearby: [] },
    ...{
      altitudeM: 300,
      altitudeDatum: 'AMSL',
      headingDeg: 90,
      groundSpeedMps: 60,
      climbRateMps: 0,
      ageMs: 2_000,
    },
  };
  expect(trafficLabel(plane, 100, 'metric')).toBe('N123AB · 200.0 m above · 2 s');
  expect(trafficLabel(plane, 400, 'aviation')).toBe('N123AB · 328 ft below · 2 s');
  expect(trafficLabel(plane, null, 'metric')).toBe('N123AB · 300.0 m AMSL · 2 s');
  const pressure: TrafficAircraft = { ...plane, altitudeDatum: 'PRESSURE', callsign: null };
  expect(relativeWords(pressure, 100, 'metric')).toBeNull();
  expect(trafficLabel(pressure, 100, 'metric')).toBe('A1B2C3 · 300.0 m pressure · 2 s');
});
