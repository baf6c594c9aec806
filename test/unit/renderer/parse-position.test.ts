import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePosition } from '../../../renderer/features/dispatch/parse-position.ts';
import { coordinates } from '../../../renderer/ui/formatting.ts';

const scene = { latitudeDeg: 42.3638, longitudeDeg: -71.0559 };

test.each([
  '42.3638, -71.0559',
  ' 42.3638,-71.0559 ',
  '42.3638 -71.0559',
  '42.3638; −71.0559',
  '42.3638 N 71.0559 W',
  '42.3638° n, 71.0559° w',
  '+42.3638, -71.0559',
])('%s is the scene', (text) => {
  expect(parsePosition(text)).toEqual(scene);
});

test.each([
  '',
  '61 Salem St, Boston',
  '10 20',
  '42.3638',
  '91.0, 10.0',
  '42.0, 181.5',
  '42.3638, -71.0559, 12.0',
  '42.36 W 71.05 N',
])('%s is no position', (text) => {
  expect(parsePosition(text)).toBeNull();
});

test('what the page writes it can read', () => {
  const degrees = (limit: number) => fc.integer({ min: -limit * 1e5, max: limit * 1e5 }).map((n) => n / 1e5);
  fc.assert(
    fc.property(degrees(90), degrees(180), (latitudeDeg, longitudeDeg) => {
      const read = parsePosition(coordinates({ latitudeDeg, longitudeDeg }));
      expect(read?.latitudeDeg).toBeCloseTo(latitudeDeg, 5);
      expect(read?.longitudeDeg).toBeCloseTo(longitudeDeg, 5);
    }),
    { seed: 42 },
  );
});
