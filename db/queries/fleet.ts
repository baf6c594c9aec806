import { sql } from 'kysely';
import { Refusal } from '../../preload/contract/errors.ts';
import { type BaseStation, type DroneRecord, droneStatus } from '../../preload/contract/fleet.ts';
import { build, type Reader, type ReadImplementation, type WriteImplementation } from '../transactions.ts';
import { type PointJson, point, pointJson } from './geography.ts';
import type { ReadQueries, WriteQueries } from './query-map.ts';

interface DroneRow {
  drone_id: string;
  model: string;
  serial_number: string;
  mavlink_system_id: number | null;
  status: string;
  battery_level: number | null;
  base_station_id: string | null;
  base: PointJson | null;
}

const droneRows = () =>
  build
    .selectFrom('drones')
    .leftJoin('base_stations', 'base_stations.base_station_id', 'drones.base_station_id')
    .select([
      'drone_id',
      'model',
      'serial_number',
      'mavlink_system_id',
      'status',
      'battery_level',
      'drones.base_station_id',
      sql<PointJson | null>`coalesce(${pointJson('drones.base_location')}, ${pointJson('base_stations.location')})`.as(
        'base',
      ),
    ]);

const baseStationRows = () =>
  build
    .selectFrom('base_stations')
    .select([
      'base_station_id',
      'name',
      'address',
      'capacity',
      'operational',
      pointJson('location').as('position'),
    ]);

type BaseStationRow = Awaited<ReturnType<ReturnType<typeof baseStationRows>['executeTakeFirstOrThrow']>>;

/** What DECIMAL(6, 2) holds. */
const ALTITUDE_LIMIT_M = 9_999.99;

export const fleetReads: ReadImplementation<
  Pick<ReadQueries, 'droneRecords' | 'baseStations' | 'dronesByDistance'>
> = {
  async droneRecords(reader) {
    return (await reader.all(droneRows().orderBy('drone_id'))).map(droneOf);
  },

  async baseStations(reader) {
    return (await reader.all(baseStationRows().orderBy('base_station_id'))).map(baseStationOf);
  },

  async dronesByDistance(reader, { destination, limit }) {
    // Where a drone was last heard, or else its base. One that has neither cannot be ranked.
    return reader.all(sql<{ droneId: string; distanceM: number }>`
      SELECT drone_id AS "droneId", ST_Distance(place, ${point(destination)}) AS "distanceM"
      FROM (
        SELECT drone_id, coalesce(current_location, base_location, location) AS place
        FROM drones LEFT JOIN base_stations USING (base_station_id)
      ) AS placed
      WHERE place IS NOT NULL
      ORDER BY "distanceM", drone_id
      LIMIT ${limit}`);
  },
};

export const fleetWrites: WriteImplementation<
  Pick<WriteQueries, 'registerDrone' | 'setDroneStatus' | 'recordDroneSeen' | 'ensureBaseStation'>
> = {
  async registerDrone(writer, input) {
    // Whoever registers a drone vouches for it; the go/no-go still judges what it says of itself.
    await writer.run(
      build.insertInto('drones').values({
        drone_id: input.droneId,
        serial_number: input.serialNumber,
        mavlink_system_id: input.systemId,
        base_station_id: input.baseStationId,
        status: 'READY',
        ...(input.model === undefined ? {} : { model: input.model }),
      }),
    );
    return storedDrone(writer, input.droneId);
  },

  async setDroneStatus(writer, { droneId, status }) {
    // Whoever sets the status need not see the mission.
    const drone = await writer.first(
      sql<{ flying: boolean; elsewhere: string | null }>`SELECT drone_on_mission(${droneId}) AS flying,
        drone_flown_elsewhere(${droneId}) AS elsewhere`,
    );
    if (typeof drone?.elsewhere === 'string' && status !== 'IN_FLIGHT')
      throw new Refusal(
        'DRONE_BUSY',
        `${droneId} flies a mission of station ${drone.elsewhere}. Its status can be set when that mission is over.`,
      );
    if (drone?.flying === true && status !== 'IN_FLIGHT')
      throw new Refusal(
        'DRONE_BUSY',
        `${droneId} flies a mission. Its status can be set when the mission is over.`,
      );
    await writer.run(build.updateTable('drones').set({ status }).where('drone_id', '=', droneId));
    return storedDrone(writer, droneId);
  },

  async ensureBaseStation(writer, { baseStationId, position }) {
    await writer.run(
      build
        .insertInto('base_stations')
        .values({
          base_station_id: baseStationId,
          name: baseStationId,
          location: point(position),
          capacity: 1,
        })
        .onConflict((conflict) => conflict.column('base_station_id').doNothing()),
    );
    const row = await writer.first(baseStationRows().where('base_station_id', '=', baseStationId));
    if (row === null) throw new Refusal('NOT_FOUND', `There is no base station ${baseStationId}.`);
    return baseStationOf(row);
  },

  async recordDroneSeen(writer, { drones }) {
    const altitude = (value: number | null): number | null =>
      value !== null && Math.abs(value) <= ALTITUDE_LIMIT_M ? value : null;
    const percent = (value: number | null): number | null =>
      value !== null && value >= 0 && value <= 100 ? Math.round(value) : null;
    await writer.run(sql`
      UPDATE drones SET
        battery_level = coalesce(seen.battery, battery_level),
        current_location = coalesce(
          ST_SetSRID(ST_MakePoint(seen.longitude, seen.latitude), 4326)::geography, current_location),
        current_altitude_meters = coalesce(seen.altitude, current_altitude_meters),
        firmware_version = coalesce(left(seen.firmware, 100), firmware_version),
        ai_model_version = coalesce(left(seen.model_version, 100), ai_model_version)
      FROM unnest(
        ${drones.map((drone) => drone.droneId)}::text[], ${drones.map((drone) => percent(drone.batteryPercent))}::int[],
        ${drones.map((drone) => drone.position?.latitudeDeg ?? null)}::float8[],
        ${drones.map((drone) => drone.position?.longitudeDeg ?? null)}::float8[],
        ${drones.map((drone) => altitude(drone.altitudeAmslM))}::float8[],
        ${drones.map((drone) => drone.firmware)}::text[], ${drones.map((drone) => drone.modelVersion)}::text[]
      ) AS seen (drone_id, battery, latitude, longitude, altitude, firmware, model_version)
      WHERE drones.drone_id = seen.drone_id`);
  },
};

async function storedDrone(reader: Reader, droneId: string): Promise<DroneRecord> {
  const row = await reader.first(droneRows().where('drone_id', '=', droneId));
  if (row === null) throw new Refusal('NOT_FOUND', `There is no drone ${droneId}.`);
  return droneOf(row);
}

function baseStationOf({ base_station_id: baseStationId, ...rest }: BaseStationRow): BaseStation {
  return { baseStationId, ...rest };
}

function droneOf(row: DroneRow): DroneRecord {
  return {
    droneId: row.drone_id,
    model: row.model,
    serialNumber: row.serial_number,
    mavlinkSystemId: row.mavlink_system_id,
    status: droneStatus.parse(row.status),
    batteryPercent: row.battery_level,
    baseStationId: row.base_station_id,
    basePosition: row.base,
  };
}
