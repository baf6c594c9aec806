import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openDatabase } from '../../../db/open-database.ts';
import { readQueries, writeQueries } from '../../../db/queries/all-queries.ts';
import type { ReadQueries, WriteQueries } from '../../../db/queries/query-map.ts';
import { Session } from '../../../db/session.ts';
import { build, type Statement, type Writer } from '../../../db/transactions.ts';
import {
  AFTER_TELEMETRY_SQL,
  BEFORE_TELEMETRY_SQL,
  missionId,
  RECORDS_SQL,
  telemetrySql,
} from '../../bench/database/data.ts';
import { literal } from '../../bench/database/sql-literal.ts';
import { emergencyInput, missionEvent, newId, SCENE, telemetryRow } from '../db/build-records.ts';
import {
  MIGRATIONS_DIRECTORY,
  preparedDirectory,
  type TemporaryDirectory,
  temporaryDirectory,
} from '../db/temporary-database.ts';

const TELEMETRY_ROWS = 50_000;
const NOW_MS = Date.UTC(2025, 11, 1);
/** Tables that grow for as long as a station lives, or hold what a whole region has. */
const LARGE = [
  'health_checks',
  'health_check_photos',
  'telemetry',
  'missions',
  'mission_events',
  'emergencies',
  'voice_transcripts',
  'no_fly_zones',
  'drones',
  'audit_log',
];

const none = {};

const week = { fromMs: Date.UTC(2025, 1, 1), untilMs: Date.UTC(2025, 1, 8) };
const flight = { missionId: missionId(30) };
const way = {
  line: [SCENE, { latitudeDeg: 42.4, longitudeDeg: -71.1 }],
  altitudeAglM: 60,
  fromMs: NOW_MS,
  untilMs: NOW_MS + 900_000,
};

const CURSOR = { epoch: 'epoch-1', txid: '1', seq: '1' };

/** What every query of the map is asked here. One that is missing does not compile. */
const READS: { [Name in keyof ReadQueries]: Parameters<ReadQueries[Name]>[0] } = {
  accounts: { nowMs: NOW_MS },
  activeMissionCount: none,
  allZones: { nowMs: NOW_MS },
  auditChoices: none,
  auditEntries: { dispatcherId: null, action: null, ...week, before: null, limit: 50 },
  baselineOf: { model: 'SkyRescue X1' },
  baselines: none,
  baseStations: none,
  checklistFor: { model: 'SkyRescue X1' },
  checklists: none,
  credentials: { dispatcherId: 'bench' },
  databaseSize: none,
  droneRecords: none,
  dronesByDistance: { destination: SCENE, limit: 5_000 },
  dronesByStatus: none,
  emergency: { emergencyId: newId() },
  fleetAvailability: none,
  flownClearance: flight,
  flownPath: { ...flight, maximumPoints: 500 },
  hasPeople: none,
  healthCheckPhotos: { healthCheckId: newId() },
  healthChecks: { droneId: 'Drone-100', limit: 50 },
  keptFlightPath: { ...flight, maximumPoints: 500 },
  maintenanceDue: { nowMs: NOW_MS },
  mission: flight,
  missionEvents: flight,
  missionFacts: flight,
  missionFigures: flight,
  missionTimeline: flight,
  missionTrack: { ...flight, maximumPoints: 500 },
  missionTranscript: flight,
  missionZoneConflicts: { nowMs: NOW_MS },
  modelRecords: none,
  deployedModels: none,
  nearestAvailableDrone: { place: SCENE, minimumBatteryPercent: 50 },
  nearestZone: way,
  obstacles: { ...way, corridorM: 3_000, marginM: 50 },
  openEmergencies: none,
  openSessions: { dispatcherId: 'bench', nowMs: NOW_MS },
  personBySession: { tokenHash: 'none', nowMs: NOW_MS },
  recentMissions: { limit: 20 },
  recoveryCodesLeft: { dispatcherId: 'bench' },
  remoteDrones: { limit: 5_000 },
  remoteMissions: { endedAfterMs: NOW_MS - 600_000, limit: 500 },
  reportedModel: { version: 'scene-2.3.1', hashStart: null },
  responseTime: week,
  retentionRuns: { limit: 20 },
  setting: { name: 'links' },
  searchMissions: { ...week, baseStationId: null, droneId: null, status: null, after: null, limit: 50 },
  settledMissions: { missionIds: [missionId(30)] },
  successRateByBase: week,
  syncConflicts: { limit: 100 },
  syncCounts: none,
  syncDigestPart: { table: 'mission_events', cursor: CURSOR, afterKey: null, limit: 1_000 },
  syncGroupStamp: { seq: 1 },
  syncPendingGroups: { afterSeq: 0, maxRows: 1_000, maxBytes: 1_000_000 },
  syncPulledTables: none,
  syncRefused: { limit: 100 },
  syncState: none,
  syncUnsentFrom: { table: 'voice_transcripts' },
  telemetryCount: flight,
  unfinishedMissions: none,
  visibleMissions: { missionIds: [missionId(30)] },
  zonesAtPoint: { point: SCENE, withinM: 100, fromMs: NOW_MS, untilMs: NOW_MS },
};

const inFlight = { missionId: missionId(1) };
/** Writes to what grows; the others write single rows of small tables. */
const WRITES: { [Name in keyof WriteQueries]?: Parameters<WriteQueries[Name]>[0] } = {
  createEmergency: { ...emergencyInput(), emergencyId: newId(), nowMs: NOW_MS },
  recordMissionProgress: {
    ...inFlight,
    events: [missionEvent({ atMs: NOW_MS })],
    changes: { status: 'COMPLETED', completedAtMs: NOW_MS },
  },
  setDroneStatus: { droneId: 'Drone-100', status: 'READY' },
  appendTelemetry: { rows: [telemetryRow(missionId(1), { droneId: 'Drone-1', atMs: NOW_MS })] },
  appendTranscript: {
    ...inFlight,
    transcriptId: newId(),
    atMs: NOW_MS,
    speaker: 'DRONE',
    text: 'Hello.',
    language: 'en',
    confidence: null,
    conversationState: null,
  },
};

/** Where all of a table is asked for, an index would only be a longer way. */
const WHOLE_TABLE: { readonly [place: string]: string } = {
  'allZones: no_fly_zones': 'lists every zone',
  'droneRecords: drones': 'lists every drone',
  'dronesByDistance: drones': 'ranks every drone',
  'fleetAvailability: drones': 'counts every drone',
  'flownClearance: no_fly_zones': 'every height at which a zone ends',
  'maintenanceDue: drones': 'lists every drone',
  'successRateByBase: drones': 'the base of every drone that flew',
};

/** Ten years of a check a week for fifty drones. */
const HEALTH_CHECKS_SQL = `
  INSERT INTO health_checks (health_check_id, drone_id, checklist_model, checklist_version, started_at, signed_at,
    signed_by, signed_name, decision, automatic, manual)
  SELECT gen_random_uuid(), 'Drone-' || (1 + n % 50), '', 1, now() - n * interval '200 minutes',
    now() - n * interval '200 minutes', 'bench', 'Bench', 'READY', '[]', '[]'
  FROM generate_series(1, 26000) AS n;
  INSERT INTO health_check_photos (photo_id, health_check_id, item_id, media_type, taken_at, picture)
  SELECT gen_random_uuid(), health_check_id, 'frame', 'image/png', signed_at, '\\x00' FROM health_checks`;

let directory: TemporaryDirectory;
let open: OpenDatabase;
let session: Session;
beforeAll(async () => {
  directory = temporaryDirectory();
  open = await openDatabase({
    dataDirectory: directory.path,
    preparedDirectory,
    migrationsDirectory: MIGRATIONS_DIRECTORY,
  });
  for (const sql of [
    RECORDS_SQL,
    BEFORE_TELEMETRY_SQL,
    telemetrySql(0, TELEMETRY_ROWS),
    AFTER_TELEMETRY_SQL,
    HEALTH_CHECKS_SQL,
    'VACUUM (ANALYZE)',
  ])
    await open.database.exec(sql);
  session = await Session.open(open.database);
}, 120_000);
afterAll(async () => {
  await open.database.close();
  directory.remove();
});

const NOTHING = sql`SELECT 1`.compile(build);

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  Plans?: PlanNode[];
}

function tablesReadWhole(node: PlanNode): string[] {
  const here = node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? ''] : [];
  return [...here, ...(node.Plans ?? []).flatMap(tablesReadWhole)];
}

/** PostgreSQL considers a plan for any values from the sixth execution on. */
const EXECUTIONS_BEFORE_GENERIC = 6;

/**
 * Runs the query as the station does, takes everything back, and tells which large tables it read from end to end: by
 * the plan of its first execution, and by the one that the engine has settled on for the statement kept prepared.
 */
async function largeTablesReadWhole(name: string, query: unknown, input: unknown): Promise<string[]> {
  const found = new Set<string>();
  const takenBack = new Error('taken back');
  const work = session.write({ actor: null, nowMs: NOW_MS }, [], async (writer) => {
    const run = <Row>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
      writer.all({ compile: () => ({ ...NOTHING, sql: text, parameters }) });
    const look = async (text: string, parameters: readonly unknown[] = []): Promise<void> => {
      for (const explained of await run<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(text, parameters))
        for (const { Plan } of explained['QUERY PLAN'])
          for (const table of tablesReadWhole(Plan))
            if (LARGE.includes(table)) found.add(`${name}: ${table}`);
    };
    const watch = async (statement: Statement<unknown>): Promise<void> => {
      const { sql, parameters } =
        'isRawBuilder' in statement ? statement.compile(build) : statement.compile();
      await look(`EXPLAIN (FORMAT JSON) ${sql}`, parameters);
      await run(`PREPARE looked_at AS ${sql}`);
      const [prepared] = await run<{ types: string[] }>(
        "SELECT parameter_types::text[] AS types FROM pg_prepared_statements WHERE name = 'looked_at'",
      );
      const literals = parameters.map((value, index) => literal(value, prepared?.types[index]));
      const values = literals.length === 0 ? '' : `(${literals.join(', ')})`;
      for (let times = 0; times < EXECUTIONS_BEFORE_GENERIC; times++)
        await run(`EXPLAIN (FORMAT JSON) EXECUTE looked_at${values}`);
      await look(`EXPLAIN (FORMAT JSON) EXECUTE looked_at${values}`);
      await run('DEALLOCATE looked_at');
    };
    const watched = {
      all: async <Row>(statement: Statement<Row>) => {
        await watch(statement);
        return writer.all(statement);
      },
      first: async <Row>(statement: Statement<Row>) => {
        await watch(statement);
        return writer.first(statement);
      },
      run: async (statement: Statement<unknown>) => {
        await watch(statement);
        return writer.run(statement);
      },
    } as Writer;
    if (typeof query !== 'function') throw new Error(`There is no query ${name}.`);
    await Reflect.apply(query, undefined, [watched, input]);
    throw takenBack;
  });
  await work.catch((error: unknown) => {
    if (error !== takenBack) throw error;
  });
  return [...found];
}

test('no query reads a large table from end to end where an index belongs', async () => {
  const found: string[] = [];
  for (const [name, input] of Object.entries(READS))
    found.push(...(await largeTablesReadWhole(name, Reflect.get(readQueries, name), input)));
  for (const [name, input] of Object.entries(WRITES))
    found.push(...(await largeTablesReadWhole(name, Reflect.get(writeQueries, name), input)));
  expect(found.filter((place) => !(place in WHOLE_TABLE))).toEqual([]);
});
