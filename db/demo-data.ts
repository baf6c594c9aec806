import { hash } from '@node-rs/bcrypt';
import { sql } from 'kysely';
import type { ZoneInput } from '../preload/contract/airspace.ts';
import type { Position } from '../preload/contract/geo.ts';
import { point, polygon } from './queries/geography.ts';
import { build, type Writer } from './transactions.ts';

/** Cost 10: about 60 ms a guess. */
const BCRYPT_COST = 10;
const DAY_MS = 86_400_000;

export const BASE_STATIONS = [
  {
    id: 'BOS-1',
    name: 'Fire Station 10',
    address: '125 Purchase St',
    position: at(42.355, -71.064),
    capacity: 2,
  },
  {
    id: 'BOS-2',
    name: 'East Boston',
    address: '360 Saratoga St',
    position: at(42.3662, -71.03),
    capacity: 2,
  },
  { id: 'BOS-3', name: 'Fenway', address: '560 Huntington Ave', position: at(42.344, -71.099), capacity: 2 },
];

/** In the order of their MAVLink system ids, from 1. */
export const DRONES = [
  { id: 'Alpha-1', baseStationId: 'BOS-1' },
  { id: 'Alpha-3', baseStationId: 'BOS-1' },
  { id: 'Bravo-4', baseStationId: 'BOS-2' },
  { id: 'Charlie-2', baseStationId: 'BOS-2' },
  { id: 'Delta-1', baseStationId: 'BOS-3' },
  { id: 'Echo-2', baseStationId: 'BOS-3' },
];

/** The model that the simulator's drones say they run; of its hash they tell the first eight bytes. */
const MODEL = {
  model_version_id: '00000000-0000-4000-8000-00000000a001',
  model_type: 'YOLO_PERSON_DETECTION',
  version: 'scene-2.3.1',
  model_sha256: '5c1e9a07d433b26f'.padEnd(64, '0'),
  active: true,
};

const DISPATCHERS = [
  { id: 'operator12', firstName: 'Operator', lastName: '12', role: 'SUPERVISOR' },
  { id: 'dispatcher04', firstName: 'Dispatcher', lastName: '04', role: 'DISPATCHER' },
];

/**
 * A town to try the station in: Boston with three bases, six drones, eight zones and two accounts. Idempotent: what is
 * there already stays as it is. The zones' places are rough and stand for no real restriction.
 */
export async function seedDemo(
  writer: Writer,
  { password, nowMs }: { password: string; nowMs: number },
): Promise<void> {
  if (await isSeeded(writer)) return;
  const passwordHash = await hash(password, BCRYPT_COST);
  for (const station of BASE_STATIONS)
    await writer.run(
      build
        .insertInto('base_stations')
        .values({
          base_station_id: station.id,
          name: station.name,
          location: point(station.position),
          address: station.address,
          city: 'Boston',
          state: 'MA',
          facility_type: 'FIRE_STATION',
          capacity: station.capacity,
          current_occupancy: 2,
        })
        .onConflict((conflict) => conflict.doNothing()),
    );
  for (const [index, drone] of DRONES.entries())
    await writer.run(
      build
        .insertInto('drones')
        .values({
          drone_id: drone.id,
          serial_number: `SR1000-${String(index + 1).padStart(4, '0')}`,
          mavlink_system_id: index + 1,
          base_station_id: drone.baseStationId,
          status: 'READY',
        })
        .onConflict((conflict) => conflict.doNothing()),
    );
  await writer.run(
    build
      .insertInto('ai_model_versions')
      .values(MODEL)
      .onConflict((conflict) => conflict.doNothing()),
  );
  for (const [index, zone] of demoZones(nowMs).entries())
    await writer.run(
      build
        .insertInto('no_fly_zones')
        .values({
          zone_id: sql<string>`${`00000000-0000-4000-8000-${String(index + 1).padStart(12, '0')}`}`,
          name: zone.name,
          zone_type: zone.type,
          zone_polygon: polygon(zone.corners),
          altitude_restriction_meters: zone.ceilingAglM,
          start_time: zone.startsAtMs,
          end_time: zone.endsAtMs,
          authority: zone.authority,
          active: zone.active,
        })
        .onConflict((conflict) => conflict.doNothing()),
    );
  await seedPeople(writer, passwordHash);
}

async function seedPeople(writer: Writer, passwordHash: string): Promise<void> {
  for (const dispatcher of DISPATCHERS)
    await writer.run(
      build
        .insertInto('dispatchers')
        .values({
          dispatcher_id: dispatcher.id,
          first_name: dispatcher.firstName,
          last_name: dispatcher.lastName,
          email: `${dispatcher.id}@demo.invalid`,
          password_hash: passwordHash,
          role: dispatcher.role,
          coverage_states: ['MA'],
        })
        .onConflict((conflict) => conflict.doNothing()),
    );
}

function demoZones(nowMs: number): (Pick<
  ZoneInput,
  'name' | 'type' | 'corners' | 'ceilingAglM' | 'startsAtMs' | 'endsAtMs' | 'active'
> & {
  authority: string;
})[] {
  const always = { ceilingAglM: null, startsAtMs: null, endsAtMs: null, active: true };
  return [
    {
      ...always,
      name: 'Logan International Airport',
      type: 'AIRPORT',
      corners: [
        at(42.3768, -71.0095),
        at(42.3712, -70.9935),
        at(42.357, -70.9895),
        at(42.3468, -71.0075),
        at(42.3495, -71.0225),
        at(42.359, -71.0262),
        at(42.3715, -71.0215),
      ],
      authority: 'FAA',
    },
    {
      ...always,
      name: 'Fenway Park',
      type: 'STADIUM',
      corners: around(at(42.3467, -71.0972), 250, 16),
      authority: 'FAA',
    },
    // Across the straight way from Fire Station 10 to the North End, with room on both sides.
    {
      ...always,
      name: 'City Hall Plaza event',
      type: 'TEMPORARY',
      corners: [at(42.3608, -71.0608), at(42.3608, -71.058), at(42.3592, -71.058), at(42.3592, -71.0608)],
      startsAtMs: nowMs - DAY_MS,
      endsAtMs: nowMs + 30 * DAY_MS,
      authority: 'Boston Police',
    },
    {
      ...always,
      name: 'Nashua Street Jail',
      type: 'PRISON',
      corners: around(at(42.3684, -71.0656), 120, 8),
      authority: 'Suffolk County Sheriff',
    },
    {
      ...always,
      name: 'Coast Guard Base Boston',
      type: 'MILITARY',
      corners: [at(42.3694, -71.0533), at(42.3694, -71.0502), at(42.3676, -71.0502), at(42.3676, -71.0533)],
      authority: 'US Coast Guard',
    },
    // Low enough to fly over.
    {
      ...always,
      name: 'Eliot School',
      type: 'SCHOOL',
      corners: around(at(42.3668, -71.0544), 60, 8),
      ceilingAglM: 30,
      authority: 'Boston Public Schools',
    },
    // Not yet in force.
    {
      ...always,
      name: 'Esplanade concert',
      type: 'TEMPORARY',
      corners: [at(42.3572, -71.0752), at(42.3572, -71.072), at(42.3552, -71.0728), at(42.3552, -71.076)],
      startsAtMs: nowMs + DAY_MS,
      endsAtMs: nowMs + 2 * DAY_MS,
      authority: 'State Police',
    },
    // No longer in force.
    {
      ...always,
      name: 'Seaport crane works',
      type: 'TEMPORARY',
      corners: around(at(42.3505, -71.0445), 150, 8),
      active: false,
      authority: 'Massport',
    },
  ];
}

function at(latitudeDeg: number, longitudeDeg: number): Position {
  return { latitudeDeg, longitudeDeg };
}

/** A regular polygon, which is near enough to a circle at this size. */
function around(centre: Position, radiusM: number, corners: number): Position[] {
  const metresPerDegree = 111_320;
  return Array.from({ length: corners }, (_, index) => {
    const angle = (2 * Math.PI * index) / corners;
    const eastM = radiusM * Math.sin(angle);
    const northM = radiusM * Math.cos(angle);
    const metresPerDegreeEast = metresPerDegree * Math.cos((centre.latitudeDeg * Math.PI) / 180);
    return at(
      centre.latitudeDeg + northM / metresPerDegree,
      centre.longitudeDeg + eastM / metresPerDegreeEast,
    );
  });
}

/** All of it is made in one transaction: where the accounts are, the rest is. A start need not try it all again. */
async function isSeeded(writer: Writer): Promise<boolean> {
  const names = DISPATCHERS.map(({ id }) => id);
  const accounts = await writer.all(
    build.selectFrom('dispatchers').select('dispatcher_id').where('dispatcher_id', 'in', names),
  );
  return accounts.length === DISPATCHERS.length;
}
