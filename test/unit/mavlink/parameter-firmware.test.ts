import { expect, test } from 'vitest';
import { foreignFile } from '../../../main/station/mavlink/protocol/parameter-firmware.ts';

const COPTER = 'ArduCopter 4.6.3';
const ALL_KNOWN = { names: 50, notOnVehicle: 0 };

test.each([
  [
    'QGroundControl of PX4',
    '# Stack: PX4 Pro\n# Vehicle: Multi-Rotor\n1\t1\tA\t1\t6',
    /of PX4.*runs ArduCopter 4.6.3/,
  ],
  ['this station of PX4', '# Alpha-2\n# PX4 1.16.0\nA,1', /Nothing was compared/],
])('a file that %s says it is of is refused on ArduPilot', (_, text, sentence) => {
  expect(foreignFile(text, COPTER, ALL_KNOWN)).toMatch(sentence);
});

test('a file of ArduPilot is refused on PX4, and taken on ArduPilot of another version', () => {
  const text = '# ArduCopter 4.5.7\nA,1';
  expect(foreignFile(text, 'PX4 1.16.0', ALL_KNOWN)).toMatch(/of ArduPilot.*runs PX4/);
  expect(foreignFile(text, COPTER, { names: 50, notOnVehicle: 6 })).toBeNull();
});

test('a file that does not say its firmware is known by its names; a few of them say nothing', () => {
  expect(foreignFile('A,1', COPTER, { names: 22, notOnVehicle: 22 })).toMatch(/22 of the 22 parameters/);
  expect(foreignFile('A,1', null, { names: 22, notOnVehicle: 11 })).toBeNull();
  expect(foreignFile('A,1', COPTER, { names: 2, notOnVehicle: 2 })).toBeNull();
  // A word in a value's comment is no more than that.
  expect(foreignFile('A,1 # as on PX4', COPTER, ALL_KNOWN)).toBeNull();
});
