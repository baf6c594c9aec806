import { createHash } from 'node:crypto';
import { afterPull, canonical, isLive, type RowState, type Waiting } from '../../db/sync/merge.ts';
import { advanced, observed, type StampClock, stampOf } from '../../db/sync/stamp.ts';
import type {
  BucketDigests,
  ChangeGroup,
  Columns,
  Cursor,
  PulledRow,
  PullPage,
  PushAnswer,
  Refused,
  RowChange,
  Stamp,
} from '../../db/sync/wire.ts';
import type { StoredSyncState, SyncCounts, SyncStore } from '../../main/station/sync/sync-store.ts';
import { intervalGeometry } from './sync-geometry.ts';
import { keyOf, MODEL_TABLES, modelTable, parentKey } from './sync-tables.ts';

export interface OutboxGroup extends ChangeGroup {
  readonly incarnation: number;
  readonly acked: boolean;
  readonly refused: Refused | null;
}

interface LocalRow {
  readonly state: RowState;
  readonly origin: string;
  /** The full pull that last brought it. */
  readonly run: number;
}

/** What a station has on its disk. Its values are never changed in place, so that a copy of it is cheap. */
export interface ModelDisk {
  stationId: string | null;
  incarnation: number;
  lastSeq: number;
  lastAckedSeq: number;
  cursor: Cursor | null;
  epoch: string | null;
  fullPull: boolean;
  run: number;
  visibility: number | null;
  paused: boolean;
  offsetMs: number;
  clock: StampClock;
  nonce: string;
  lastSuccessAtMs: number | null;
  rows: Map<string, LocalRow>;
  outbox: readonly OutboxGroup[];
  parked: Map<string, PulledRow>;
  conflicts: number;
  telemetryWritten: number;
  telemetryAcked: number;
}

export function emptyDisk(): ModelDisk {
  return {
    stationId: null,
    incarnation: 1,
    lastSeq: 0,
    lastAckedSeq: 0,
    cursor: null,
    epoch: null,
    fullPull: false,
    run: 0,
    visibility: null,
    paused: false,
    offsetMs: 0,
    clock: { ms: 0, counter: 0 },
    nonce: '',
    lastSuccessAtMs: null,
    rows: new Map(),
    outbox: [],
    parked: new Map(),
    conflicts: 0,
    telemetryWritten: 0,
    telemetryAcked: 0,
  };
}

export function copyOfDisk(disk: ModelDisk): ModelDisk {
  return { ...disk, rows: new Map(disk.rows), parked: new Map(disk.parked) };
}

/** Deviations of the store that the simulation must notice (docs/sync.md, mutations). */
export type StoreMutation = 'CURSOR_BEFORE_PAGE' | 'ECHO' | 'NO_REOFFER' | 'NO_INCARNATION' | 'CLOCK_BACK';

export interface ModelStoreOptions {
  readonly disk: ModelDisk;
  readonly stationId: string;
  readonly nowMs: () => number;
  readonly mutation: StoreMutation | null;
  /** Called around every transaction; what it throws ends the program there. */
  readonly crashPoint: (where: 'BEFORE' | 'AFTER') => void;
}

/** A row's edit as a person makes it: without stamps. Null columns: the row is deleted. */
export interface Edit {
  readonly table: string;
  readonly rowId: string;
  readonly columns: Columns | null;
}

/** Thrown at a crash point: the program is gone, nobody catches it. */
export class Crash extends Error {}

/** A station's database in memory with the rules of db/queries/sync*.ts: one call, one transaction. */
export class ModelStore implements SyncStore {
  readonly disk: ModelDisk;
  readonly #options: ModelStoreOptions;
  #dead = false;
  #echoes = 0;

  constructor(options: ModelStoreOptions) {
    this.#options = options;
    this.disk = options.disk;
  }

  /** The program has ended: whoever waits for an answer waits for ever. */
  die(): void {
    this.#dead = true;
  }

  #transact<Result>(body: () => Result): Promise<Result> {
    if (this.#dead) return new Promise(() => undefined);
    try {
      this.#options.crashPoint('BEFORE');
      const result = body();
      this.#options.crashPoint('AFTER');
      return Promise.resolve(result);
    } catch (error) {
      if (!(error instanceof Crash)) return Promise.reject(error);
      this.#dead = true;
      return new Promise(() => undefined);
    }
  }

  /** What the triggers make of one local transaction: rows and outbox together. */
  write(edits: readonly Edit[]): OutboxGroup {
    const { disk } = this;
    const changes = edits.map((edit) => this.#change(edit));
    const group: OutboxGroup = {
      seq: disk.lastSeq + 1,
      incarnation: disk.incarnation,
      changes,
      acked: false,
      refused: null,
    };
    disk.lastSeq = group.seq;
    disk.outbox = [...disk.outbox, group];
    return group;
  }

  #change({ table, rowId, columns }: Edit): RowChange {
    const { disk } = this;
    const key = keyOf({ table, rowId });
    const row = disk.rows.get(key);
    const stamp = this.#nextStamp();
    const { rule } = modelTable(table);
    const before = row?.state ?? { columns: {}, stamps: {}, deletedAt: null };
    const version = typeof before.columns.version === 'number' ? before.columns.version : null;
    const isZone = rule === 'ZONE';
    const changed = columns !== null && isZone ? { ...columns, version: (version ?? 0) + 1 } : columns;
    const touched = changed === null ? Object.keys(before.stamps) : Object.keys(changed);
    const replaced: Record<string, Stamp> = {};
    for (const column of touched) {
      const old = before.stamps[column];
      if (old !== undefined) replaced[column] = old;
    }
    const stamps =
      rule === 'UNION'
        ? {}
        : { ...before.stamps, ...Object.fromEntries(Object.keys(changed ?? {}).map((c) => [c, stamp])) };
    disk.rows.set(key, {
      state: {
        columns: { ...before.columns, ...changed },
        stamps,
        deletedAt: changed === null ? stamp : null,
      },
      origin: row?.origin ?? this.#options.stationId,
      run: row?.run ?? 0,
    });
    return {
      table,
      rowId,
      op: changed === null ? 'DELETE' : 'UPSERT',
      columns: changed ?? {},
      stamp,
      baseVersion: isZone && row !== undefined ? version : null,
      replaced,
    };
  }

  #nextStamp(): Stamp {
    const { disk } = this;
    const nowMs = this.#options.nowMs() + disk.offsetMs;
    disk.clock =
      this.#options.mutation === 'CLOCK_BACK'
        ? { ms: Math.floor(nowMs), counter: disk.clock.counter + 1 }
        : advanced(disk.clock, nowMs);
    return stampOf(disk.clock, this.#options.stationId, disk.nonce);
  }

  beginRun(nonce: string): Promise<void> {
    return this.#transact(() => {
      this.disk.nonce = nonce;
    });
  }

  state(): Promise<StoredSyncState> {
    return this.#transact(() => ({
      ...this.disk,
      telemetryPosition: this.disk.telemetryAcked,
      clockOffsetMs: this.disk.offsetMs,
      schema: 12,
    }));
  }

  adopt(stationId: string): Promise<void> {
    return this.#transact(() => {
      this.disk.stationId = stationId;
    });
  }

  setPaused(paused: boolean): Promise<void> {
    return this.#transact(() => {
      this.disk.paused = paused;
    });
  }

  succeeded(atMs: number): Promise<void> {
    return this.#transact(() => {
      this.disk.lastSuccessAtMs = atMs;
    });
  }

  observeServerTime(offsetMs: number): Promise<void> {
    return this.#transact(() => {
      this.disk.offsetMs = offsetMs;
    });
  }

  #waiting(): OutboxGroup[] {
    return this.disk.outbox.filter(
      ({ acked, incarnation }) => !acked && incarnation === this.disk.incarnation,
    );
  }

  pendingGroups({ afterSeq, maxRows }: { afterSeq: number; maxRows: number }): Promise<ChangeGroup[]> {
    return this.#transact(() => {
      const groups: ChangeGroup[] = [];
      let rows = 0;
      for (const { seq, changes } of this.#waiting().filter((group) => group.seq > afterSeq)) {
        if (groups.length > 0 && rows + changes.length > maxRows) break;
        groups.push({ seq, changes });
        rows += changes.length;
      }
      return groups;
    });
  }

  settlePush(answer: PushAnswer, sentUpTo: number): Promise<void> {
    return this.#transact(() => this.settle(Math.min(answer.lastSeq, sentUpTo), answer.refused));
  }

  settle(upTo: number, refused: readonly Refused[]): void {
    const { disk } = this;
    const verdicts = new Map(refused.map((verdict) => [verdict.seq, verdict]));
    disk.outbox = disk.outbox.map((group) =>
      group.incarnation !== disk.incarnation || group.seq > upTo
        ? group
        : { ...group, acked: true, refused: verdicts.get(group.seq) ?? (group.acked ? group.refused : null) },
    );
    disk.lastAckedSeq = Math.max(disk.lastAckedSeq, upTo);
  }

  groupStamp(seq: number): Promise<Stamp | null> {
    return this.#transact(() => {
      if (this.#options.mutation === 'NO_INCARNATION') return null;
      const group = this.disk.outbox.find(
        (candidate) => candidate.seq === seq && candidate.incarnation === this.disk.incarnation,
      );
      return group?.changes.at(-1)?.stamp ?? null;
    });
  }

  reoffer(fromSeq: number): Promise<{ complete: boolean }> {
    return this.#transact(() => {
      const { disk } = this;
      if (this.#options.mutation === 'NO_REOFFER') return { complete: true };
      const mine = disk.outbox.filter(
        ({ incarnation, seq }) => incarnation === disk.incarnation && seq > fromSeq,
      );
      if (mine.length !== disk.lastSeq - fromSeq) return { complete: false };
      disk.outbox = disk.outbox.map((group) => (mine.includes(group) ? { ...group, acked: false } : group));
      disk.lastAckedSeq = fromSeq;
      return { complete: true };
    });
  }

  beginIncarnation(input: { incarnation: number; offer: 'PENDING' | 'KEPT' }): Promise<void> {
    return this.#transact(() => {
      const { disk } = this;
      const offered = disk.outbox.filter(({ acked }) => input.offer === 'KEPT' || !acked);
      const kept = disk.outbox.filter((group) => !offered.includes(group));
      const renumbered = offered.map((group, index) => ({
        ...group,
        seq: index + 1,
        incarnation: input.incarnation,
        acked: false,
      }));
      disk.outbox = [...kept, ...renumbered];
      disk.incarnation = input.incarnation;
      disk.lastSeq = renumbered.length;
      disk.lastAckedSeq = 0;
    });
  }

  beginFullPull(): Promise<void> {
    return this.#transact(() => {
      this.disk.cursor = null;
      this.disk.fullPull = true;
      this.disk.run += 1;
    });
  }

  applyPage(page: PullPage) {
    const place = (): void => {
      this.disk.cursor = page.cursor;
      this.disk.epoch = page.cursor.epoch;
      this.disk.visibility = page.visibility;
    };
    if (this.#options.mutation === 'CURSOR_BEFORE_PAGE')
      return this.#transact(place).then(() => this.#transact(() => this.#merge(page)));
    return this.#transact(() => {
      const outcome = this.#merge(page);
      place();
      return outcome;
    });
  }

  #merge(page: PullPage) {
    const { disk } = this;
    let parked = 0;
    const waiting = this.#waiting();
    for (const row of page.rows) if (!this.#mergeRow(row, waiting)) parked += 1;
    for (let retried = -1; retried !== disk.parked.size; ) {
      retried = disk.parked.size;
      for (const row of [...disk.parked.values()]) this.#mergeRow(row, waiting);
    }
    for (const { stamps } of page.rows)
      for (const stamp of Object.values(stamps ?? {})) disk.clock = observed(disk.clock, stamp);
    if (this.#options.mutation === 'ECHO' && this.#echoes++ < 3)
      this.write(
        page.rows
          .filter(({ row }) => row !== null)
          .map(({ table, rowId, row }) => ({ table, rowId, columns: row })),
      );
    return { applied: page.rows.length - parked, conflicts: 0, parked };
  }

  /** False: it was put aside until the row that it refers to comes. */
  #mergeRow(pulled: PulledRow, waiting: readonly OutboxGroup[]): boolean {
    const { disk } = this;
    const key = keyOf(pulled);
    const { rule } = modelTable(pulled.table);
    const local = disk.rows.get(key);
    disk.parked.delete(key);
    if (pulled.row !== null) {
      const parent = parentKey(pulled.table, pulled.row);
      if (parent !== null && !disk.rows.has(parent)) {
        disk.parked.set(key, pulled);
        return false;
      }
    }
    if (pulled.op === 'MOVE_OUT' && this.#isNeeded(key)) return true;
    const state = afterPull(rule, local?.state ?? null, pulled, waitingOf(waiting, pulled), intervalGeometry);
    if (state === null) disk.rows.delete(key);
    else
      disk.rows.set(key, {
        state,
        origin: pulled.origin ?? local?.origin ?? 'centre',
        run: disk.run,
      });
    return true;
  }

  /** This station's own rows refer to it, directly or through others. */
  #isNeeded(key: string): boolean {
    for (const [childKey, { state, origin }] of this.disk.rows) {
      const table = childKey.slice(0, childKey.indexOf('/'));
      if (parentKey(table, state.columns) !== key) continue;
      if (origin === this.#options.stationId || this.#isNeeded(childKey)) return true;
    }
    return false;
  }

  sweep(): Promise<number> {
    return this.#transact(() => {
      const { disk } = this;
      const held = new Set(this.#waiting().flatMap(({ changes }) => changes.map(keyOf)));
      let removed = 0;
      for (const [key, { origin, run }] of [...disk.rows].reverse()) {
        const table = key.slice(0, key.indexOf('/'));
        const own = origin === this.#options.stationId;
        if (run === disk.run || own || held.has(key) || !modelTable(table).pulled || this.#isNeeded(key))
          continue;
        disk.rows.delete(key);
        removed += 1;
      }
      disk.fullPull = held.size > 0;
      return removed;
    });
  }

  nextTelemetry({ afterPosition, maxRows }: { afterPosition: number | null; maxRows: number }) {
    return this.#transact(() => {
      const { telemetryAcked, telemetryWritten } = this.disk;
      const after = afterPosition ?? telemetryAcked;
      if (after >= telemetryWritten) return null;
      const position = Math.min(telemetryWritten, after + Math.min(maxRows, 3));
      const rows = position - after;
      const lines = Array.from(
        { length: rows },
        (_, index) => `${this.#options.stationId}/${after + index + 1}\n`,
      );
      return { position, rows, columns: ['key'], text: [lines.join('')], more: position < telemetryWritten };
    });
  }

  telemetryAcked(position: number): Promise<void> {
    return this.#transact(() => {
      this.disk.telemetryAcked = position;
    });
  }

  pulledTables(): Promise<readonly string[]> {
    return Promise.resolve(Object.keys(MODEL_TABLES).filter((table) => modelTable(table).pulled));
  }

  digests(table: string, cursor: Cursor): Promise<BucketDigests | null> {
    return this.#transact(() => {
      const mine = this.disk.cursor;
      if (this.#waiting().length > 0 || mine?.txid !== cursor.txid || mine.seq !== cursor.seq) return null;
      const rows = [...this.disk.rows].filter(([key]) => key.startsWith(`${table}/`));
      return digestsOf(rows.map(([key, { state }]) => ({ rowId: key.slice(table.length + 1), state })));
    });
  }

  healBucket({ table, bucket, rows }: { table: string; bucket: string; rows: readonly PulledRow[] }) {
    return this.#transact(() => {
      if (this.#waiting().length > 0) return 0;
      const { disk } = this;
      const there = new Map(rows.map((row) => [keyOf(row), row]));
      let healed = 0;
      for (const [key, { origin }] of [...disk.rows]) {
        const rowId = key.slice(table.length + 1);
        if (!key.startsWith(`${table}/`) || bucketOf(rowId) !== bucket || there.has(key)) continue;
        if (origin === this.#options.stationId || this.#isNeeded(key)) continue;
        disk.rows.delete(key);
        healed += 1;
      }
      for (const [key, row] of there) {
        const state = { columns: row.row ?? {}, stamps: row.stamps ?? {}, deletedAt: null };
        const local = disk.rows.get(key);
        if (local !== undefined && canonical(local.state.columns) === canonical(state.columns)) continue;
        disk.rows.set(key, { state, origin: row.origin ?? 'centre', run: disk.run });
        healed += 1;
      }
      return healed;
    });
  }

  counts(): Promise<SyncCounts> {
    return Promise.resolve({
      pendingGroups: this.#waiting().length,
      pendingBytes: 0,
      oldestAtMs: null,
      telemetryRows: this.disk.telemetryWritten - this.disk.telemetryAcked,
      telemetryDropped: 0,
      refused: this.disk.outbox.filter(({ refused }) => refused !== null).length,
      conflicts: this.disk.conflicts,
      parked: this.disk.parked.size,
      misshapen: 0,
    });
  }
}

function waitingOf(groups: readonly OutboxGroup[], row: PulledRow): Waiting {
  const changes = groups
    .flatMap((group) => group.changes)
    .filter(({ table, rowId }) => table === row.table && rowId === row.rowId);
  const last = changes.at(-1);
  return {
    columns: new Set(changes.flatMap(({ columns }) => Object.keys(columns))),
    deletedAt: last?.op === 'DELETE' ? last.stamp : null,
  };
}

export function bucketOf(rowId: string): string {
  return createHash('md5').update(rowId).digest('hex').slice(0, 2);
}

/** Live rows only, whatever their order. */
export function digestsOf(rows: readonly { rowId: string; state: RowState }[]): BucketDigests {
  const buckets: Record<string, string[]> = {};
  for (const { rowId, state } of rows) {
    if (!isLive(state)) continue;
    const bucket = bucketOf(rowId);
    buckets[bucket] = [...(buckets[bucket] ?? []), `${rowId}${canonical(state.columns)}`];
  }
  return Object.fromEntries(
    Object.entries(buckets).map(([bucket, texts]) => [
      bucket,
      createHash('md5').update(texts.sort().join('\n')).digest('hex'),
    ]),
  );
}
