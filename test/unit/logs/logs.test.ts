import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataFlashLog, uLog } from '../../../main/simulator/flight-log.ts';
import { seededRandom } from '../../../main/simulator/random.ts';
import { dataFlashContents, dataFlashSeries } from '../../../main/station/logs/dataflash-log.ts';
import { LogReader } from '../../../main/station/logs/log-reader.ts';
import { SeriesThinning } from '../../../main/station/logs/series-thinning.ts';
import { uLogContents, uLogSeries } from '../../../main/station/logs/ulog-log.ts';

const FLIGHT_S = 120;
const RATE_HZ = 10;
const WORKER = new URL('../../../main/station/logs/log-worker.ts', import.meta.url);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skyrescue-logs-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
const arduPilot = (): Buffer => dataFlashLog(FLIGHT_S, seededRandom(1));

test('a DataFlash log: its messages, fields, units and times', () => {
  const path = written('flight.bin', arduPilot());
  const contents = dataFlashContents(path);
  expect(contents).toMatchObject({
    format: 'DATAFLASH',
    firstS: 0,
    lastS: FLIGHT_S - 0.1,
    unreadableBytes: 0,
  });
  expect(contents.types.map(({ type, count }) => [type, count])).toEqual([
    ['ATT', FLIGHT_S * RATE_HZ],
    ['BAT[0]', FLIGHT_S * RATE_HZ],
    ['POS', FLIGHT_S * RATE_HZ],
  ]);
  expect(contents.types[1]?.fields).toEqual([
    { name: 'Volt', unit: 'V' },
    { name: 'Curr', unit: 'A' },
  ]);
  const height = dataFlashSeries(path, 'POS', 'RelHomeAlt', 100);
  expect(height).toMatchObject({ unit: 'm', samples: FLIGHT_S * RATE_HZ });
  expect(height.seconds.length).toBeLessThanOrEqual(100);
  expect(Math.max(...height.values)).toBeCloseTo(50, 3);
  expect(height.values[0]).toBeCloseTo(0, 3);
  expect(() => dataFlashSeries(path, 'POS', 'Colour', 100)).toThrow('holds no Colour of POS');
});

test('two batteries are two lines', () => {
  const bytes = arduPilot();
  const mark = Buffer.from([0xa3, 0x95, 131]);
  // The instance follows the time: every second battery message is said to be of the other one.
  for (let at = bytes.indexOf(mark), nth = 0; at !== -1; at = bytes.indexOf(mark, at + 1), nth++)
    if (bytes[at + 12] !== undefined && nth % 2 === 1) bytes[at + 11] = 1;
  const { types } = dataFlashContents(written('two.bin', bytes));
  expect(types.filter(({ type }) => type.startsWith('BAT')).map(({ type, count }) => [type, count])).toEqual([
    ['BAT[0]', (FLIGHT_S * RATE_HZ) / 2],
    ['BAT[1]', (FLIGHT_S * RATE_HZ) / 2],
  ]);
});

test('a log that was damaged and cut off is read around the damage, and says how much it is', () => {
  const bytes = arduPilot();
  const middle = Math.floor(bytes.length / 2);
  const broken = Buffer.concat([bytes.subarray(0, middle), Buffer.alloc(5_000), bytes.subarray(middle, -7)]);
  const { types, unreadableBytes } = dataFlashContents(written('broken.bin', broken));
  expect(unreadableBytes).toBeGreaterThanOrEqual(5_000);
  expect(unreadableBytes).toBeLessThan(5_200);
  expect(types.find(({ type }) => type === 'ATT')?.count).toBeGreaterThan(FLIGHT_S * RATE_HZ - 5);
});

test('a ULog: the same flight, from PX4', async () => {
  const path = written('flight.ulg', uLog(FLIGHT_S, seededRandom(1)));
  const contents = await uLogContents(path);
  expect(contents.types.map(({ type }) => type)).toEqual([
    'battery_status',
    'vehicle_attitude_euler',
    'vehicle_height',
  ]);
  const height = await uLogSeries(path, 'vehicle_height', 'relative_home', 200);
  expect(height.samples).toBe(FLIGHT_S * RATE_HZ);
  expect(Math.max(...height.values)).toBeCloseTo(50, 3);
  await expect(uLogSeries(path, 'vehicle_height', 'colour', 200)).rejects.toThrow('holds no colour');
});

test('thinning keeps the one peak of a million values, in order and within its room', () => {
  const thinning = new SeriesThinning(1_000);
  for (let index = 0; index < 1_000_000; index++) {
    thinning.add(index, index === 654_321 ? 99 : index === 123_456 ? -99 : Math.sin(index / 1_000));
    if (index % 1_000 === 0) thinning.add(index, Number.NaN);
  }
  const { seconds, values } = thinning.points();
  expect(thinning.samples).toBe(1_000_000);
  expect(seconds.length).toBeLessThanOrEqual(1_000);
  expect(seconds.length).toBeGreaterThan(400);
  expect(seconds[values.indexOf(99)]).toBe(654_321);
  expect(seconds[values.indexOf(-99)]).toBe(123_456);
  expect(seconds).toEqual([...seconds].sort((one, other) => one - other));
});

test('in its thread: whatever the file is, the answer is a log or a sentence', async () => {
  const reader = new LogReader(WORKER);
  const good = written('good.bin', arduPilot());
  const cut = written('cut.ulg', uLog(5, seededRandom(2)).subarray(0, 60));
  const asked = [
    reader.contents(good),
    reader.contents(written('words.bin', Buffer.from('no log at all'))),
    reader.contents(cut),
    reader.contents(join(folder, 'absent.bin')),
    reader.series(good, 'ATT', 'Roll'),
  ];
  const [contents, words, damaged, absent, series] = await Promise.allSettled(asked);
  expect(contents).toMatchObject({ status: 'fulfilled' });
  expect(words).toMatchObject({
    reason: { code: 'INVALID_INPUT', message: expect.stringContaining('neither a DataFlash') },
  });
  expect(damaged).toMatchObject({ reason: { code: 'INVALID_INPUT' } });
  expect(absent).toMatchObject({
    reason: { code: 'INVALID_INPUT', message: expect.stringContaining('Download it again') },
  });
  expect(series).toMatchObject({ status: 'fulfilled', value: { unit: 'deg' } });
});
