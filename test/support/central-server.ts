import { randomUUID } from 'node:crypto';
import { type Client, Pool } from 'pg';
import type { ChangeGroup, Columns, RowChange, Stamp } from '../../db/sync/wire.ts';
import type { CentralTransport } from '../../main/station/sync/central-transport.ts';
import { pgTransport } from '../../main/station/sync/pg-transport.ts';
import { connectAsAdministrator, LOGIN_ROLE, migrateCentral } from '../../scripts/central-database.ts';
import { addStation } from '../../scripts/central-stations.ts';
import { type PgbouncerServer, startPgbouncer } from './pgbouncer-server.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

export const DATABASE = 'skyrescue';

export interface CentralServer {
  readonly postgres: PostgresServer;
  readonly pgbouncer: PgbouncerServer;
  readonly stationUrl: string;
  readonly administratorUrl: string;
  /** Straight to PostgreSQL, as a superuser. */
  administrator(): Promise<Client>;
  rows<Row extends object>(statement: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** A station of its own, greeted. */
  station(states: readonly string[]): Promise<CentralStation>;
  stop(): Promise<void>;
}

export interface CentralStation {
  readonly stationId: string;
  readonly token: string;
  readonly transport: CentralTransport;
  readonly runId: string;
  epoch: string;
  /** Pushes the changes as one group a list, numbered on. */
  push(...groups: readonly RowChange[][]): ReturnType<CentralTransport['push']>;
  numbered(groups: readonly RowChange[][]): ChangeGroup[];
  greet(): ReturnType<CentralTransport['hello']>;
  stamp(): Stamp;
}

/** PostgreSQL 15 with the central schema behind PgBouncer in transaction mode. */
export async function startCentral(poolSize?: number): Promise<CentralServer> {
  const postgres = await startPostgres([
    'max_connections = 40',
    `shared_preload_libraries = 'pg_cron'`,
    `cron.database_name = '${DATABASE}'`,
    // It has no network to reach itself by.
    'cron.use_background_workers = on',
  ]);
  const passwords = { postgres: 'administrator', [LOGIN_ROLE]: 'stations' };
  const pgbouncer = await startPgbouncer({
    socketDirectory: postgres.socketDirectory,
    passwords,
    ...(poolSize !== undefined && { poolSize }),
  });
  await postgres.createDatabase(DATABASE);
  const open = new Set<CentralTransport>();
  const administrator = () =>
    connectAsAdministrator(`postgresql://postgres@socket/${DATABASE}?host=${postgres.socketDirectory}`, null);
  const client = await administrator();
  await migrateCentral(client, () => undefined);
  await client.end();
  const pool = new Pool({ host: postgres.socketDirectory, user: 'postgres', database: DATABASE, max: 2 });
  // The server is ended and started again under it.
  pool.on('error', () => undefined);
  const stationUrl = pgbouncer.url(LOGIN_ROLE, DATABASE);
  return {
    postgres,
    pgbouncer,
    stationUrl,
    administratorUrl: pgbouncer.url('postgres', DATABASE),
    administrator,
    async rows<Row extends object>(statement: string, parameters: readonly unknown[] = []) {
      return (await pool.query<Row>(statement, [...parameters])).rows;
    },
    async station(states) {
      const stationId = `S-${randomUUID().slice(0, 8)}`;
      const token = await addStation(pool, { stationId, name: `Base ${stationId}`, states, validDays: 1 });
      const transport = pgTransport({ url: stationUrl, authorityPem: null, token });
      open.add(transport);
      const station = centralStation(stationId, token, transport);
      await station.greet();
      return station;
    },
    async stop() {
      for (const transport of open) await transport.close();
      await pool.end();
      await pgbouncer.stop();
      await postgres.stop();
    },
  };
}

function centralStation(stationId: string, token: string, transport: CentralTransport): CentralStation {
  let seq = 0;
  let ticks = 0;
  const station: CentralStation = {
    stationId,
    token,
    transport,
    runId: randomUUID(),
    epoch: '',
    stamp() {
      ticks += 1;
      return `${String(Date.now()).padStart(15, '0')}-${String(ticks).padStart(5, '0')}-${stationId}~run`;
    },
    async greet() {
      const welcome = await transport.hello({
        stationId,
        incarnation: 1,
        runId: station.runId,
        schema: 12,
        lastAckedSeq: seq,
      });
      station.epoch = welcome.epoch;
      return welcome;
    },
    numbered: (groups) => groups.map((changes, index) => ({ seq: seq + index + 1, changes })),
    async push(...groups) {
      const numbered = station.numbered(groups);
      const answer = await transport.push(
        { incarnation: 1, runId: station.runId, groups: numbered },
        station.epoch,
      );
      seq = answer.lastSeq;
      return answer;
    },
  };
  return station;
}

type Stamped = Pick<CentralStation, 'stamp'>;

export function upsert(
  station: Stamped,
  table: string,
  rowId: string,
  columns: Columns,
  stamp = station.stamp(),
): RowChange {
  return { table, rowId, op: 'UPSERT', columns, stamp, baseVersion: null, replaced: {} };
}

/** Hexadecimal EWKB of a point in WGS 84, as to_jsonb writes a geography. */
export function ewkbPoint(longitude: number, latitude: number): string {
  const bytes = Buffer.alloc(25);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt32LE(0x20000001, 1);
  bytes.writeUInt32LE(4326, 5);
  bytes.writeDoubleLE(longitude, 9);
  bytes.writeDoubleLE(latitude, 17);
  return bytes.toString('hex').toUpperCase();
}

export function newEmergency(station: Stamped, state: string | null, more: Columns = {}) {
  const emergencyId = randomUUID();
  return upsert(station, 'emergencies', emergencyId, {
    emergency_id: emergencyId,
    emergency_type: 'cardiac_arrest',
    call_timestamp: '2026-11-20T10:00:00+00:00',
    location_point: ewkbPoint(-118.2, 34.1),
    state,
    caller_language: 'en',
    created_at: '2026-11-20T10:00:00+00:00',
    ...more,
  });
}

export function newDrone(station: Stamped, droneId = `D-${randomUUID().slice(0, 8)}`): RowChange {
  return upsert(station, 'drones', droneId, {
    drone_id: droneId,
    model: 'SkyRescue SR-1000',
    serial_number: `SN-${droneId}`,
    status: 'READY',
    voice_ai_enabled: true,
    total_missions: 0,
    total_flight_hours: 0,
    created_at: '2026-11-20T09:00:00+00:00',
  });
}

export function newMission(
  station: Stamped,
  emergencyId: string,
  droneId: string,
  more: Columns = {},
): RowChange {
  const missionId = randomUUID();
  return upsert(station, 'missions', missionId, {
    mission_id: missionId,
    emergency_id: emergencyId,
    drone_id: droneId,
    dispatcher_id: 'd1',
    status: 'LAUNCHED',
    destination_location: ewkbPoint(-118.2, 34.1),
    launch_time: '2026-11-20T10:01:00+00:00',
    voice_ai_active: false,
    total_voice_exchanges: 0,
    created_at: '2026-11-20T10:01:00+00:00',
    ...more,
  });
}

export function newEvent(station: Stamped, missionId: string, more: Columns = {}): RowChange {
  const eventId = randomUUID();
  return upsert(station, 'mission_events', eventId, {
    event_id: eventId,
    mission_id: missionId,
    event_type: 'LAUNCHED',
    timestamp: '2026-11-20T10:01:00+00:00',
    source: 'STATION',
    sentence: 'It flies.',
    ...more,
  });
}
