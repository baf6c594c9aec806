import { canonical, isLive, type RowState, statusRank } from '../../db/sync/merge.ts';
import type { RowChange } from '../../db/sync/wire.ts';
import { keyOf, modelTable, parentKey } from './sync-tables.ts';
import type { Intent, ModelStation, SyncWorld } from './sync-world.ts';

export interface Verdict {
  readonly intents: number;
  readonly applied: number;
  readonly conflictLogged: number;
  readonly quarantined: number;
  /** Neither applied nor quarantined, or applied and gone without a trace. */
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
  readonly leaked: readonly string[];
  readonly diverged: readonly string[];
  /** A mission's status went back, or a zone let go of what it forbade. */
  readonly unsafe: readonly string[];
}

/** Judges a world that has been healed, from what its people did and what its disks say; it knows no protocol. */
export function judge(world: SyncWorld): Verdict {
  const { server } = world;
  const { applied, rejected, conflicts } = server.data;
  const lost: string[] = [];
  let quarantined = 0;
  for (const { stationId, group } of world.intents) {
    const isRejected = rejected.has(stampOf({ group }));
    const missing = group.changes.filter(({ stamp }) => !applied.has(stamp));
    if (isRejected) quarantined += 1;
    if (missing.length > 0 && !isRejected)
      lost.push(`${stationId} ${group.changes.map(keyOf).join(' ')} at ${group.changes[0]?.stamp}`);
    if (isRejected && missing.length < group.changes.length) lost.push(`${stationId} refused in part`);
  }
  for (const trace of valuesWithoutTrace(world)) lost.push(trace);
  return {
    intents: world.intents.length,
    applied: world.intents.length - quarantined,
    conflictLogged: conflicts.size,
    quarantined,
    lost,
    duplicated: [...server.violations.duplicated, ...repeatedOrInvented(world)],
    leaked: [
      ...server.violations.leaked,
      ...world.stations.flatMap((station) => [...unauthorised(world, station)]),
    ],
    diverged: world.stations.flatMap((station) => [...differences(world, station)]),
    unsafe: [...server.violations.unsafe, ...abortsUndone(world)],
  };
}

function stampOf({ group }: Pick<Intent, 'group'>): string {
  return group.changes.at(-1)?.stamp ?? '';
}

/** Every value that was applied is in force, was overwritten by somebody who had seen it, or is in the conflict table. */
function* valuesWithoutTrace({ server }: SyncWorld): Generator<string> {
  const { applied, conflicts, rows } = server.data;
  const seen = new Set<string>();
  for (const change of server.history)
    for (const [column, stamp] of Object.entries(change.replaced))
      seen.add(`${keyOf(change)}/${column}/${stamp}`);
  for (const change of server.history) {
    if (modelTable(change.table).rule !== 'COLUMNS') continue;
    const key = keyOf(change);
    const row = rows.get(key)?.state;
    const used = applied.get(change.stamp) ?? change.stamp;
    const isKept = (column: string): boolean =>
      [change.stamp, used].some(
        (stamp) => seen.has(`${key}/${column}/${stamp}`) || conflicts.has(`${key}/${column}/${stamp}`),
      );
    for (const [column, value] of Object.entries(change.columns)) {
      if (row === undefined) yield `${key} is gone`;
      else if (canonical(row.columns[column] ?? null) !== canonical(value) && !isKept(column)) {
        if (!hasEqual(server.history, change, column, value, row))
          yield `${key}.${column} = ${canonical(value)}`;
      } else if (!isLive(row) && !isKept(column) && !conflicts.has(`${key}/*/${used}`)) {
        if (!hasEqual(server.history, change, column, value, row))
          yield `${key}.${column} was deleted unseen`;
      }
    }
  }
}

/** Another wrote the same value to the same place: then its trace is this one's too. */
function hasEqual(
  history: readonly RowChange[],
  change: RowChange,
  column: string,
  value: RowChange['columns'][string],
  _row: RowState,
): boolean {
  return history.some(
    (other) =>
      other !== change &&
      keyOf(other) === keyOf(change) &&
      canonical(other.columns[column] ?? null) === canonical(value),
  );
}

/** What the server applied twice in one history, or what nobody did. */
function* repeatedOrInvented(world: SyncWorld): Generator<string> {
  const counted = new Map<string, number>();
  for (const { stamp } of world.server.history) counted.set(stamp, (counted.get(stamp) ?? 0) + 1);
  for (const [stamp, times] of counted) {
    if (times > 1) yield `${stamp} applied ${times} times`;
    if (!world.made.has(stamp)) yield `${stamp} was made by nobody`;
  }
}

function* abortsUndone(world: SyncWorld): Generator<string> {
  const reached = new Map<string, number>();
  for (const change of world.server.history) {
    if (change.table !== 'missions' || change.columns.status === undefined) continue;
    const rank = statusRank(change.columns.status);
    reached.set(keyOf(change), Math.max(reached.get(keyOf(change)) ?? -1, rank));
  }
  for (const [key, rank] of reached) {
    const status = world.server.data.rows.get(key)?.state.columns.status ?? null;
    if (statusRank(status) < rank) yield `${key} went back to ${String(status)}`;
  }
}

function heldBack(station: ModelStation): Set<string> {
  const refused = station.disk.outbox.filter((group) => group.refused !== null);
  return new Set(refused.flatMap(({ changes }) => changes.map(keyOf)));
}

/** Rows that this station's own rows refer to stay although it may not see them any more. */
function isKeptForOwn(station: ModelStation, key: string): boolean {
  for (const [child, { state, origin }] of station.disk.rows) {
    if (parentKey(child.slice(0, child.indexOf('/')), state.columns) !== key) continue;
    if (origin === station.stationId || isKeptForOwn(station, child)) return true;
  }
  return false;
}

function* unauthorised(world: SyncWorld, station: ModelStation): Generator<string> {
  for (const key of station.disk.rows.keys())
    if (
      world.server.data.rows.has(key) &&
      !world.server.sees(station.stationId, key) &&
      !isKeptForOwn(station, key)
    )
      yield `${station.stationId} still has ${key}`;
}

/** A status does not go back although the server was restored to before it, and nobody has the change any more. */
function knowsMore(world: SyncWorld, key: string, mine: RowState | undefined, server: RowState): boolean {
  if (world.server.epoch === 'epoch-1' || !key.startsWith('missions/') || mine === undefined) return false;
  const { status, ...rest } = mine.columns;
  const { status: serverStatus, ...serverRest } = server.columns;
  return (
    statusRank(status ?? null) > statusRank(serverStatus ?? null) && canonical(rest) === canonical(serverRest)
  );
}

/** The station has exactly what it may see, as the server has it; refused changes are a matter between people. */
function* differences(world: SyncWorld, station: ModelStation): Generator<string> {
  const held = heldBack(station);
  const { rows } = world.server.data;
  if (station.waiting() > 0) yield `${station.stationId} still waits with ${station.waiting()} groups`;
  if (station.engine?.status().state !== 'IN_STEP')
    yield `${station.stationId} is ${station.engine?.status().state} (${station.engine?.status().fault?.kind})`;
  for (const [key, { state }] of rows) {
    const table = key.slice(0, key.indexOf('/'));
    if (!modelTable(table).pulled || held.has(key) || !world.server.sees(station.stationId, key)) continue;
    const mine = station.disk.rows.get(key)?.state;
    const here = mine !== undefined && isLive(mine) ? canonical(mine.columns) : 'none';
    const there = isLive(state) ? canonical(state.columns) : 'none';
    if (!isLive(state) && isKeptForOwn(station, key)) continue;
    if (here !== there && !knowsMore(world, key, mine, state))
      yield `${station.stationId} ${key}: ${here}, server: ${there}`;
  }
  // A station never throws away what it made itself, even if a restored server knows nothing of it any more.
  for (const [key, { state, origin }] of station.disk.rows)
    if (isLive(state) && !rows.has(key) && origin !== station.stationId && !isKeptForOwn(station, key))
      yield `${station.stationId} alone has ${key}`;
  for (let position = 1; position <= station.disk.telemetryWritten; position++)
    if (!world.server.data.telemetry.has(`${station.stationId}/${position}`))
      yield `telemetry ${station.stationId}/${position} is missing`;
}
