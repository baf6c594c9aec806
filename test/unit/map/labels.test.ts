import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Zone } from '../../../preload/contract/airspace.ts';
import { declutter, freePlace, overlaps } from '../../../renderer/map/declutter.ts';
import {
  droneFigures,
  droneLabel,
  englishMapTexts,
  lengthText,
  scaleBar,
  zoneLabel,
} from '../../../renderer/map/map-texts.ts';

const NOON_MS = new Date(2026, 10, 22, 12).getTime();
const HOUR_MS = 3_600_000;

function zone(fields: Partial<Zone>): Zone {
  return {
    zoneId: '1',
    name: 'Stadium',
    type: 'STADIUM',
    corners: [],
    ceilingAglM: null,
    startsAtMs: null,
    endsAtMs: null,
    authority: null,
    authorityReference: null,
    active: true,
    version: 1,
    inForce: true,
    ...fields,
  };
}
const label = (fields: Partial<Zone>, units: 'metric' | 'aviation' = 'metric') =>
  zoneLabel(zone(fields), NOON_MS, englishMapTexts, units);

describe('labels', () => {
  test('a zone says up to where and until when it forbids', () => {
    expect(label({ name: 'Logan KBOS', ceilingAglM: 120 })).toBe('Logan KBOS · to 120 m');
    expect(label({ name: 'Logan KBOS', ceilingAglM: 120 }, 'aviation')).toBe('Logan KBOS · to 394 ft');
    expect(label({ endsAtMs: NOON_MS + 10 * HOUR_MS })).toBe('Stadium · until 22:00');
    expect(label({ startsAtMs: NOON_MS + 6 * HOUR_MS, endsAtMs: NOON_MS + 7 * HOUR_MS })).toBe(
      'Stadium · from 18:00',
    );
    expect(label({ startsAtMs: NOON_MS + 30 * HOUR_MS })).toBe('Stadium · from 23 Nov, 18:00');
    expect(label({ endsAtMs: NOON_MS - HOUR_MS })).toBe('Stadium · over');
    expect(label({ active: false, endsAtMs: NOON_MS + HOUR_MS })).toBe('Stadium · switched off');
    expect(label({})).toBe('Stadium');
  });

  test('F10: a drone that was not heard lately carries the age of what is known', () => {
    expect(droneLabel('Delta-1', null, englishMapTexts)).toBe('Delta-1');
    expect(droneLabel('Delta-1', 7900, englishMapTexts)).toBe('Delta-1 · 7 s ago');
    expect(droneLabel('Delta-1', 600_000, englishMapTexts)).toBe('Delta-1 · 10 min ago');
  });

  test("the selected drone's figures", () => {
    const figures = (altitudeRelativeHomeM: number, groundSpeedMps: number, stale: number | null = null) =>
      droneFigures({ altitudeRelativeHomeM, groundSpeedMps }, stale, englishMapTexts, 'metric');
    expect(figures(60.2, 18.42)).toBe('60 m home · 18.4 m/s');
    expect(figures(-0.3, -0.01)).toBe('0 m home · 0.0 m/s');
    expect(figures(44, 9, 7000)).toBe('44 m home · 9.0 m/s · 7 s ago');
  });

  test('the scale bar is the longest round length that fits', () => {
    expect(scaleBar(14.12, 96)).toEqual({ metres: 1000, widthPx: 71 });
    expect(scaleBar(0.221, 96)).toEqual({ metres: 20, widthPx: 90 });
    expect([lengthText(500), lengthText(2000)]).toEqual(['500 m', '2 km']);
  });
});

test('a label takes the first place that covers nothing, and the first where each covers something', () => {
  const at = (x: number) => ({ x, y: 0, width: 10, height: 10 });
  const mark = { x: 5, y: 5, width: 1, height: 1 };
  expect(freePlace([at(0), at(20), at(40)], [mark])).toEqual(at(20));
  expect(freePlace([at(0), at(20)], [])).toEqual(at(0));
  expect(freePlace([at(0), at(20)], [mark, { ...mark, x: 25 }])).toEqual(at(0));
});

describe('declutter', () => {
  const candidate = (text: string, x: number, priority: number) => ({
    box: { x, y: 0, width: 10, height: 10 },
    priority,
    label: text,
  });

  test('the more urgent label wins the place, the earlier one among equals', () => {
    const shown = declutter(
      [candidate('a', 0, 0), candidate('b', 5, 1), candidate('c', 15, 0), candidate('d', 20, 0)],
      [],
      10,
    );
    expect(shown.map((one) => one.label)).toEqual(['b', 'c']);
  });

  test('what is reserved stays free, and the limit holds', () => {
    const all = [candidate('a', 0, 0), candidate('b', 20, 0), candidate('c', 40, 0)];
    expect(declutter(all, [{ x: 5, y: 5, width: 1, height: 1 }], 1).map((one) => one.label)).toEqual(['b']);
  });

  test('no two shown labels overlap, and none could be added', () => {
    const boxes = fc.array(
      fc.record({ x: fc.integer({ min: 0, max: 200 }), priority: fc.integer({ min: 0, max: 3 }) }),
    );
    fc.assert(
      fc.property(boxes, (places) => {
        const all = places.map(({ x, priority }, index) => candidate(String(index), x, priority));
        const shown = declutter(all, [], 1000);
        for (const one of all) {
          const hits = shown.filter((other) => overlaps(one.box, other.box));
          expect(shown.includes(one) ? hits : hits.length > 0).toEqual(shown.includes(one) ? [one] : true);
        }
      }),
      { seed: 5 },
    );
  });
});
