import { expect, test } from 'vitest';
import type { PlanStanding } from '../../../preload/contract/vehicle-tools.ts';
import { inFolder, parentFolder } from '../../../renderer/features/vehicle/file-paths.ts';
import { standingWords } from '../../../renderer/features/vehicle/plan-standing.tsx';
import {
  draftOf,
  placed,
  toSend,
  withAltitude,
  without,
} from '../../../renderer/features/vehicle/rally-draft.ts';
import { fenceMarks } from '../../../renderer/features/vehicle/vehicle-plan.ts';

const item = (command: number, changes: object = {}) => ({
  ...{ sequence: 0, command, frame: 3, parameters: [0, 0, 0, 0], latitudeDeg: 42, longitudeDeg: -71 },
  altitudeM: 40,
  ...changes,
});
const HERE = { latitudeDeg: 1, longitudeDeg: 2 };

test('what the drone holds is edited above its home; a height above the sea needs the home', () => {
  const held = [item(5_100), item(5_100, { frame: 0, altitudeM: 62 }), item(16)];
  expect(draftOf(7, held, 12, 'metric').points.map(({ typed }) => typed)).toEqual(['40', '50']);
  const blind = draftOf(7, held, null, 'metric');
  expect(blind.points.map(({ typed }) => typed)).toEqual(['40', '']);
  expect(toSend(blind, 'metric')).toBeNull();
  expect(toSend(withAltitude(blind, 1, '30'), 'metric')).toMatchObject([
    { altitudeRelativeHomeM: 40 },
    { altitudeRelativeHomeM: 30 },
  ]);
});

test('a point is added with the altitude of the last, moved and removed; in feet it is sent in metres', () => {
  const empty = draftOf(7, [], 0, 'aviation');
  expect(placed(empty, HERE, 'aviation')).toBe(empty);
  const one = placed({ ...empty, placing: 0 }, HERE, 'aviation');
  expect(one).toMatchObject({ points: [{ position: HERE, typed: '131' }], placing: null });
  const two = placed({ ...withAltitude(one, 0, '100'), placing: 1 }, HERE, 'aviation');
  expect(toSend(two, 'aviation')?.[1]?.altitudeRelativeHomeM).toBeCloseTo(30.48, 2);
  const moved = placed({ ...two, placing: 0 }, { latitudeDeg: 5, longitudeDeg: 6 }, 'aviation');
  expect(moved.points.map(({ position }) => position.latitudeDeg)).toEqual([5, 1]);
  expect(toSend(withAltitude(moved, 0, '400'), 'aviation')).toBeNull();
  expect(without(moved, 0).points.map(({ id }) => id)).toEqual([1]);
});

test('a fence is drawn from its corners and circles, however many it says that it has', () => {
  const corner = (latitudeDeg: number) => item(5_002, { latitudeDeg, parameters: [3, 0, 0, 0] });
  const circle = item(5_003, { parameters: [120, 0, 0, 0] });
  const marks = fenceMarks([corner(1), corner(2), corner(3), circle, corner(4)]);
  expect(marks).toMatchObject([
    { staysOut: true, ring: [{ latitudeDeg: 1 }, { latitudeDeg: 2 }, { latitudeDeg: 3 }] },
    { staysOut: false, radiusM: 120 },
    { staysOut: true, ring: [{ latitudeDeg: 4 }] },
  ]);
});

test('how a plan stands to what was sent is said in a sentence', () => {
  const standing: PlanStanding = {
    ...{ kind: 'RALLY' as const, state: 'AS_SENT' as const, sentAtMs: 0 },
    ...{ watched: true, comparedAtMs: null, difference: null },
  };
  expect(standingWords({ ...standing, state: 'NOT_SENT', sentAtMs: null })).toBe(
    'Not sent by this station since it started.',
  );
  expect(standingWords(standing)).toMatch(/^As sent at \d\d:00:00\.$/);
  expect(standingWords({ ...standing, watched: false })).toMatch(/does not tell of changes by others/);
  expect(standingWords({ ...standing, state: 'DIFFERS' })).toMatch(/^Differs .* somebody else changed it/);
  expect(standingWords({ ...standing, state: 'DIFFERS', difference: 'Item 0 differs.' })).toMatch(
    /Item 0 differs\.$/,
  );
});

test('folders of a drone', () => {
  expect(inFolder('/', 'APM')).toBe('/APM');
  expect(inFolder('/APM', 'LOGS')).toBe('/APM/LOGS');
  expect(parentFolder('/APM/LOGS')).toBe('/APM');
  expect(parentFolder('/APM/')).toBe('/');
  expect(parentFolder('@SYS')).toBe('/');
});
