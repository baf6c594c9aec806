import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gridSpacingM, gridValues } from '../../../renderer/map/grid-lines.ts';
import { metresPerPixel, worldX, worldY } from '../../../renderer/map/mercator.ts';
import { fromUtm, toUtm, utmZone } from '../../../renderer/map/utm.ts';

describe('Web Mercator', () => {
  test('the corners and the middle of the world', () => {
    expect(worldX(-180)).toBe(0);
    expect(worldX(180)).toBe(1);
    expect(worldY(0)).toBeCloseTo(0.5, 12);
    expect(worldY(85.0511287798)).toBeCloseTo(0, 9);
    expect(worldY(-90)).toBeCloseTo(1, 9);
  });

  test('Boston lies in tile 12/1239/1514', () => {
    expect(Math.floor(worldX(-71.064) * 4096)).toBe(1239);
    expect(Math.floor(worldY(42.355) * 4096)).toBe(1515);
    expect(metresPerPixel(0, 0)).toBeCloseTo(156_543.03, 1);
    expect(metresPerPixel(60, 10)).toBeCloseTo(156_543.03 / 2 / 1024, 2);
  });
});

describe('UTM', () => {
  test('a point of the central meridian on the equator, and the zones', () => {
    expect(toUtm({ latitudeDeg: 0, longitudeDeg: -69 }, 19)).toEqual({ eastingM: 500_000, northingM: 0 });
    expect([utmZone(-180), utmZone(-71.06), utmZone(179.9), utmZone(180)]).toEqual([1, 19, 60, 60]);
  });

  test('the CN Tower, zone 17: 630084 m east, 4833438 m north', () => {
    const tower = { latitudeDeg: 43.642567, longitudeDeg: -79.387139 };
    const { eastingM, northingM } = toUtm(tower, 17);
    expect(eastingM).toBeCloseTo(630_084, -1);
    expect(northingM).toBeCloseTo(4_833_438, -1);
  });

  test('there and back is the same place, within a tenth of a millimetre', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -80, max: 84, noNaN: true }),
        fc.double({ min: -4, max: 4, noNaN: true }),
        (latitudeDeg, offsetDeg) => {
          const place = { latitudeDeg, longitudeDeg: -69 + offsetDeg };
          const back = fromUtm(toUtm(place, 19), 19);
          expect(Math.abs(back.latitudeDeg - latitudeDeg)).toBeLessThan(1e-8);
          expect(Math.abs(back.longitudeDeg - place.longitudeDeg)).toBeLessThan(1e-7);
        },
      ),
      { seed: 11 },
    );
  });
});

test('grid lines stand apart enough to be read, and cover the view', () => {
  const boston = (zoom: number) => gridSpacingM(metresPerPixel(42.355, zoom));
  expect([10, 12, 13, 14, 16].map(boston)).toEqual([10_000, 5000, 1000, 500, 100]);
  expect(gridValues(329_400, 331_200, 1000)).toEqual([329_000, 330_000, 331_000, 332_000]);
});
