import { expect, test } from 'vitest';
import type { Zone } from '../../../preload/contract/airspace.ts';
import { ringOf, ZoneShapes } from '../../../renderer/map/zone-shapes.ts';

const SQUARE = [
  { latitudeDeg: 42, longitudeDeg: -71 },
  { latitudeDeg: 42, longitudeDeg: -70 },
  { latitudeDeg: 43, longitudeDeg: -70 },
  { latitudeDeg: 43, longitudeDeg: -71 },
];

function zone(zoneId: string, fields: Partial<Zone> = {}): Zone {
  return {
    zoneId,
    name: zoneId,
    type: 'SCHOOL',
    corners: SQUARE,
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

test('only what came, went or changed is reported, old shape and new', () => {
  const shapes = new ZoneShapes();
  expect(shapes.replace([zone('a'), zone('b'), zone('c')])).toHaveLength(3);
  expect(shapes.replace([zone('a'), zone('b'), zone('c')])).toEqual([]);
  const changed = shapes.replace([zone('a'), zone('b', { version: 2 }), zone('d')]);
  expect(changed.map((shape) => `${shape.zone.zoneId}${shape.zone.version}`).sort()).toEqual([
    'b1',
    'b2',
    'c1',
    'd1',
  ]);
  expect(shapes.replace([zone('a', { inForce: false }), zone('b', { version: 2 }), zone('d')])).toHaveLength(
    2,
  );
});

test('rings turn the same way however they were drawn, so that overlapping zones never cancel out', () => {
  const shapes = new ZoneShapes();
  shapes.replace([zone('drawn'), zone('reversed', { corners: SQUARE.toReversed() })]);
  const areas = [...shapes.all()].map((shape) => Math.sign(doubleArea(ringOf(shape))));
  expect(areas).toEqual([1, 1]);
});

function doubleArea(ring: Float64Array): number {
  let area = 0;
  for (let index = 0; index < ring.length; index += 2) {
    const next = (index + 2) % ring.length;
    area += (ring[index] ?? 0) * (ring[next + 1] ?? 0) - (ring[next] ?? 0) * (ring[index + 1] ?? 0);
  }
  return area;
}
