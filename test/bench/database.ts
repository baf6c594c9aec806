import { type OpenDatabase, openDatabase } from '../../db/open-database.ts';
import type { QueryName } from '../../db/protocol.ts';
import { readQueries } from '../../db/queries/all-queries.ts';
import { Session } from '../../db/session.ts';
import { build, type Reader, type Statement } from '../../db/transactions.ts';
import {
  MIGRATIONS_DIRECTORY,
  openTestStore,
  preparedDirectory,
  temporaryDirectory,
} from '../integration/db/temporary-database.ts';
import { measureBackup } from './database/backup-waits.ts';
import { measureCommits } from './database/commits.ts';
import {
  AFTER_TELEMETRY_SQL,
  BEFORE_TELEMETRY_SQL,
  BENCH_NOW_MS,
  missionId,
  RECORDS_SQL,
  TELEMETRY_CHUNK,
  telemetrySql,
} from './database/data.ts';
import { measureIngest } from './database/ingest.ts';
import { type NativeDatabase, startNative } from './database/native.ts';
import { literal } from './database/sql-literal.ts';
import { figure, median } from './database/values.ts';
import type { Figure } from './figure.ts';

const REPEATS = 60;
/** PostgreSQL settles on a plan with the sixth execution. */
const WARM_UPS = 8;
const MOST_TELEMETRY_ROWS = 5_000_000;
const AS_STATION = { actor: null, nowMs: BENCH_NOW_MS };

/**
 * The embedded database against a native PostgreSQL with the same data. A round is a million rows of telemetry.
 * Spatial queries may take 3 times as long as there and 10 ms; the targets of the durable commits are those of
 * `measureCommits`.
 */
export async function run({ rounds }: { seed: number; rounds: number }): Promise<Figure[]> {
  const telemetryRows = Math.min(
    MOST_TELEMETRY_ROWS,
    Math.max(TELEMETRY_CHUNK, Math.round(rounds * 1_000_000)),
  );
  const directory = temporaryDirectory();
  const native = await startNative(directory.path, telemetryRows);
  try {
    const open = await openEmbedded(directory.path, telemetryRows);
    const queries = await compareQueries(open, native);
    await open.database.close();
    const opened = await openTestStore(directory.path);
    const writes = [
      ...(await measureCommits(opened, native, directory.path)),
      ...(await measureIngest(opened, native)),
      ...(await measureBackup(opened, directory.path)),
    ];
    await opened.close();
    return [figure('telemetry', telemetryRows, 'rows'), ...queries, ...writes];
  } finally {
    await native.stop();
    directory.remove();
  }
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
const during = { altitudeAglM: 60, fromMs: BENCH_NOW_MS, untilMs: BENCH_NOW_MS + 900_000 };

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
    input: () => ({ nowMs: BENCH_NOW_MS }),
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

async function compareQueries(open: OpenDatabase, native: NativeDatabase): Promise<Figure[]> {
  const session = await Session.open(open.database);
  const figures: Figure[] = [];
  for (const query of QUERIES) {
    const embedded: number[] = [];
    for (let repeat = -WARM_UPS; repeat < REPEATS; repeat++) {
      const input = query.input(Math.max(0, repeat));
      const startMs = performance.now();
      await session.read(AS_STATION, (reader) =>
        Reflect.apply(readQueries[query.name], undefined, [reader, input]),
      );
      if (repeat >= 0) embedded.push(performance.now() - startMs);
    }
    const groups = new StatementGroups();
    for (let repeat = 0; repeat < REPEATS; repeat++)
      groups.add(await statementsOf(session, query.name, query.input(repeat)));
    const nativeMs = median(native.times(groups.plain));
    const preparedMs = median(native.times(groups.prepared));
    const embeddedMs = median(embedded);
    const [slowest, mostTimes] = query.isSpatial ? [10, 3] : [null, null];
    figures.push(
      figure(`${query.figure}, embedded, with its transaction`, embeddedMs, 'ms', slowest),
      figure(`${query.figure}, native`, nativeMs, 'ms'),
      figure(`${query.figure}, native, prepared`, preparedMs, 'ms'),
      figure(`${query.figure}, embedded to native`, embeddedMs / nativeMs, 'times', mostTimes),
    );
  }
  return figures;
}

interface WatchedStatement {
  sql: string;
  values: readonly string[];
}

/** Runs a query of the product and returns its statements. */
async function statementsOf(
  session: Session,
  name: MeasuredQuery['name'],
  input: unknown,
): Promise<WatchedStatement[]> {
  const statements: WatchedStatement[] = [];
  await session.read(AS_STATION, async (reader) => {
    const all = async <Row>(statement: Statement<Row>): Promise<Row[]> => {
      const { sql, parameters } =
        'isRawBuilder' in statement ? statement.compile(build) : statement.compile();
      statements.push({ sql, values: parameters.map((value) => literal(value)) });
      return reader.all(statement);
    };
    const watched: Reader = { all, first: async (statement) => (await all(statement))[0] ?? null };
    await Reflect.apply(readQueries[name], undefined, [watched, input]);
  });
  return statements;
}

/** The statements of each repeat, for psql: with their values written in, and by way of prepared statements. */
class StatementGroups {
  readonly plain: string[] = [];
  readonly #executed: string[] = [];
  readonly #names = new Map<string, string>();

  add(statements: readonly WatchedStatement[]): void {
    this.plain.push(
      statements
        .map(({ sql, values }) => sql.replace(/\$(\d+)/g, (_, number) => values[Number(number) - 1] ?? ''))
        .join(';\n'),
    );
    this.#executed.push(
      statements
        .map(({ sql, values }) => {
          const name = this.#names.get(sql) ?? `kept_${this.#names.size}`;
          this.#names.set(sql, name);
          return `EXECUTE ${name}${values.length === 0 ? '' : `(${values.join(', ')})`}`;
        })
        .join(';\n'),
    );
  }

  get prepared(): string[] {
    const preparing = [...this.#names].map(([sql, name]) => `PREPARE ${name} AS ${sql}`).join(';\n');
    return [`DEALLOCATE ALL;\n${preparing}`, ...this.#executed];
  }
}
