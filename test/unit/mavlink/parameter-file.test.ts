import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  compareWithFile,
  readParameterFile,
  writeParameterFile,
} from '../../../main/station/mavlink/protocol/parameter-file.ts';

const REAL32 = 9;
const INT32 = 6;
const HELD = [
  { name: 'WPNAV_SPEED', type: REAL32, value: 1_000 },
  { name: 'FS_EKF_THRESH', type: REAL32, value: 0.8 },
  { name: 'RTL_ALT', type: INT32, value: 3_000 },
];
const ABOUT = { systemId: 7, componentId: 1, title: 'Alpha-3\nArduCopter 4.6.3' };

test('both formats are written as their programs write them', () => {
  expect(writeParameterFile(HELD, 'MISSION_PLANNER', ABOUT)).toBe(
    '# Alpha-3\n# ArduCopter 4.6.3\nFS_EKF_THRESH,0.8\nRTL_ALT,3000\nWPNAV_SPEED,1000.0\n',
  );
  expect(writeParameterFile(HELD, 'QGC', ABOUT)).toBe(
    '# Alpha-3\n# ArduCopter 4.6.3\n7\t1\tFS_EKF_THRESH\t0.8\t9\n7\t1\tRTL_ALT\t3000\t6\n7\t1\tWPNAV_SPEED\t1000.0\t9\n',
  );
});

test('files of both programs are read, with comments, blanks and either line end', () => {
  const planner =
    '#NOTE: 3/14/2026 Frame : X\r\nRTL_ALT,4500\r\n\r\nWPNAV_SPEED, 1.0e3 # slow\r\nNEW_ONE  -3.5\r\n';
  const read = readParameterFile(planner);
  expect(read).toEqual({
    state: 'READ',
    format: 'MISSION_PLANNER',
    values: new Map([
      ['RTL_ALT', 4_500],
      ['WPNAV_SPEED', 1_000],
      ['NEW_ONE', -3.5],
    ]),
  });
  if (read.state === 'READ')
    expect(compareWithFile(HELD, read.values)).toEqual({
      differences: [{ name: 'RTL_ALT', held: 3_000, wanted: 4_500 }],
      notOnVehicle: ['NEW_ONE'],
      notInFile: 1,
    });
  expect(readParameterFile('# Onboard parameters\n1\t1\tRTL_ALT\t4500\t6\n')).toMatchObject({
    format: 'QGC',
    values: new Map([['RTL_ALT', 4_500]]),
  });
});

test.each([
  ['', 'The file holds no parameters.'],
  ['RTL_ALT,', 'Line 1 of the file is no parameter: "RTL_ALT,". Nothing was changed.'],
  ['A,1\nB,0x10', 'Line 2 of the file is no parameter: "B,0x10". Nothing was changed.'],
  ['A,1\nB,NaN', 'Line 2 of the file is no parameter: "B,NaN". Nothing was changed.'],
  ['A,1\nA,2', 'The file names A twice (line 2). Remove one of them. Nothing was changed.'],
  ['<html>', 'Line 1 of the file is no parameter: "<html>". Nothing was changed.'],
  ['A,1\n'.repeat(10_001), 'The file has more than 10,000 lines. It is no parameter file.'],
])('what is no parameter file is refused with its line (%#)', (text, sentence) => {
  expect(readParameterFile(text)).toEqual({ state: 'REFUSED', sentence });
});

test('what was written is read as the same values', () => {
  const value = fc.float({ noNaN: true, noDefaultInfinity: true });
  const file = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[A-Z][A-Z0-9_]{0,15}$/), value), {
    minLength: 1,
    selector: ([name]) => name,
  });
  fc.assert(
    fc.property(file, fc.constantFrom('QGC', 'MISSION_PLANNER'), (rows, format) => {
      const held = rows.map(([name, number]) => ({ name, type: REAL32, value: number }));
      const read = readParameterFile(writeParameterFile(held, format, ABOUT));
      if (read.state !== 'READ') throw new Error(read.sentence);
      expect(compareWithFile(held, read.values)).toEqual({ differences: [], notOnVehicle: [], notInFile: 0 });
    }),
  );
});
