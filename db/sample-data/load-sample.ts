import type { PGliteInterface } from '@electric-sql/pglite';
import { Refusal } from '../../preload/contract/errors.ts';
import type { Cell } from './cells.ts';
import type { SampleTable } from './tables.ts';

const ROWS_AT_ONCE = 20_000;
/** The log of writes grows until a checkpoint: the engine makes none by itself. */
const CHECKPOINT_EVERY_ROWS = 200_000;

export interface LoadedTable {
  name: string;
  rows: number;
}

/**
 * Writes the tables of a sample into an empty, migrated database. Refuses (CONFLICT) where records are already kept:
 * made-up missions must never stand among real ones. `onProgress` is told after every batch.
 */
export async function loadSample(
  database: PGliteInterface,
  tables: readonly SampleTable[],
  onProgress: (table: string, rows: number) => void,
): Promise<LoadedTable[]> {
  await refuseKeptRecords(database);
  // The sample has a time of its own, which may be ahead of this machine's.
  await database.exec("SET app.now = 'infinity'");
  const loaded: LoadedTable[] = [];
  let sinceCheckpoint = 0;
  for (const table of tables) {
    let rows = 0;
    for (const batch of batches(table.rows())) {
      await copy(database, table, batch);
      rows += batch.length;
      sinceCheckpoint += batch.length;
      if (sinceCheckpoint >= CHECKPOINT_EVERY_ROWS) {
        await database.exec('CHECKPOINT');
        sinceCheckpoint = 0;
      }
      onProgress(table.name, rows);
    }
    loaded.push({ name: table.name, rows });
  }
  await database.exec('VACUUM (ANALYZE)');
  await database.exec('CHECKPOINT');
  return loaded;
}

async function refuseKeptRecords(database: PGliteInterface): Promise<void> {
  const { rows } = await database.query<{ kept: boolean }>(
    `SELECT EXISTS (SELECT FROM base_stations) OR EXISTS (SELECT FROM drones) OR EXISTS (SELECT FROM dispatchers)
       OR EXISTS (SELECT FROM emergencies) OR EXISTS (SELECT FROM no_fly_zones) AS kept`,
  );
  if (rows[0]?.kept !== false)
    throw new Refusal(
      'CONFLICT',
      'This directory already holds records, and made-up ones must not stand among them. Give an empty one with --data-dir.',
    );
}

function* batches(rows: Iterable<readonly Cell[]>): Generator<(readonly Cell[])[]> {
  let batch: (readonly Cell[])[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < ROWS_AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function copy(
  database: PGliteInterface,
  { name, columns }: SampleTable,
  rows: readonly (readonly Cell[])[],
): Promise<void> {
  const text = rows.map((row) => `${row.map(csvCell).join(',')}\n`).join('');
  // As the flight recorder does it: a batch's missions and drones are looked up once, not row by row.
  await database.exec(`SET session_replication_role = ${name === 'telemetry' ? 'replica' : 'origin'}`);
  await database.query(`COPY ${name} (${columns.join(', ')}) FROM '/dev/blob' WITH (FORMAT csv)`, [], {
    blob: new Blob([text]),
  });
}

/** An empty cell is NULL; a text is always in quotes. */
function csvCell(cell: Cell): string {
  if (cell === null) return '';
  return typeof cell === 'string' ? `"${cell.replaceAll('"', '""')}"` : String(cell);
}
