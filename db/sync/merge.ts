import type { Columns, Json, MergeRule, PulledRow, RowChange, Stamp } from './wire.ts';

/**
 * How versions of a row become one (S4), as pure functions. The station's and the server's SQL do the same and are
 * compared with these; the simulation runs on them.
 */

/** A row with the stamp of each column. Columns merge on under a deletion, so that a later edit brings all back. */
export interface RowState {
  readonly columns: Columns;
  readonly stamps: Readonly<Record<string, Stamp>>;
  readonly deletedAt: Stamp | null;
}

/** A value that is not in force and was never seen by whoever overwrote it: for the conflict table. */
export interface LostValue {
  /** Null: a deletion lost. */
  readonly column: string | null;
  readonly value: Json;
  readonly stamp: Stamp;
}

export interface ZoneGeometry {
  covers(outer: Json, inner: Json): boolean;
  /** The convex hull of both. */
  hull(left: Json, right: Json): Json;
}

const STATUS_ORDER = [
  'LAUNCHED',
  'IN_FLIGHT',
  'ARRIVED',
  'LANDED',
  'AED_DEPLOYED',
  'RETURNING',
  'COMPLETED',
  'ABORTED',
];

/** An order of mission states that no clock takes part in. A state that is not known here gives way. */
export function statusRank(status: Json): number {
  return typeof status === 'string' ? STATUS_ORDER.indexOf(status) : -1;
}

interface Cell {
  readonly value: Json;
  readonly stamp: Stamp;
}

/** A total order of a column's versions: the greatest is in force, in whatever order they arrive. */
function wins(table: string, column: string, challenger: Cell, holder: Cell): boolean {
  if (table === 'missions' && column === 'status') {
    const difference = statusRank(challenger.value) - statusRank(holder.value);
    if (difference !== 0) return difference > 0;
  }
  if (challenger.stamp !== holder.stamp) return challenger.stamp > holder.stamp;
  // Only copies of one station's disk make equal stamps. Any order will do that all replicas share.
  return canonical(challenger.value) > canonical(holder.value);
}

export function isLive(row: RowState): boolean {
  const { deletedAt } = row;
  return deletedAt === null || Object.values(row.stamps).some((stamp) => stamp > deletedAt);
}

/** The least version that both are part of: commutative, associative, idempotent. */
export function joined(table: string, left: RowState, right: RowState): RowState {
  const columns = { ...left.columns };
  const stamps = { ...left.stamps };
  for (const [column, stamp] of Object.entries(right.stamps)) {
    const value = right.columns[column] ?? null;
    const holder = stamps[column];
    if (
      holder === undefined ||
      wins(table, column, { value, stamp }, { value: columns[column] ?? null, stamp: holder })
    ) {
      columns[column] = value;
      stamps[column] = stamp;
    }
  }
  return { columns, stamps, deletedAt: later(left.deletedAt, right.deletedAt) };
}

/** What a change makes of a row on the server, and what is lost by it. */
export function afterChange(
  rule: MergeRule,
  row: RowState | null,
  change: RowChange,
  geometry: ZoneGeometry,
): { row: RowState; lost: readonly LostValue[] } {
  if (rule === 'UNION')
    return { row: row ?? { columns: change.columns, stamps: {}, deletedAt: null }, lost: [] };
  if (rule === 'ZONE' && row !== null) {
    if (isLive(row) && !buildsOn(row, change)) return afterZoneConflict(row, change, geometry);
    if (!isLive(row) && change.op === 'UPSERT' && row.deletedAt !== null) {
      // Whoever changed it had not seen that it was removed: the zone stays, whichever came first.
      const { row: zone, lost } = afterZoneConflict({ ...row, deletedAt: null }, change, geometry);
      return { row: zone, lost: [...lost, { column: null, value: null, stamp: row.deletedAt }] };
    }
  }
  if (change.op === 'DELETE') return afterDeletion(row, change);
  if (row === null) return { row: fresh(change), lost: [] };

  const columns = { ...row.columns };
  const stamps = { ...row.stamps };
  const lost: LostValue[] = [];
  for (const [column, value] of Object.entries(change.columns)) {
    const stamp = stamps[column];
    const holder = stamp === undefined ? null : { value: columns[column] ?? null, stamp };
    const challenger = { value, stamp: change.stamp };
    const taken = holder === null || wins(change.table, column, challenger, holder);
    const unseen = holder !== null && holder.stamp !== change.replaced[column];
    // Who has seen what is in force and still loses to it has a clock that is behind: that is told as well.
    if (holder !== null && (unseen || !taken) && !same(holder.value, value))
      lost.push({ column, ...(taken ? holder : challenger) });
    if (!taken) continue;
    columns[column] = value;
    stamps[column] = change.stamp;
  }
  const merged = { columns, stamps, deletedAt: row.deletedAt };
  if (isLive(row)) return { row: merged, lost };
  if (!isLive(merged)) return { row: merged, lost: valuesOf(change) };
  const resurrects = Object.keys(change.replaced).length > 0 && row.deletedAt !== null;
  return {
    row: merged,
    lost: resurrects ? [{ column: null, value: null, stamp: row.deletedAt }] : [],
  };
}

/** The version that the change was made on is the one in force. Two stations may count to the same number. */
function buildsOn(zone: RowState, change: RowChange): boolean {
  return (
    change.baseVersion === zone.columns.version &&
    change.replaced.version !== undefined &&
    change.replaced.version === zone.stamps.version
  );
}

function afterDeletion(
  row: RowState | null,
  change: RowChange,
): { row: RowState; lost: readonly LostValue[] } {
  if (row === null) return { row: { columns: {}, stamps: {}, deletedAt: change.stamp }, lost: [] };
  const deleted = { ...row, deletedAt: later(row.deletedAt, change.stamp) };
  if (isLive(deleted)) return { row: deleted, lost: [{ column: null, value: null, stamp: change.stamp }] };
  if (!isLive(row)) return { row: deleted, lost: [] };
  const unseen = Object.entries(row.stamps).filter(([column, stamp]) => change.replaced[column] !== stamp);
  return {
    row: deleted,
    lost: unseen.map(([column, stamp]) => ({ column, value: row.columns[column] ?? null, stamp })),
  };
}

/** F9: the more restrictive of both stays, and a person decides. */
function afterZoneConflict(
  row: RowState,
  change: RowChange,
  geometry: ZoneGeometry,
): { row: RowState; lost: readonly LostValue[] } {
  if (change.op === 'DELETE') return { row, lost: [{ column: null, value: null, stamp: change.stamp }] };
  // Whoever changes a zone that was in force for them means it to be.
  const { active } = row.stamps;
  const isRevived =
    row.columns.active === false &&
    change.columns.active === undefined &&
    active !== undefined &&
    active > (change.replaced.version ?? '');
  const other: RowState = {
    columns: { ...row.columns, ...change.columns, ...(isRevived ? { active: true } : {}) },
    stamps: {
      ...row.stamps,
      ...Object.fromEntries(Object.keys(change.columns).map((c) => [c, change.stamp])),
    },
    deletedAt: row.deletedAt,
  };
  const zone = moreRestrictive(row, other, geometry);
  const lost = valuesOf(change).filter(
    ({ column, value }) => column !== 'version' && !same(zone.columns[column ?? ''] ?? null, value),
  );
  return {
    row: isRevived
      ? { ...zone, stamps: { ...zone.stamps, active: change.stamp > active ? change.stamp : active } }
      : zone,
    lost: isRevived ? [...lost, { column: 'active', value: false, stamp: active }] : lost,
  };
}

/** A zone that forbids whatever either forbids. Commutative; its version is new to whoever made either. */
export function moreRestrictive(left: RowState, right: RowState, geometry: ZoneGeometry): RowState {
  const latest = joined('no_fly_zones', left, right);
  const pair = (column: string): [Json, Json] => [
    left.columns[column] ?? null,
    right.columns[column] ?? null,
  ];
  const unlimitedOr = (column: string, choose: (a: Json, b: Json) => Json): Json => {
    const [a, b] = pair(column);
    return a === null || b === null ? null : choose(a, b);
  };
  const [leftShape, rightShape] = pair('zone_polygon');
  const numbers = pair('version').map(Number);
  return {
    ...latest,
    columns: {
      ...latest.columns,
      active: pair('active').includes(true),
      altitude_restriction_meters: unlimitedOr('altitude_restriction_meters', (a, b) =>
        Math.max(Number(a), Number(b)),
      ),
      start_time: unlimitedOr('start_time', (a, b) => (instant(a) <= instant(b) ? a : b)),
      end_time: unlimitedOr('end_time', (a, b) => (instant(a) >= instant(b) ? a : b)),
      zone_polygon: geometry.covers(leftShape, rightShape)
        ? leftShape
        : geometry.covers(rightShape, leftShape)
          ? rightShape
          : geometry.hull(leftShape, rightShape),
      version: Math.max(...numbers) + 1,
    },
  };
}

/** What waits in the outbox of a row: the columns it changes, and whether it deletes. */
export interface Waiting {
  readonly columns: ReadonlySet<string>;
  readonly deletedAt: Stamp | null;
}

/**
 * What a pulled row makes of the station's. Null: the station has no such row any more. The server's word stands, stamps
 * included (it may have clamped them), except for what still waits to be pushed, and for a mission's status, which
 * does not go back even if the server was restored.
 */
export function afterPull(
  rule: MergeRule,
  local: RowState | null,
  pulled: PulledRow,
  waiting: Waiting,
  geometry: ZoneGeometry,
): RowState | null {
  if (pulled.op === 'MOVE_OUT') return null;
  const waits = waiting.columns.size > 0 || waiting.deletedAt !== null;
  if (rule === 'UNION')
    return pulled.row === null ? local : { columns: pulled.row, stamps: {}, deletedAt: null };
  if (pulled.op === 'DELETE') {
    const deleted = { columns: {}, stamps: {}, deletedAt: pulled.stamps?.['*'] ?? null };
    if (local === null || !waits) return deleted;
    return joined(pulled.table, local, deleted);
  }
  const server: RowState = { columns: pulled.row ?? {}, stamps: pulled.stamps ?? {}, deletedAt: null };
  if (local === null) return server;
  if (rule === 'ZONE')
    return waits && isLive(local) && waiting.deletedAt === null
      ? zoneAsItMayBe(local, server, geometry)
      : server;

  const columns = { ...local.columns, ...server.columns };
  const stamps = { ...local.stamps, ...server.stamps };
  for (const column of Object.keys(server.stamps)) {
    const mine = local.stamps[column];
    const isStatus = pulled.table === 'missions' && column === 'status';
    if (mine === undefined || !(waiting.columns.has(column) || isStatus)) continue;
    const theirs = { value: server.columns[column] ?? null, stamp: server.stamps[column] ?? '' };
    const own = { value: local.columns[column] ?? null, stamp: mine };
    if (!wins(pulled.table, column, own, theirs)) continue;
    columns[column] = own.value;
    stamps[column] = own.stamp;
  }
  return { columns, stamps, deletedAt: waiting.deletedAt };
}

/** Until the server has decided: whatever either forbids, under the station's own version, on which its edits build. */
function zoneAsItMayBe(local: RowState, server: RowState, geometry: ZoneGeometry): RowState {
  const zone = moreRestrictive(local, server, geometry);
  return {
    ...zone,
    columns: { ...zone.columns, version: local.columns.version ?? 1 },
    stamps: { ...zone.stamps, ...(local.stamps.version ? { version: local.stamps.version } : {}) },
  };
}

function fresh(change: RowChange): RowState {
  const stamps = Object.fromEntries(Object.keys(change.columns).map((column) => [column, change.stamp]));
  return { columns: change.columns, stamps, deletedAt: null };
}

function valuesOf(change: RowChange): LostValue[] {
  return Object.entries(change.columns).map(([column, value]) => ({ column, value, stamp: change.stamp }));
}

function later(left: Stamp | null, right: Stamp | null): Stamp | null {
  if (left === null || right === null) return left ?? right;
  return left > right ? left : right;
}

function instant(value: Json): number {
  return typeof value === 'number' ? value : Date.parse(String(value));
}

/** By value, whatever the order of an object's names. */
export function same(left: Json, right: Json): boolean {
  return canonical(left) === canonical(right);
}

export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name] ?? null)}`).join(',')}}`;
}
