import type { DroneStatus } from '../../preload/contract/fleet.ts';
import { BASE_STATIONS, DRONES } from '../demo-data.ts';
import type { Chance } from './chance.ts';
import { distanceM, type Place, placeOf } from './ground.ts';

export interface SampleSize {
  baseStations: number;
  drones: number;
  dispatchers: number;
  zones: number;
  /** Calls; about one in eight of them is closed without a flight. */
  emergencies: number;
  days: number;
  westM: number;
  halfHeightM: number;
}

export const SAMPLE_SIZES = {
  small: {
    ...{ baseStations: 8, drones: 30, dispatchers: 6, zones: 40, emergencies: 350, days: 120 },
    ...{ westM: -11_000, halfHeightM: 7_000 },
  },
  large: {
    ...{ baseStations: 84, drones: 1_040, dispatchers: 60, zones: 5_040, emergencies: 12_000, days: 150 },
    ...{ westM: -42_000, halfHeightM: 22_000 },
  },
} satisfies Record<string, SampleSize>;

export interface SampleBase {
  baseStationId: string;
  name: string;
  address: string;
  place: Place;
  facilityType: 'FIRE_STATION' | 'HOSPITAL' | 'DEDICATED_FACILITY';
  capacity: number;
  groundAmslM: number;
}

export interface SampleDrone {
  droneId: string;
  serialNumber: string;
  systemId: number | null;
  base: SampleBase;
  status: DroneStatus;
  batteryPercent: number;
  manufacturedAtMs: number;
  missions: number;
  flownMs: number;
  lastMissionAtMs: number | null;
  /** While a history is made up: when it may fly again. */
  freeAtMs: number;
}

export interface SampleDispatcher {
  dispatcherId: string;
  firstName: string;
  lastName: string;
  role: 'DISPATCHER' | 'SUPERVISOR' | 'ADMIN';
  centerId: string;
  coverage: string[];
  launches: number;
  successes: number;
}

const DAY_MS = 86_400_000;
/** MAVLink's addresses for vehicles. Drones beyond them wait for a second station. */
const LAST_SYSTEM_ID = 254;
const BASE_SPACING_M = 1_700;
/** East of this is the harbour. */
const SHORE_EAST_M = 500;

const CALL_SIGNS = [
  ...['Heron', 'Kestrel', 'Plover', 'Osprey', 'Swift', 'Martin', 'Tern', 'Wren', 'Merlin', 'Petrel'],
  ...['Curlew', 'Linnet', 'Siskin', 'Dunlin', 'Gannet', 'Pipit'],
];
const FIRST_NAMES = ['Quill', 'Marlo', 'Juniper', 'Onyx', 'Tansy', 'Bram', 'Sorrel', 'Piper', 'Ansel', 'Wyn'];
const LAST_NAMES = ['Testwell', 'Samplesen', 'Mockridge', 'Fabricato', 'Inventoria', 'Placeholt'];
const STREETS = [
  'Larkspur',
  'Quarter Moon',
  'Tin Whistle',
  'Paper Mill',
  'Sevenpence',
  'Blue Heron',
  'Button',
];
const STREET_KINDS = ['Example Way', 'Example Row', 'Example Street', 'Example Court'];

/** Nobody lives here. */
export function madeUpAddress(chance: Chance): string {
  return `${chance.whole(1, 240)} ${chance.pick(STREETS)} ${chance.pick(STREET_KINDS)}`;
}

/** The three bases of the demo, which the simulator knows too, and further ones with room between them. */
export function sampleBases(size: SampleSize, chance: Chance): SampleBase[] {
  const bases = BASE_STATIONS.map(
    (base): SampleBase => ({
      ...{ baseStationId: base.id, name: base.name, address: base.address, place: placeOf(base.position) },
      ...{ facilityType: 'FIRE_STATION', capacity: 2, groundAmslM: 10 },
    }),
  );
  const perBase = Math.ceil((size.drones - DRONES.length) / (size.baseStations - bases.length));
  let spacingM = BASE_SPACING_M;
  while (bases.length < size.baseStations) {
    const place = {
      eastM: chance.between(size.westM, SHORE_EAST_M),
      northM: chance.between(-size.halfHeightM, size.halfHeightM),
    };
    // A full city makes room by and by, so that this ends.
    spacingM *= 0.9995;
    if (bases.some((base) => distanceM(base.place, place) < spacingM)) continue;
    const number = String(bases.length + 1).padStart(3, '0');
    const facilityType = chance.weighted({ FIRE_STATION: 7, HOSPITAL: 2, DEDICATED_FACILITY: 1 });
    const kind = { FIRE_STATION: 'Station', HOSPITAL: 'Hospital', DEDICATED_FACILITY: 'Hangar' };
    bases.push({
      baseStationId: `EX-${number}`,
      name: `Example ${kind[facilityType]} ${number}`,
      address: madeUpAddress(chance),
      ...{ place, facilityType, capacity: perBase + 1, groundAmslM: chance.whole(4, 60) },
    });
  }
  return bases;
}

/** The six drones of the demo, then further ones, evenly over the further bases. */
export function sampleDrones(
  size: SampleSize,
  bases: readonly SampleBase[],
  nowMs: number,
  chance: Chance,
): SampleDrone[] {
  const further = bases.slice(BASE_STATIONS.length);
  return Array.from({ length: size.drones }, (_, index): SampleDrone => {
    const demo = DRONES[index];
    const turn = index - DRONES.length;
    const base =
      demo === undefined
        ? further[turn % further.length]
        : bases.find(({ baseStationId }) => baseStationId === demo.baseStationId);
    if (base === undefined) throw new Error('A drone of the sample has no base.');
    const sign = CALL_SIGNS[turn % CALL_SIGNS.length] ?? 'Example';
    const status: DroneStatus =
      demo === undefined
        ? chance.weighted({ READY: 78, CHARGING: 12, MAINTENANCE: 7, OFFLINE: 3, IN_FLIGHT: 0 })
        : 'READY';
    return {
      droneId: demo?.id ?? `${sign}-${Math.floor(turn / CALL_SIGNS.length) + 11}`,
      serialNumber: `SR1000-${String(index + 1).padStart(4, '0')}`,
      systemId: index < LAST_SYSTEM_ID ? index + 1 : null,
      ...{ base, status, batteryPercent: batteryOf(status, chance) },
      manufacturedAtMs: nowMs - chance.whole(200, 900) * DAY_MS,
      ...{ missions: 0, flownMs: 0, lastMissionAtMs: null, freeAtMs: 0 },
    };
  });
}

function batteryOf(status: DroneStatus, chance: Chance): number {
  if (status === 'READY') return chance.whole(88, 100);
  return status === 'CHARGING' ? chance.whole(22, 87) : chance.whole(5, 95);
}

export function sampleDispatchers(size: SampleSize, chance: Chance): SampleDispatcher[] {
  return Array.from({ length: size.dispatchers }, (_, index): SampleDispatcher => {
    const number = String(index + 1).padStart(2, '0');
    return {
      dispatcherId: `sample${number}`,
      firstName: chance.pick(FIRST_NAMES),
      lastName: `${chance.pick(LAST_NAMES)} ${number}`,
      role: index === 0 ? 'ADMIN' : index % 6 === 1 ? 'SUPERVISOR' : 'DISPATCHER',
      centerId: `EXAMPLE-${1 + (index % 3)}`,
      // One in eight looks after the neighbours only.
      coverage: index % 8 === 5 ? ['NH'] : index % 5 === 0 ? ['MA', 'NH'] : ['MA'],
      ...{ launches: 0, successes: 0 },
    };
  });
}
