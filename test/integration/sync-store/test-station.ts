import { type Call, Engine, isRead, type Outcome } from '../../../db/engine.ts';
import { type OpenDatabase, openDatabase } from '../../../db/open-database.ts';
import type { QueryName } from '../../../db/protocol.ts';
import type { Callable, ReadQueries, WriteQueries } from '../../../db/queries/query-map.ts';
import { GREATEST_LEAD_MS } from '../../../db/sync/stamp.ts';
import type { Columns, Cursor, PulledRow, PullPage, PushAnswer } from '../../../db/sync/wire.ts';
import { createStationStore, type StationSyncStore } from '../../../main/station/sync/station-store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { NOW_MS } from '../db/build-records.ts';
import { MIGRATIONS_DIRECTORY, preparedDirectory } from '../db/temporary-database.ts';

type Calls = Callable<ReadQueries> & Callable<WriteQueries>;

export interface TestStation {
  readonly open: OpenDatabase;
  readonly sync: StationSyncStore;
  readonly call: Calls;
  readonly clock: FakeClock;
  /** The same calls for a person. */
  as(dispatcherId: string): Calls;
  /** Writes that share a transaction; what became of each. */
  together(calls: readonly (Pick<Call, 'name' | 'input'> & { actor?: string })[]): Promise<Outcome[]>;
  /** Straight SQL, beside the station's queries. */
  rows<Row extends object = Columns>(statement: string, parameters?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** A station's database in this process, with its own queries, engine and disk. */
export async function openTestStation(dataDirectory: string): Promise<TestStation> {
  const open = await openDatabase({
    dataDirectory,
    preparedDirectory,
    migrationsDirectory: MIGRATIONS_DIRECTORY,
  });
  const clock = new FakeClock(NOW_MS);
  const engine = await Engine.start(open, () => undefined);
  const calls = (actor: string | null): Calls => {
    const handler: ProxyHandler<object> = {
      get: (_, name) =>
        typeof name === 'string' && name !== 'then'
          ? async (input: unknown) => {
              const query = name as QueryName;
              const output = await engine.run(query, input, { actor, nowMs: clock.nowMs() });
              if (!isRead(query)) await engine.flush();
              return output;
            }
          : undefined,
    };
    return new Proxy({}, handler) as Calls;
  };
  const call = calls(null);
  return {
    open,
    clock,
    call,
    as: calls,
    together: (shared) =>
      engine.runTogether(
        shared.map((each) => ({ actor: null, ...each, nowMs: clock.nowMs() })),
        { flushedLater: false },
      ),
    sync: createStationStore({ read: call, write: call }, clock),
    rows: async (statement, parameters = []) =>
      (await open.database.query<never>(statement, parameters)).rows,
    close: () => engine.close(),
  };
}

export const cursorAt = (seq: number, epoch = 'epoch-1'): Cursor => ({
  epoch,
  txid: '700',
  seq: String(seq),
});

export function pageOf(rows: readonly PulledRow[], seq = 1, changes: Partial<PullPage> = {}): PullPage {
  return { rows, cursor: cursorAt(seq), more: false, visibility: 1, serverNowMs: NOW_MS, ...changes };
}

export function answerTo(lastSeq: number, changes: Partial<PushAnswer> = {}): PushAnswer {
  return { lastSeq, refused: [], conflicts: 0, serverNowMs: NOW_MS, horizon: cursorAt(lastSeq), ...changes };
}

export const stampAt = (atMs: number, stationId: string, counter = 0): string =>
  `${String(atMs).padStart(15, '0')}-${String(counter).padStart(5, '0')}-${stationId}~run`;

/** A row as the server sends it, all of it written at one time by one station. */
export function pulledRow(
  table: string,
  row: Columns,
  {
    key,
    stamp = stampAt(NOW_MS - GREATEST_LEAD_MS, 'OTHER'),
    ...changes
  }: Partial<PulledRow> & { key: string; stamp?: string },
): PulledRow {
  return {
    table,
    rowId: String(row[key]),
    op: 'UPSERT',
    row,
    stamps: { '*': stamp },
    origin: 'OTHER',
    ...changes,
  };
}
