import type { Zone } from '../../../preload/contract/airspace.ts';
import { type BaseStation, type FleetMotion, MOTION_FLAG } from '../../../preload/contract/fleet.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { MapRoute } from '../../../renderer/map/plan-marks.ts';

const at = (latitudeDeg: number, longitudeDeg: number): Position => ({ latitudeDeg, longitudeDeg });

const base = (baseStationId: string, position: Position): BaseStation => ({
  baseStationId,
  name: baseStationId,
  position,
  address: null,
  capacity: 4,
  operational: true,
});

export const bostonBases: BaseStation[] = [
  base('BOS-1', at(42.355, -71.064)),
  base('BOS-2', at(42.3662, -71.03)),
  base('BOS-3', at(42.344, -71.099)),
];

const zoneDefaults = {
  type: 'TEMPORARY',
  ceilingAglM: null,
  startsAtMs: null,
  endsAtMs: null,
  authority: null,
  authorityReference: null,
  active: true,
  version: 1,
  inForce: true,
} as const;

export function bostonZones(): Zone[] {
  const tonight = new Date();
  tonight.setHours(22, 0, 0, 0);
  const tomorrow = new Date(Date.now() + 86_400_000);
  return [
    {
      ...zoneDefaults,
      zoneId: 'logan',
      name: 'Logan KBOS',
      type: 'AIRPORT',
      ceilingAglM: 120,
      corners: [
        at(42.3776, -71.0195),
        at(42.3708, -70.9915),
        at(42.354, -70.987),
        at(42.3446, -71.0061),
        at(42.355, -71.0225),
      ],
    },
    {
      ...zoneDefaults,
      zoneId: 'fenway',
      name: 'Stadium',
      type: 'STADIUM',
      endsAtMs: tonight.getTime(),
      corners: circle(at(42.3467, -71.0872), 420),
    },
    {
      ...zoneDefaults,
      zoneId: 'works',
      name: 'Crane works',
      inForce: false,
      startsAtMs: tomorrow.getTime(),
      corners: circle(at(42.3365, -71.05), 350),
    },
  ];
}

export function circle(center: Position, radiusM: number, corners = 40): Position[] {
  return Array.from({ length: corners }, (_, index) => {
    const angle = (index / corners) * 2 * Math.PI;
    const northM = radiusM * Math.cos(angle);
    const eastM = radiusM * Math.sin(angle);
    const metresPerDegree = 111_320;
    return at(
      center.latitudeDeg + northM / metresPerDegree,
      center.longitudeDeg + eastM / (metresPerDegree * Math.cos((center.latitudeDeg * Math.PI) / 180)),
    );
  });
}

const scene = at(42.36382, -71.0559);
export const bostonRoutes: MapRoute[] = [
  {
    id: 'mission',
    planned: [at(42.355, -71.064), at(42.3575, -71.0595), at(42.3602, -71.0572), scene],
    flown: [at(42.355, -71.064), at(42.3575, -71.0595), at(42.3591, -71.0581)],
    destination: scene,
    label: '61 Salem St',
    emphasised: true,
  },
];

export function bostonMotion() {
  const { ARMED, ON_MISSION, STALE, UNREGISTERED } = MOTION_FLAG;
  const startedMs = performance.now();
  const current = (): FleetMotion => {
    const flownDeg = Math.sin((performance.now() - startedMs) / 20_000) * 0.0003;
    return {
      keys: ['Alpha-3', 'Delta-1', 'Alpha-1', 'system 7'],
      values: [
        [42.3591 + flownDeg, -71.0581, 60.2, 27, 18.4, 120, ARMED | ON_MISSION],
        [42.3412, -71.0335, 44, 240, 9, 7000, ARMED | STALE],
        [42.3441, -71.0992, 0, 0, 0, 300, 0],
        [42.3512, -71.0801, 31, 95, 4, 200, ARMED | UNREGISTERED],
      ].flat(),
    };
  };
  return source(current);
}

/** Ten messages a second, as the station paces them. */
export function source(next: () => FleetMotion) {
  let motion = next();
  return {
    subscribe(listener: () => void): () => void {
      const timer = setInterval(() => {
        motion = next();
        listener();
      }, 100);
      return () => clearInterval(timer);
    },
    current: () => motion,
  };
}
