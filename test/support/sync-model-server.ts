import { afterChange, isLive, type RowState } from '../../db/sync/merge.ts';
import { clamped, type StampClock } from '../../db/sync/stamp.ts';
import type {
  BucketDigests,
  Columns,
  Cursor,
  Hello,
  PulledRow,
  PullPage,
  PushAnswer,
  PushBatch,
  Refused,
  RowChange,
  Stamp,
  TelemetryBatch,
  Welcome,
} from '../../db/sync/wire.ts';
import type { Clock } from '../../main/station/ports/clock.ts';
import { SyncFault } from '../../main/station/sync/central-transport.ts';
import { linesOf } from '../../main/station/sync/copy-text.ts';
import { intervalGeometry } from './sync-geometry.ts';
import { bucketOf, digestsOf } from './sync-model-store.ts';
import { keyOf, modelTable, parentKey } from './sync-tables.ts';

interface ServerRow {
  readonly state: RowState;
  readonly origin: string;
}

interface LogEntry {
  readonly txid: number;
  readonly seq: number;
  readonly table: string;
  readonly rowId: string;
  /** Who saw the row before the change. */
  readonly seenBefore: readonly string[];
  /** Only kept for whoever made the row. */
  readonly expired: boolean;
}

interface Ledger {
  readonly incarnation: number;
  readonly runId: string;
  readonly superseded: readonly string[];
  readonly lastSeq: number;
  readonly lastStamp: Stamp | null;
  readonly clampClock: StampClock;
  readonly telemetryPosition: number;
}

/** All that a backup of the server holds. Values are never changed in place. */
export interface ServerData {
  rows: Map<string, ServerRow>;
  log: readonly LogEntry[];
  expiredThrough: readonly [number, number];
  nextTxid: number;
  nextSeq: number;
  ledgers: Map<string, Ledger>;
  /** Of everything that was applied: the stamp that it came with, and the one that it got. */
  applied: Map<Stamp, Stamp>;
  rejected: Map<Stamp, Refused>;
  /** `${table}/${rowId}/${column}/${stamp}`: what lost. */
  conflicts: Set<string>;
  telemetry: Set<string>;
}

/** Deviations of the server that the simulation must notice (docs/sync.md, mutations). */
export type ServerMutation =
  | 'PLAIN_SEQUENCE'
  | 'NO_LEDGER'
  | 'STATUS_BY_TIME'
  | 'ZONE_BY_TIME'
  | 'NO_MOVE_OUT'
  | 'NO_CONFLICTS';

/** What went wrong for good, seen from outside of the protocol. */
export interface Violations {
  duplicated: string[];
  leaked: string[];
  unsafe: string[];
}

export interface ModelServerOptions {
  readonly clock: Clock;
  readonly regions: ReadonlyMap<string, ReadonlySet<string>>;
  readonly mutation: ServerMutation | null;
  /** How long a transaction takes from its first statement to its commit. */
  readonly commitAfterMs: () => number;
}

const PAGE_ROWS = 6;

/** The central server in memory: transactions overlap and commit in another order than they began in. */
export class ModelServer {
  data: ServerData = {
    rows: new Map(),
    log: [],
    expiredThrough: [0, 0],
    nextTxid: 100,
    nextSeq: 1,
    ledgers: new Map(),
    applied: new Map(),
    rejected: new Map(),
    conflicts: new Set(),
    telemetry: new Set(),
  };
  epoch = 'epoch-1';
  visibility = 1;
  regions: ReadonlyMap<string, ReadonlySet<string>>;
  /** Every change that was applied in this history of the server, in the order of the commits. */
  history: RowChange[] = [];
  readonly violations: Violations = { duplicated: [], leaked: [], unsafe: [] };
  readonly #options: ModelServerOptions;
  readonly #open = new Set<number>();
  readonly #queues = new Map<string, Promise<unknown>>();
  #generation = 0;

  constructor(options: ModelServerOptions) {
    this.#options = options;
    this.regions = options.regions;
  }

  /** The process ends and starts again: what was not committed is gone. */
  restart(): void {
    this.#generation += 1;
    this.#open.clear();
    this.#queues.clear();
  }

  backup(): { data: ServerData; history: RowChange[] } {
    const { data } = this;
    return {
      data: {
        ...data,
        rows: new Map(data.rows),
        ledgers: new Map(data.ledgers),
        applied: new Map(data.applied),
        rejected: new Map(data.rejected),
        conflicts: new Set(data.conflicts),
        telemetry: new Set(data.telemetry),
      },
      history: [...this.history],
    };
  }

  restore(backup: { data: ServerData; history: RowChange[] }): void {
    this.restart();
    this.data = backup.data;
    this.history = backup.history;
    this.epoch = `epoch-${Number(this.epoch.slice(6)) + 1}`;
  }

  /** Forgets how it came to what is; of removed rows only their makers still hear. */
  expireLog(): void {
    const { data } = this;
    const last = data.log.at(-1);
    if (last === undefined || this.#open.size > 0) return;
    const txid = data.nextTxid++;
    const latest = new Map(data.log.map((entry) => [keyOf(entry), entry]));
    data.log = [...latest.values()].map((entry) => ({
      ...entry,
      txid,
      seq: data.nextSeq++,
      expired: this.#stateOf(keyOf(entry)) === null,
    }));
    data.expiredThrough = [last.txid, last.seq];
  }

  async hello(hello: Hello): Promise<Welcome> {
    const { data } = this;
    const known = data.ledgers.get(hello.stationId);
    if (known?.superseded.includes(hello.runId))
      throw new SyncFault('CLONED', 'Another program uses the identity of this station.');
    const goesOn = known !== undefined && known.incarnation >= hello.incarnation;
    const superseded = known?.superseded ?? [];
    data.ledgers.set(hello.stationId, {
      incarnation: Math.max(known?.incarnation ?? 0, hello.incarnation),
      runId: hello.runId,
      superseded: known && known.runId !== hello.runId ? [...superseded, known.runId] : superseded,
      lastSeq: goesOn ? known.lastSeq : 0,
      lastStamp: goesOn ? known.lastStamp : null,
      clampClock: known?.clampClock ?? { ms: 0, counter: 0 },
      telemetryPosition: known?.telemetryPosition ?? 0,
    });
    return {
      epoch: this.epoch,
      schema: { min: 10, max: 14, current: 12 },
      lastSeq: goesOn ? known.lastSeq : 0,
      lastStamp: goesOn ? known.lastStamp : null,
      incarnation: known?.incarnation ?? 0,
      telemetryPosition: known?.telemetryPosition ?? 0,
      visibility: this.visibility,
      serverNowMs: this.#options.clock.nowMs(),
      stationName: hello.stationId,
    };
  }

  /** One transaction: numbers are drawn when it begins, everything else happens at its commit. */
  push(stationId: string, batch: PushBatch, epoch: string): Promise<PushAnswer> {
    const generation = this.#generation;
    const before = this.#queues.get(stationId) ?? Promise.resolve();
    const done = before.then(async () => {
      this.#requireSame(generation);
      const txid = this.data.nextTxid++;
      let seq = this.data.nextSeq;
      this.data.nextSeq += 40;
      this.#open.add(txid);
      await new Promise<void>((resolve) => this.#options.clock.after(this.#options.commitAfterMs(), resolve));
      this.#requireSame(generation);
      this.#open.delete(txid);
      const horizon = this.#cursor([txid, seq + 39]);
      return this.#commit(stationId, batch, epoch, horizon, (entry) => {
        this.data.log = [...this.data.log, { ...entry, txid, seq: seq++, expired: false }];
      });
    });
    this.#queues.set(
      stationId,
      done.catch(() => undefined),
    );
    return done;
  }

  #requireSame(generation: number): void {
    if (generation !== this.#generation) throw new SyncFault('UNREACHABLE', 'The server was stopped.');
  }

  #commit(stationId: string, batch: PushBatch, epoch: string, horizon: Cursor, log: AppendLog): PushAnswer {
    const { data } = this;
    const ledger = data.ledgers.get(stationId);
    if (epoch !== this.epoch || ledger === undefined) throw new SyncFault('STALE', 'Another epoch.');
    if (ledger.runId !== batch.runId) throw new SyncFault('CLONED', 'Another program has greeted since.');
    if (ledger.incarnation !== batch.incarnation) throw new SyncFault('STALE', 'Another incarnation.');
    let { lastSeq, lastStamp, clampClock } = ledger;
    const refused: Refused[] = [];
    for (const group of batch.groups) {
      const last = group.changes.at(-1)?.stamp ?? '';
      if (group.seq <= lastSeq && this.#options.mutation !== 'NO_LEDGER') {
        const verdict = data.rejected.get(last);
        if (verdict !== undefined) refused.push({ ...verdict, seq: group.seq });
        continue;
      }
      if (group.seq > lastSeq + 1) throw new SyncFault('STALE', 'A gap.');
      if (group.seq <= lastSeq) this.violations.duplicated.push(`${stationId} group ${group.seq}`);
      const verdict = this.#apply(stationId, group.changes, log, (raw) => {
        const outcome = clamped(raw, this.#options.clock.nowMs(), clampClock);
        clampClock = outcome.last;
        return outcome.stamp;
      });
      // Offered again after a restore, it may be taken now.
      if (verdict === null) data.rejected.delete(last);
      else {
        refused.push({ seq: group.seq, sqlState: verdict, sentence: `Refused (${verdict}).` });
        data.rejected.set(last, { seq: group.seq, sqlState: verdict, sentence: '' });
      }
      lastSeq = Math.max(lastSeq, group.seq);
      lastStamp = last;
    }
    data.ledgers.set(stationId, { ...ledger, lastSeq, lastStamp, clampClock });
    return {
      lastSeq,
      refused,
      conflicts: 0,
      serverNowMs: this.#options.clock.nowMs(),
      horizon,
    };
  }

  /** Applies a group as a whole; answers the SQLSTATE if the server refuses it. */
  #apply(
    stationId: string,
    changes: readonly RowChange[],
    log: AppendLog,
    clamp: (raw: Stamp) => Stamp,
  ): string | null {
    const { data } = this;
    const before = { rows: new Map(data.rows), conflicts: new Set(data.conflicts), log: data.log };
    const fresh = changes.filter(({ stamp }) => !data.applied.has(stamp));
    for (const change of fresh) {
      const stamp = clamp(change.stamp);
      const sqlState = this.#applyOne(stationId, { ...change, stamp }, log);
      data.applied.set(change.stamp, stamp);
      if (sqlState === null) continue;
      for (const { stamp: raw } of fresh) data.applied.delete(raw);
      data.rows = before.rows;
      data.conflicts = before.conflicts;
      data.log = before.log;
      return sqlState;
    }
    this.history.push(...fresh);
    return null;
  }

  #applyOne(stationId: string, change: RowChange, log: AppendLog): string | null {
    const { data } = this;
    const { mutation } = this.#options;
    const key = keyOf(change);
    const { rule, refuses } = modelTable(change.table);
    const old = data.rows.get(key) ?? null;
    if (old !== null && !this.sees(stationId, key)) return '42501';
    // An edit of a row that only another station can offer again: the server was restored to before it.
    if (old === null && Object.keys(change.replaced).length > 0) return 'P0002';
    // The station knows a clamped stamp by the name that it gave.
    const replaced = Object.fromEntries(
      Object.entries(change.replaced).map(([column, stamp]) => [column, data.applied.get(stamp) ?? stamp]),
    );
    const asked = { ...change, replaced };
    const byRule = rule === 'ZONE' && mutation === 'ZONE_BY_TIME' ? 'COLUMNS' : rule;
    const outcome = afterChange(byRule, old?.state ?? null, asked, intervalGeometry);
    let { row } = outcome;
    if (mutation === 'STATUS_BY_TIME' && change.table === 'missions' && change.columns.status !== undefined)
      row = statusByTime(old?.state ?? null, change, row);
    if (isLive(row) && refuses?.(row.columns)) return '23514';
    const parent = parentKey(change.table, row.columns);
    if (isLive(row) && parent !== null && this.#stateOf(parent) === null) return '23503';
    if (old === null && parent !== null && !this.sees(stationId, parent)) return '42501';
    if (!isLive(row) && this.#children(key).length > 0) return '23503';
    this.#judgeZone(rule, old?.state ?? null, row, asked);

    const family = [key, ...this.#descendants(key)];
    const seenBefore = new Map(family.map((member) => [member, this.#viewers(member)]));
    data.rows.set(key, { state: row, origin: old?.origin ?? stationId });
    if (mutation !== 'NO_CONFLICTS')
      for (const { column, stamp } of outcome.lost) data.conflicts.add(`${key}/${column ?? '*'}/${stamp}`);
    for (const member of family) {
      const moved = `${seenBefore.get(member)}` !== `${this.#viewers(member)}`;
      if (member !== key && !moved) continue;
      log({ ...split(member), seenBefore: seenBefore.get(member) ?? [] });
    }
    return null;
  }

  /** F9, judged by itself: what does not build on the version in force takes nothing away. */
  #judgeZone(rule: string, old: RowState | null, row: RowState, change: RowChange): void {
    if (rule !== 'ZONE' || old === null || !isLive(old)) return;
    const builds =
      change.baseVersion === old.columns.version && change.replaced.version === old.stamps.version;
    const [was, is] = [old.columns, row.columns];
    const forbidsLess =
      !isLive(row) ||
      (was.active === true && is.active !== true) ||
      !intervalGeometry.covers(is.zone_polygon ?? null, was.zone_polygon ?? null);
    if (!builds && was.active === true && forbidsLess)
      this.violations.unsafe.push(`zone ${change.rowId} by ${change.stamp}`);
  }

  pull(stationId: string, cursor: Cursor | null): PullPage {
    const { data } = this;
    if (cursor !== null && cursor.epoch !== this.epoch) throw new SyncFault('STALE', 'Another epoch.');
    const from: readonly [number, number] = cursor ? [Number(cursor.txid), Number(cursor.seq)] : [0, 0];
    const [expiredTxid, expiredSeq] = data.expiredThrough;
    if (cursor !== null && before(from, { txid: expiredTxid, seq: expiredSeq }))
      throw new SyncFault('CURSOR_EXPIRED', 'The change log does not reach back that far.');
    const bySequence = this.#options.mutation === 'PLAIN_SEQUENCE';
    const oldestOpen = Math.min(data.nextTxid, ...this.#open);
    const visible = data.log
      .filter((entry) => (bySequence ? entry.seq > from[1] : entry.txid < oldestOpen && before(from, entry)))
      .sort((a, b) => (bySequence ? 0 : a.txid - b.txid) || a.seq - b.seq);
    const taken = visible.slice(0, PAGE_ROWS);
    const last = taken.at(-1);
    const rows: PulledRow[] = [];
    for (const key of new Set(taken.map(keyOf))) {
      const entries = taken.filter((entry) => keyOf(entry) === key);
      const row = this.#pulled(stationId, key, entries);
      if (row !== null) rows.push(row);
    }
    return {
      rows,
      cursor: this.#cursor(last ? [last.txid, last.seq] : [...from]),
      more: visible.length > taken.length,
      visibility: this.visibility,
      serverNowMs: this.#options.clock.nowMs(),
    };
  }

  #pulled(stationId: string, key: string, entries: readonly LogEntry[]): PulledRow | null {
    const row = this.data.rows.get(key);
    const name = split(key);
    if (row === undefined || !modelTable(name.table).pulled) return null;
    const sawIt = entries.some(({ seenBefore }) => seenBefore.includes(stationId));
    if (!isLive(row.state)) {
      const concerns = entries.some(({ expired }) => !expired) || row.origin === stationId;
      const stamps = { '*': row.state.deletedAt ?? '' };
      return concerns && (sawIt || this.sees(stationId, key))
        ? { ...name, op: 'DELETE', row: null, stamps, origin: row.origin }
        : null;
    }
    if (!this.sees(stationId, key)) {
      if (!sawIt || this.#options.mutation === 'NO_MOVE_OUT') return null;
      return { ...name, op: 'MOVE_OUT', row: null, stamps: null, origin: row.origin };
    }
    return {
      ...name,
      op: 'UPSERT',
      row: row.state.columns,
      stamps: modelTable(name.table).rule === 'UNION' ? null : row.state.stamps,
      origin: row.origin,
    };
  }

  /** Nothing is left to be pulled after the cursor. */
  isRead(cursor: Cursor | null): boolean {
    if (cursor === null || cursor.epoch !== this.epoch || this.#open.size > 0) return false;
    const from: readonly [number, number] = [Number(cursor.txid), Number(cursor.seq)];
    return !this.data.log.some((entry) => before(from, entry));
  }

  async pushTelemetry(stationId: string, batch: TelemetryBatch, epoch: string) {
    const ledger = this.data.ledgers.get(stationId);
    if (ledger === undefined || epoch !== this.epoch) throw new SyncFault('STALE', 'Another epoch.');
    for (const key of linesOf(batch)) this.data.telemetry.add(key);
    const telemetryPosition = Math.max(ledger.telemetryPosition, batch.position);
    this.data.ledgers.set(stationId, { ...ledger, telemetryPosition });
    return { rows: batch.rows, refused: 0, serverNowMs: this.#options.clock.nowMs() };
  }

  async digests(stationId: string, table: string, cursor: Cursor): Promise<BucketDigests | null> {
    const oldestOpen = Math.min(this.data.nextTxid, ...this.#open);
    const from: readonly [number, number] = [Number(cursor.txid), Number(cursor.seq)];
    if (this.data.log.some((entry) => before(from, entry)) || oldestOpen !== this.data.nextTxid) return null;
    return digestsOf(this.#tableRows(stationId, table).map(([rowId, { state }]) => ({ rowId, state })));
  }

  async bucketRows(stationId: string, table: string, bucket: string): Promise<PulledRow[]> {
    return this.#tableRows(stationId, table)
      .filter(([rowId, { state }]) => bucketOf(rowId) === bucket && isLive(state))
      .map(([rowId, { state, origin }]) => ({
        table,
        rowId,
        op: 'UPSERT',
        row: state.columns,
        stamps: state.stamps,
        origin,
      }));
  }

  #tableRows(stationId: string, table: string): [string, ServerRow][] {
    return [...this.data.rows]
      .filter(([key]) => key.startsWith(`${table}/`) && this.sees(stationId, key))
      .map(([key, row]) => [key.slice(table.length + 1), row]);
  }

  /**
   * Whether the station may see the row: its own and what that refers to, everybody's, or of an emergency in one of its
   * regions.
   */
  sees(stationId: string, key: string): boolean {
    const row = this.data.rows.get(key);
    if (row === undefined) return false;
    if (row.origin === stationId) return true;
    const { table } = split(key);
    if (!['emergencies', 'missions', 'mission_events'].includes(table)) return true;
    const root = this.#emergencyOf(key);
    if (root !== null && this.regions.get(stationId)?.has(String(root.columns.state))) return true;
    return table !== 'mission_events' && this.#hasOwnBelow(stationId, key);
  }

  #emergencyOf(key: string): RowState | null {
    const row = this.data.rows.get(key);
    if (row === undefined || key.startsWith('emergencies/')) return row?.state ?? null;
    const parent = parentKey(split(key).table, row.state.columns);
    return parent === null ? null : this.#emergencyOf(parent);
  }

  #hasOwnBelow(stationId: string, key: string): boolean {
    return this.#children(key).some(
      (child) => this.data.rows.get(child)?.origin === stationId || this.#hasOwnBelow(stationId, child),
    );
  }

  #viewers(key: string): string[] {
    return [...this.regions.keys()].filter((stationId) => this.sees(stationId, key));
  }

  #stateOf(key: string): RowState | null {
    const state = this.data.rows.get(key)?.state;
    return state !== undefined && isLive(state) ? state : null;
  }

  #children(key: string): string[] {
    const found: string[] = [];
    for (const [child, { state }] of this.data.rows)
      if (isLive(state) && parentKey(split(child).table, state.columns) === key) found.push(child);
    return found;
  }

  #descendants(key: string): string[] {
    if (!key.startsWith('emergencies/') && !key.startsWith('missions/')) return [];
    return this.#children(key).flatMap((child) => [child, ...this.#descendants(child)]);
  }

  #cursor([txid, seq]: readonly number[]): Cursor {
    return { epoch: this.epoch, txid: String(txid), seq: String(seq) };
  }
}

type AppendLog = (entry: { table: string; rowId: string; seenBefore: readonly string[] }) => void;

function split(key: string): { table: string; rowId: string } {
  const slash = key.indexOf('/');
  return { table: key.slice(0, slash), rowId: key.slice(slash + 1) };
}

function before([txid, seq]: readonly [number, number], entry: { txid: number; seq: number }): boolean {
  return entry.txid > txid || (entry.txid === txid && entry.seq > seq);
}

/** The mutation: the later stamp decides a mission's status. */
function statusByTime(old: RowState | null, change: RowChange, merged: RowState): RowState {
  const status = change.columns.status ?? null;
  const holder = old?.stamps.status;
  const later = holder === undefined || change.stamp > holder;
  const columns: Columns = { ...merged.columns, status: later ? status : (old?.columns.status ?? null) };
  return {
    ...merged,
    columns,
    stamps: { ...merged.stamps, status: later ? change.stamp : (holder ?? change.stamp) },
  };
}
