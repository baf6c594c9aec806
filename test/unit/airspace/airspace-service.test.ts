import { beforeEach, describe, expect, test } from 'vitest';
import { Airspace, type ZoneConflict } from '../../../main/station/airspace/airspace-service.ts';
import { localFrame } from '../../../main/station/airspace/local-frame.ts';
import { distanceToArea } from '../../../main/station/airspace/plane.ts';
import type { ActiveRoute } from '../../../main/station/airspace/zones-near.ts';
import type { AlertRequest } from '../../../main/station/ports/alerts.ts';
import { jsonLinesLog } from '../../../main/station/ports/log.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import type { Zone, ZoneInput } from '../../../preload/contract/airspace.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import { BASE } from '../../support/dispatch-records.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const frame = localFrame(BASE);
const at = (eastM: number, northM: number): Position => frame.toPosition({ x: eastM, y: northM });
const box = (eastM: number, northM: number, halfM: number): Position[] => [
  at(eastM - halfM, northM - halfM),
  at(eastM + halfM, northM - halfM),
  at(eastM + halfM, northM + halfM),
  at(eastM - halfM, northM + halfM),
];

function input(corners: Position[], changes: Partial<ZoneInput> = {}): ZoneInput {
  return {
    name: 'Fire',
    type: 'TEMPORARY',
    corners,
    ceilingAglM: null,
    startsAtMs: null,
    endsAtMs: null,
    authority: null,
    authorityReference: null,
    active: true,
    ...changes,
  };
}

/** From the base 3 km east and back. */
const flight: ActiveRoute = {
  missionId: 'm-1',
  droneId: 'Alpha-1',
  line: [at(0, 0), at(3_000, 0), at(0, 0)],
  landings: [at(3_000, 0)],
  cruiseAltitudeRelativeHomeM: 60,
  clearanceM: 80,
};

let clock: FakeClock;
let alerts: Map<string, AlertRequest>;
let routes: ActiveRoute[];
let airspace: Airspace;
let conflicts: ZoneConflict[];
let changes: Zone[];

beforeEach(async () => {
  clock = new FakeClock();
  alerts = new Map();
  routes = [];
  const stored = new Map<string, Zone>();
  const unused = (): never => {
    throw new Error('Not asked in these tests.');
  };
  const keep = (zone: Zone): Promise<Zone> => {
    stored.set(zone.zoneId, zone);
    return Promise.resolve(zone);
  };
  airspace = new Airspace({
    store: {
      read: {
        allZones: async () => [...stored.values()],
        obstacles: unused,
        nearestZone: unused,
        zonesAtPoint: unused,
      },
      as: () => ({
        write: {
          createZone: ({ nowMs: _nowMs, ...zone }) => keep({ ...zone, version: 1, inForce: zone.active }),
          updateZone: ({ nowMs: _nowMs, ...zone }) => {
            if (stored.get(zone.zoneId)?.version !== zone.version)
              throw new Refusal('CONFLICT', 'Somebody changed it.');
            return keep({ ...zone, version: zone.version + 1, inForce: zone.active });
          },
        },
      }),
    },
    clock,
    random: seededRandom(5),
    alerts: {
      raise: (alert) => void alerts.set(alert.cause, alert),
      clear: (cause) => void alerts.delete(cause),
    },
    log: jsonLinesLog(
      () => {},
      () => 0,
    ),
    activeRoutes: () => routes,
  });
  await airspace.start();
  conflicts = [];
  changes = [];
  airspace.onConflict((conflict) => conflicts.push(conflict));
  airspace.subscribe((zone) => changes.push(zone));
});

describe('conflicts with flying routes', () => {
  test('a zone drawn across a flying route warns at once, once, and until it is over', async () => {
    routes = [flight];
    const zone = await airspace.create(input(box(1_500, 0, 100)), 'd04');
    const cause = `zone-conflict:m-1:${zone.zoneId}`;
    expect(alerts.get(cause)).toMatchObject({ level: 'WARNING', missionId: 'm-1', droneId: 'Alpha-1' });
    expect(alerts.get(cause)?.sentence).toBe(
      'The route of Alpha-1 runs through Fire, a no-fly zone now in force. Hold or abort.',
    );
    clock.advance(5_000);
    expect(conflicts).toHaveLength(1);
    await airspace.update({ ...zone, active: false }, 'd04');
    expect(alerts.size).toBe(0);
  });

  test('a zone comes into force by its time, and goes', async () => {
    routes = [flight];
    const startsAtMs = clock.nowMs() + 60_000;
    await airspace.create(input(box(1_500, 0, 100), { startsAtMs, endsAtMs: startsAtMs + 60_000 }), 'd04');
    expect(alerts.size).toBe(0);
    clock.advance(59_900);
    expect(airspace.all()[0]?.inForce).toBe(false);
    clock.advance(350);
    expect(airspace.all()[0]?.inForce).toBe(true);
    expect(alerts.size).toBe(1);
    clock.advance(60_000);
    expect(airspace.all()[0]?.inForce).toBe(false);
    expect(alerts.size).toBe(0);
    expect(changes.map((zone) => zone.inForce)).toEqual([false, true, false]);
  });

  test('a finished mission ends its conflict', async () => {
    routes = [flight];
    await airspace.create(input(box(1_500, 0, 100)), 'd04');
    routes = [];
    clock.advance(250);
    expect(alerts.size).toBe(0);
  });

  test.each([
    ['60 m beside the route', box(1_500, 160, 100), null, 0],
    ['40 m beside the route', box(1_500, 140, 100), null, 1],
    ['across, ceiling 44 m below a cruise of 60 m', box(1_500, 0, 100), 44, 0],
    ['across, ceiling 45 m', box(1_500, 0, 100), 45, 1],
    ['at the landing place, however low', box(3_000, 0, 100), 10, 1],
    ['100 km away', box(100_000, 0, 100), null, 0],
  ])('%s', async (_name, corners, ceilingAglM, expected) => {
    routes = [flight];
    await airspace.create(input(corners, { ceilingAglM }), 'd04');
    expect(conflicts).toHaveLength(expected);
  });

  test('a zone beside the base that the plan knew of is no conflict, a new one nearer on the way is', async () => {
    routes = [{ ...flight, clearanceM: 20 }];
    await airspace.create(input(box(-120, 0, 100)), 'd04');
    expect(conflicts).toHaveLength(0);
    routes = [{ ...flight, line: [at(3_000, 0), at(0, 0)], landings: [at(0, 0)], clearanceM: 20 }];
    await airspace.create(input(box(0, -130, 100), { ceilingAglM: 20 }), 'd04');
    expect(conflicts).toHaveLength(0);
    await airspace.create(input(box(1_500, 130, 100)), 'd04');
    expect(conflicts).toHaveLength(1);
  });
});

describe('zones as they are drawn', () => {
  test.each([
    ['self-crossing', [at(0, 0), at(500, 500), at(500, 0), at(0, 500)], /crosses itself/],
    [
      'across the 180° meridian',
      [
        { latitudeDeg: 10, longitudeDeg: 179.9 },
        { latitudeDeg: 10, longitudeDeg: -179.9 },
        { latitudeDeg: 10.1, longitudeDeg: 180 },
      ],
      /180° meridian/,
    ],
    ['tiny', box(0, 0, 3), /smaller than 100 m²/],
    ['huge', box(0, 0, 200_000), /larger than 100,000 km²/],
    ['at the pole', box(0, 0, 100).map((corner) => ({ ...corner, latitudeDeg: 89 })), /beyond 85°/],
    ['one place three times', [at(0, 0), at(0, 0), at(0, 0)], /three different corners/],
    ['a line', [at(0, 0), at(500, 0), at(1_000, 0)], /smaller than|crosses itself/],
  ])('%s is refused in words', async (_name, corners, words) => {
    const refusal = await airspace.create(input(corners), 'd04').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringMatching(words) });
  });

  test('a repeated last corner is dropped', async () => {
    const ring = box(0, 0, 100);
    const zone = await airspace.create(input([...ring, ...ring.slice(0, 1)]), 'd04');
    expect(zone.corners).toHaveLength(4);
  });

  test('an edit from an outdated version is refused; the revision grows with every change', async () => {
    const before = airspace.revision();
    const zone = await airspace.create(input(box(0, 0, 100)), 'd04');
    await airspace.update({ ...zone, corners: box(0, 0, 50) }, 'd04');
    await expect(airspace.update({ ...zone, active: false }, 'd04')).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect(airspace.revision()).toBe(before + 2);
  });
});

describe('rings for the fence on board', () => {
  test('nearest first, at most 70 vertices, each covers its zone and none touches the route', async () => {
    const line = [at(0, 0), at(3_000, 0)];
    const circle = (eastM: number, northM: number, corners: number): Position[] =>
      Array.from({ length: corners }, (_, index) => {
        const angle = (index / corners) * 2 * Math.PI;
        return at(eastM + 200 * Math.cos(angle), northM + 200 * Math.sin(angle));
      });
    for (let index = 0; index < 12; index++)
      await airspace.create(
        input(circle(index * 250, 300 + index * 20, 40), { name: `Zone ${index}` }),
        'd04',
      );
    const rings = airspace.exclusionRings(line);
    expect(rings.length).toBeGreaterThanOrEqual(5);
    expect(rings.flat().length).toBeLessThanOrEqual(70);
    rings.forEach((ring, index) => {
      const flat = ring.map(frame.toPlane);
      expect(distanceToArea(line.map(frame.toPlane), flat)).toBeGreaterThan(45);
      for (const corner of circle(index * 250, 300 + index * 20, 40)) {
        // Every corner of the zone lies inside its ring, to a centimetre.
        expect(distanceToArea([frame.toPlane(corner)], flat)).toBeLessThan(0.01);
      }
    });
  });

  test('zones that end below the cruise, are off, or come after the flight are left out', async () => {
    const line = [at(0, 0), at(3_000, 0)];
    await airspace.create(input(box(500, 300, 100), { ceilingAglM: 30 }), 'd04');
    await airspace.create(input(box(900, 300, 100), { active: false }), 'd04');
    await airspace.create(input(box(1_300, 300, 100), { startsAtMs: clock.nowMs() + 7_200_000 }), 'd04');
    await airspace.create(input(box(1_700, 9_000, 100)), 'd04');
    expect(airspace.exclusionRings(line)).toEqual([]);
    await airspace.create(input(box(2_100, 300, 100), { startsAtMs: clock.nowMs() + 600_000 }), 'd04');
    expect(airspace.exclusionRings(line)).toHaveLength(1);
  });
});
