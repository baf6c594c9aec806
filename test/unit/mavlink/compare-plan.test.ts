import { expect, test } from 'vitest';
import { MAV_CMD, MAV_FRAME } from '../../../main/station/mavlink/generated/enums.ts';
import { firstDifference } from '../../../main/station/mavlink/protocol/compare-plan.ts';
import type { TransferItem } from '../../../main/station/mavlink/protocol/mission-upload.ts';

const base: TransferItem = {
  frame: MAV_FRAME.GLOBAL_RELATIVE_ALT_INT,
  command: MAV_CMD.NAV_WAYPOINT,
  autocontinue: 1,
  param1: 0,
  param2: 0,
  param3: 0,
  param4: Number.NaN,
  x: 371_234_567,
  y: -1_221_234_567,
  z: 40,
};

function compare(sent: Partial<TransferItem>, readBack: Partial<TransferItem>): string | null {
  const mine = { ...base, ...sent };
  return firstDifference([base, mine], [base, { ...mine, ...readBack }], { skipHome: true });
}

test('what autopilots round and overwrite is no difference', () => {
  expect(compare({}, {})).toBeNull();
  expect(compare({}, { x: base.x + 2, y: base.y - 2, z: 40.09 })).toBeNull();
  expect(compare({}, { param2: 5, param4: 0 })).toBeNull();
  expect(compare({}, { frame: MAV_FRAME.GLOBAL_RELATIVE_ALT })).toBeNull();
  expect(compare({ param1: 2.4 }, { param1: 2 })).toBeNull();
  expect(compare({ x: 0, y: 0, command: MAV_CMD.NAV_TAKEOFF }, { x: 5, y: 9 })).toBeNull();
  expect(compare({ command: MAV_CMD.NAV_RETURN_TO_LAUNCH }, { frame: 0, x: 0, y: 0, z: 0 })).toBeNull();
  const fence = { command: MAV_CMD.NAV_FENCE_POLYGON_VERTEX_EXCLUSION, param1: 5 };
  expect(compare(fence, { frame: 0, z: 0 })).toBeNull();
  expect(firstDifference([base], [{ ...base, x: 1, command: 0 }], { skipHome: true })).toBeNull();
});

test.each([
  ['latitude', {}, { x: base.x + 3 }, 'latitude 37.1234570°, 37.1234567° was sent'],
  ['longitude', {}, { y: base.y + 30 }, 'longitude -122.1234537°, -122.1234567° was sent'],
  ['altitude', {}, { z: 40.3 }, 'altitude 40.3 m, 40.0 m was sent'],
  ['an altitude that is no number', {}, { z: Number.NaN }, 'altitude NaN m'],
  ['datum', {}, { frame: MAV_FRAME.GLOBAL }, 'altitude reference 0, 6 was sent'],
  ['command', {}, { command: MAV_CMD.NAV_LAND }, 'command 21, 16 was sent'],
  ['a kept parameter', { param1: 10 }, { param1: 8 }, '8 as parameter 1, 10 was sent'],
  ['speed', { command: MAV_CMD.DO_CHANGE_SPEED, param2: 15 }, { param2: 5 }, '5 as parameter 2'],
  [
    'a parameter of a command without a list',
    { command: 2000, param3: 4 },
    { param3: 0 },
    '0 as parameter 3',
  ],
])('%s is named', (_what, sent, readBack, sentence) => {
  const difference = compare(sent, readBack);
  expect(difference).toContain('Item 1 of the plan differs: the vehicle holds');
  expect(difference).toContain(sentence);
});

test('another number of items is named', () => {
  expect(firstDifference([base, base], [base], { skipHome: true })).toBe(
    'The vehicle holds 1 items, 2 were sent.',
  );
});

test('the first item of a fence is not home', () => {
  expect(firstDifference([base], [{ ...base, x: 1 }], { skipHome: false })).toContain('Item 0');
});
