import { spawnSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Engine } from '../../db/engine.ts';
import { HISTORY_TABLE } from '../../db/migrate.ts';
import { type OpenDatabase, openDatabase } from '../../db/open-database.ts';
import type { QueryName } from '../../db/protocol.ts';
import { readQueries } from '../../db/queries/all-queries.ts';
import type { NewMission, TelemetryRow } from '../../db/queries/query-map.ts';
import { build, type Reader, type Statement } from '../../db/transactions.ts';
import type { OpenStore } from '../../main/station/store/open-store.ts';
import { emergencyInput, missionEvent, newId, telemetryRow } from '../integration/db/build-records.ts';
import {
  MIGRATIONS_DIRECTORY,
  openTestStore,
  preparedDirectory,
  temporaryDirectory,
} from '../integration/db/temporary-database.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import {
  AFTER_TELEMETRY_SQL,
  arrivingTelemetrySql,
  BEFORE_TELEMETRY_SQL,
  missionId,
  RECORDS_SQL,
  TELEMETRY_CHUNK,
  telemetrySql,
} from './database-data.ts';
import type { Figure } from './figure.ts';

const PSQL = '/usr/lib/postgresql/15/bin/psql';
const DATABASE = 'bench';
const REPEATS = 60;
const MOST_TELEMETRY_ROWS = 5_000_000;
const COMMITS = 500;
const NOW_MS = Date.UTC(2025, 11, 1);
const AS_STATION = { actor: null, nowMs: NOW_MS };
/** Rows of one call of the flight recorder at its busiest. */
const INGEST_BATCH = 5_000;
const INGEST_MS = 5_000;
const MISSION_WRITE_EVERY_MS = 50;

/** The embedded database against a native PostgreSQL with the same data. A round is a million rows of telemetry. */
export async function run({ rounds }: { seed: number; rounds: number }): Promise<Figure[]> {
  const telemetryRows = Math.min(
    MOST_TELEMETRY_ROWS,
    Math.max(TELEMETRY_CHUNK, Math.round(rounds * 1_000_000)),
  );
  const directory = temporaryDirectory();
  const native = await startPostgres(['max_wal_size = 4GB']);
  try {
    await loadNative(native, directory.path, telemetryRows);
    const open = await openEmbedded(directory.path, telemetryRows);
    const queries = await compareQueries(open, native, directory.path);
    await open.database.close();
    const opened = await openTestStore(directory.path);
    const writes = [
      ...(await measureCommits(opened, native, directory.path)),
      ...(await measureIngest(opened, native, directory.path)),
    ];
    await opened.close();
    return [figure('telemetry', telemetryRows, 'rows'), ...queries, ...writes];
  } finally {
    await native.stop();
    directory.remove();
  }
}

async function loadNative(native: PostgresServer, scratch: string, telemetryRows: number): Promise<void> {
  await native.createDatabase(DATABASE);
  const path = join(scratch, 'load.sql');
  await native.sql(DATABASE, HISTORY_TABLE);
  for (const migration of readdirSync(MIGRATIONS_DIRECTORY).sort(byVersion))
    await native.load(DATABASE, join(MIGRATIONS_DIRECTORY, migration));
  const sql = [RECORDS_SQL, `${BEFORE_TELEMETRY_SQL};`];
  for (let from = 0; from < telemetryRows; from += TELEMETRY_CHUNK)
    sql.push(telemetrySql(from, from + TELEMETRY_CHUNK));
  sql.push(`${AFTER_TELEMETRY_SQL};`, 'VACUUM (ANALYZE);', 'CHECKPOINT;');
  writeFileSync(path, sql.join('\n'));
  await native.load(DATABASE, path);
}

async function openEmbedded(dataDirectory: string, telemetryRows: number): Promise<OpenDatabase> {
  const open = await openDatabase({
    dataDirectory,
    preparedDirectory,
    migrationsDirectory: MIGRATIONS_DIRECTORY,
  });
  const { database } = open;
  await database.exec(`${RECORDS_SQL}\n${BEFORE_TELEMETRY_SQL};`);
  for (let from = 0; from < telemetryRows; from += TELEMETRY_CHUNK) {
    await database.exec(telemetrySql(from, from + TELEMETRY_CHUNK));
    await database.exec('CHECKPOINT');
  }
  await database.exec(AFTER_TELEMETRY_SQL);
  await database.exec('VACUUM (ANALYZE)');
  await database.exec('CHECKPOINT');
  return open;
}

/** A query of the product, and its inputs, one a repeat. */
interface MeasuredQuery {
  figure: string;
  name: QueryName & keyof typeof readQueries;
  input: (repeat: number) => unknown;
  isSpatial: boolean;
}

const placeOf = (repeat: number) => ({
  latitudeDeg: 41.6 + ((repeat * 0.618_034) % 1) * 1.2,
  longitudeDeg: -72.9 + ((repeat * 0.754_877) % 1) * 2.3,
});
const lineOf = (repeat: number) => {
  const from = placeOf(repeat);
  return [from, { latitudeDeg: from.latitudeDeg + 0.03, longitudeDeg: from.longitudeDeg + 0.02 }];
};
const during = { altitudeAglM: 60, fromMs: NOW_MS, untilMs: NOW_MS + 900_000 };

const QUERIES: readonly MeasuredQuery[] = [
  {
    figure: 'nearest drone of 10,000',
    name: 'nearestAvailableDrone',
    input: (repeat) => ({ place: placeOf(repeat), minimumBatteryPercent: 50 }),
    isSpatial: true,
  },
  {
    figure: 'zone conflict of a route, 10,000 zones',
    name: 'nearestZone',
    input: (repeat) => ({ line: lineOf(repeat), ...during }),
    isSpatial: true,
  },
  {
    figure: 'zone conflicts of all that fly',
    name: 'missionZoneConflicts',
    input: () => ({ nowMs: NOW_MS }),
    isSpatial: true,
  },
  {
    figure: 'mission timeline',
    name: 'missionTimeline',
    input: (repeat) => ({ missionId: missionId(repeat + 1) }),
    isSpatial: false,
  },
  {
    figure: 'flown path of 1,000 rows',
    name: 'flownPath',
    input: (repeat) => ({ missionId: missionId(repeat + 1), maximumPoints: 500 }),
    isSpatial: false,
  },
];

async function compareQueries(
  open: OpenDatabase,
  native: PostgresServer,
  scratch: string,
): Promise<Figure[]> {
  const engine = await Engine.start(open, (name, _, message) => {
    throw new Error(`${name}: ${message}`);
  });
  await engine.warmUp();
  const figures: Figure[] = [];
  for (const query of QUERIES) {
    const whole: number[] = [];
    const embedded: number[] = [];
    const sql: string[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const input = query.input(repeat);
      const startMs = performance.now();
      await engine.run(query.name, input, AS_STATION);
      whole.push(performance.now() - startMs);
      const { statements, elapsedMs } = await runWatched(open, query.name, input);
      embedded.push(elapsedMs);
      sql.push(`${statements.join(';\n')};\n\\echo END`);
    }
    const nativeMs = median(nativeTimes(native, scratch, sql));
    const ratio = median(embedded) / nativeMs;
    figures.push(
      figure(
        `${query.figure}, embedded, with its transaction`,
        median(whole),
        'ms',
        query.isSpatial ? 10 : null,
      ),
      figure(`${query.figure}, embedded`, median(embedded), 'ms'),
      figure(`${query.figure}, native`, nativeMs, 'ms'),
      figure(`${query.figure}, embedded to native`, ratio, 'times', query.isSpatial ? 3 : null),
    );
  }
  return figures;
}

/** Runs a query of the product and returns its statements with their values written in, and what they took. */
async function runWatched(open: OpenDatabase, name: MeasuredQuery['name'], input: unknown) {
  const statements: string[] = [];
  let elapsedMs = 0;
  const all = async <Row>(statement: Statement<Row>): Promise<Row[]> => {
    const { sql, parameters } = 'isRawBuilder' in statement ? statement.compile(build) : statement.compile();
    statements.push(sql.replace(/\$(\d+)/g, (_, number) => literal(parameters[Number(number) - 1])));
    const startMs = performance.now();
    const { rows } = await open.database.query<Row>(sql, [...parameters]);
    elapsedMs += performance.now() - startMs;
    return rows;
  };
  const reader: Reader = { all, first: async (statement) => (await all(statement))[0] ?? null };
  await Reflect.apply(readQueries[name], undefined, [reader, input]);
  return { statements, elapsedMs };
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number' && value > 1e12) return `'${new Date(value).toISOString()}'`;
  if (typeof value === 'number') return String(value);
  return `'${String(value).replaceAll("'", "''")}'`;
}

/** What psql measured for each group of statements, all in one session; the first group warms it up. */
function nativeTimes(native: PostgresServer, scratch: string, groups: readonly string[]): number[] {
  const path = join(scratch, 'queries.sql');
  writeFileSync(path, ['\\timing on', ...groups.slice(0, 1), ...groups].join('\n'));
  const output = psql(native, path);
  const times: number[] = [];
  let sumMs = 0;
  for (const line of output.split('\n')) {
    const [, milliseconds] = /^Time: ([\d.]+) ms/.exec(line) ?? [];
    if (milliseconds !== undefined) sumMs += Number(milliseconds);
    if (line !== 'END') continue;
    times.push(sumMs);
    sumMs = 0;
  }
  return times.slice(1);
}

function psql(native: PostgresServer, path: string): string {
  const connection = ['-h', native.socketDirectory, '-U', native.user, '-d', DATABASE];
  const done = spawnSync(PSQL, ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', ...connection, '-f', path], {
    encoding: 'utf8',
    maxBuffer: 512_000_000,
  });
  if (done.status !== 0) throw new Error(`psql failed: ${done.stderr.slice(0, 2_000)}`);
  return done.stdout;
}

/** One caller after another, and many at once, against what the disk itself can do. */
async function measureCommits(opened: OpenStore, native: PostgresServer, scratch: string): Promise<Figure[]> {
  const save = () =>
    opened.store.write.createEmergency({ ...emergencyInput(), emergencyId: newId(), nowMs: NOW_MS });
  for (let warm = 0; warm < 50; warm++) await save();
  const disk = [syncRate(scratch)];
  const one = await rate(COMMITS, async () => {
    for (let count = 0; count < COMMITS; count++) await save();
  });
  disk.push(syncRate(scratch));
  const many = await rate(COMMITS, async () => {
    await Promise.all(Array.from({ length: COMMITS }, save));
  });
  disk.push(syncRate(scratch));
  const path = join(scratch, 'commits.sql');
  const insert = `INSERT INTO emergencies (emergency_type, location_point)
    VALUES ('cardiac_arrest', 'SRID=4326;POINT(-71 42)');\n\\echo END`;
  const nativeMs = nativeTimes(
    native,
    scratch,
    Array.from({ length: COMMITS }, () => insert),
  );
  const nativeRate = (1_000 * nativeMs.length) / nativeMs.reduce((sum, each) => sum + each, 0);
  rmSync(path, { force: true });
  const share = (100 * many) / median(disk);
  return [
    figure('fdatasync of the disk', median(disk), '1/s'),
    figure('durable commits, one caller', one, '1/s'),
    figure('durable commits, many callers', many, '1/s'),
    figure('durable commits, native, one caller', nativeRate, '1/s'),
    { ...figure('durable commits to fdatasync', share, '%'), target: '>= 60', ok: share >= 60 },
  ];
}

/** Page after page of a file that is as long as it gets, as the engine's log is. */
function syncRate(scratch: string): number {
  const path = join(scratch, 'sync.bin');
  const descriptor = openSync(path, 'w');
  const pages = 2_000;
  const page = new Uint8Array(8_192).fill(7);
  writeSync(descriptor, new Uint8Array(pages * page.length).fill(1));
  fdatasyncSync(descriptor);
  const startMs = performance.now();
  for (let index = 0; index < COMMITS; index++) {
    writeSync(descriptor, page, 0, page.length, index * page.length);
    fdatasyncSync(descriptor);
  }
  const perSecond = (1_000 * COMMITS) / (performance.now() - startMs);
  closeSync(descriptor);
  rmSync(path);
  return perSecond;
}

async function measureIngest(opened: OpenStore, native: PostgresServer, scratch: string): Promise<Figure[]> {
  const { write } = opened.store;
  let atMs = Date.UTC(2025, 10, 1);
  const batch = (): TelemetryRow[] =>
    Array.from({ length: INGEST_BATCH }, (_, index) => {
      atMs += 10;
      const mission = 1 + (index % 20);
      return telemetryRow(missionId(mission), {
        atMs,
        droneId: `Drone-${mission}`,
        latitudeDeg: 42 + (index % 977) / 98_765,
        groundSpeedMps: 10 + (index % 83) / 17,
      });
    });
  const ingest = async (forMs: number): Promise<number> => {
    let rows = 0;
    const startMs = performance.now();
    // The next batch is under way while one is taken.
    let taken = write.appendTelemetry({ rows: batch() });
    while (performance.now() - startMs < forMs) {
      const next = write.appendTelemetry({ rows: batch() });
      rows += (await taken).inserted;
      taken = next;
    }
    rows += (await taken).inserted;
    return (1_000 * rows) / (performance.now() - startMs);
  };
  await ingest(500);
  const alone = await ingest(INGEST_MS);

  const waits: number[] = [];
  const mission = { missionId: missionId(1), changes: {}, events: [] as NewMission['events'] };
  let measuring = true;
  const missionWrites = (async () => {
    while (measuring) {
      const startMs = performance.now();
      await write.recordMissionProgress({ ...mission, events: [missionEvent({ atMs: NOW_MS })] });
      waits.push(performance.now() - startMs);
      await new Promise((resolve) => setTimeout(resolve, MISSION_WRITE_EVERY_MS));
    }
  })();
  const beside = await ingest(INGEST_MS);
  measuring = false;
  await missionWrites;
  waits.sort((one, other) => one - other);
  const p99 = waits[Math.floor(waits.length * 0.99)] ?? Number.NaN;

  const groups = Array.from({ length: 20 }, (_, index) => {
    const from = index * INGEST_BATCH;
    return `${arrivingTelemetrySql(from, from + INGEST_BATCH)}\n\\echo END`;
  });
  const nativeMs = median(
    nativeTimes(native, scratch, ['SET synchronous_commit = off;\n\\echo END', ...groups]),
  );
  return [
    { ...figure('telemetry ingest, embedded', alone, 'rows/s'), target: '>= 50000', ok: alone >= 50_000 },
    figure('telemetry ingest, embedded, beside mission writes', beside, 'rows/s'),
    figure('telemetry insert of made-up rows, native', (1_000 * INGEST_BATCH) / nativeMs, 'rows/s'),
    figure('mission write during ingest, p50', median(waits), 'ms'),
    figure('mission write during ingest, p99', p99, 'ms', 50),
  ];
}

async function rate(count: number, work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (1_000 * count) / (performance.now() - startMs);
}

/** A figure that may be at most `limit`, when there is one. */
function figure(name: string, value: number, unit: string, limit: number | null = null): Figure {
  return {
    suite: 'database',
    figure: name,
    value: Number(value.toPrecision(4)),
    unit,
    target: limit === null ? null : `<= ${limit}`,
    ok: limit === null || value <= limit,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function byVersion(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
