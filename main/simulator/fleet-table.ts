import { between, type Random } from './random.ts';

interface BaseSite {
  readonly baseStationId: string;
  readonly name: string;
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly groundAmslM: number;
}

export interface DroneSite {
  readonly droneId: string;
  readonly systemId: number;
  readonly baseStationId: string;
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly groundAmslM: number;
}

/** MAVLink has 255 system ids, of which a site keeps a few for its ground stations. */
export const MAXIMUM_DRONES = 250;

export const BASE_SITES: readonly BaseSite[] = [
  {
    baseStationId: 'BOS-1',
    name: 'Boston Common',
    latitudeDeg: 42.355,
    longitudeDeg: -71.064,
    groundAmslM: 14,
  },
  { baseStationId: 'BOS-2', name: 'East Boston', latitudeDeg: 42.3662, longitudeDeg: -71.03, groundAmslM: 6 },
  { baseStationId: 'BOS-3', name: 'Fenway', latitudeDeg: 42.344, longitudeDeg: -71.099, groundAmslM: 8 },
];

const DEFAULT_DRONES: readonly (readonly [droneId: string, baseStationId: string])[] = [
  ['Alpha-1', 'BOS-1'],
  ['Alpha-3', 'BOS-1'],
  ['Bravo-4', 'BOS-2'],
  ['Charlie-2', 'BOS-2'],
  ['Delta-1', 'BOS-3'],
  ['Echo-2', 'BOS-3'],
];

/** Pads of one base stand this far apart. */
const PAD_SPACING_DEG = 0.00008;

/** Where drone number `index` (from 0) of a base stands. */
function padAt(
  base: BaseSite,
  index: number,
): Pick<DroneSite, 'latitudeDeg' | 'longitudeDeg' | 'groundAmslM'> {
  return {
    latitudeDeg: base.latitudeDeg,
    longitudeDeg: base.longitudeDeg + index * PAD_SPACING_DEG,
    groundAmslM: base.groundAmslM,
  };
}

/** The default six drones: system ids 1 to 6 in the order of the table. */
export const DEFAULT_FLEET: readonly DroneSite[] = DEFAULT_DRONES.map(([droneId, baseStationId], index) => {
  const base = BASE_SITES.find((site) => site.baseStationId === baseStationId);
  if (base === undefined) throw new Error(`${droneId} names the unknown base ${baseStationId}`);
  const pad = DEFAULT_DRONES.slice(0, index).filter(([, other]) => other === baseStationId).length;
  return { droneId, systemId: index + 1, baseStationId, ...padAt(base, pad) };
});

/**
 * The first `count` drones: the default six, then more scattered within about 9 km, for load. Never more than
 * MAXIMUM_DRONES, because one address space of system ids cannot tell more apart.
 */
export function fleetOf(count: number, random: Random): readonly DroneSite[] {
  const drones = DEFAULT_FLEET.slice(0, count);
  for (let systemId = drones.length + 1; systemId <= Math.min(count, MAXIMUM_DRONES); systemId++) {
    drones.push({
      droneId: `Load-${systemId}`,
      systemId,
      baseStationId: `LOAD-${systemId}`,
      latitudeDeg: between(random, 42.28, 42.44),
      longitudeDeg: between(random, -71.17, -70.96),
      groundAmslM: between(random, 2, 40),
    });
  }
  return drones;
}

/** The same drones, pad by pad at one place of another base. */
export function standingAt(
  { latitudeDeg, longitudeDeg }: { latitudeDeg: number; longitudeDeg: number },
  drones: readonly DroneSite[],
): readonly DroneSite[] {
  const base = { baseStationId: '', name: '', groundAmslM: 8, latitudeDeg, longitudeDeg };
  return drones.map((drone, index) => ({ ...drone, ...padAt(base, index) }));
}
