import { afterAll, beforeAll, expect, test } from 'vitest';
import { afterPull, isLive, type RowState, type Waiting, type ZoneGeometry } from '../../../db/sync/merge.ts';
import { spelledOut } from '../../../db/sync/pulled-rows.ts';
import type { Columns, PulledRow, Stamp } from '../../../db/sync/wire.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import { newId } from '../db/build-records.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../db/temporary-database.ts';
import { answerTo, openTestStation, pageOf, pulledRow, stampAt, type TestStation } from './test-station.ts';

/**
 * The station's database against db/sync/merge.ts: whatever people do here and pages bring from elsewhere, in any order,
 * a row ends as the pure functions say.
 */
const STEPS = 240;
const SEED = 20261122;
const PLACE = '0101000020E610000000000000000052C00000000000004540';
const AT = '2026-05-01T11:00:00+00:00';
const STATUSES = [
  'LAUNCHED',
  'IN_FLIGHT',
  'ARRIVED',
  'LANDED',
  'AED_DEPLOYED',
  'RETURNING',
  'COMPLETED',
  'ABORTED',
];

let directory: TemporaryDirectory;
let station: TestStation;

beforeAll(async () => {
  directory = temporaryDirectory();
  station = await openTestStation(directory.path);
  await station.sync.beginRun('run1');
  await station.sync.adopt('STATION-A');
}, 60_000);
afterAll(async () => {
  await station.close();
  directory.remove();
});

interface Subject {
  table: 'emergencies' | 'missions' | 'no_fly_zones';
  key: string;
  rowId: string;
  /** Columns that are changed, with the values that they may have. */
  values: Readonly<Record<string, readonly (string | number | boolean | null)[]>>;
  whole: Columns;
}

const shapes = [0.001, 0.002, 0.004].map(
  (size) => `POLYGON((-71 42, ${-71 + size} 42, ${-71 + size} ${42 + size}, -71 ${42 + size}, -71 42))`,
);
let outlines: string[] = [];

function subjects(): Subject[] {
  const emergencyId = newId();
  const stamped = { created_at: AT };
  return [
    {
      table: 'emergencies',
      key: 'emergency_id',
      rowId: emergencyId,
      values: { city: ['A', 'B', null], address: ['X', 'Y'], victim_age: [1, 2, null] },
      whole: {
        ...{ emergency_id: emergencyId, emergency_type: 'other', call_timestamp: AT, location_point: PLACE },
        ...{ caller_language: 'en', ...stamped },
      },
    },
    {
      table: 'missions',
      key: 'mission_id',
      rowId: newId(),
      values: { status: STATUSES, dispatcher_name: ['A', 'B', null], conversation_state: ['X', 'Y'] },
      whole: {
        ...{
          mission_id: '',
          emergency_id: '',
          drone_id: 'D1',
          dispatcher_id: 'd',
          destination_location: PLACE,
        },
        ...{
          launch_time: AT,
          station_id: 'STATION-A',
          total_voice_exchanges: 0,
          voice_ai_active: false,
          ...stamped,
        },
      },
    },
    {
      table: 'no_fly_zones',
      key: 'zone_id',
      rowId: newId(),
      values: {
        active: [true, false],
        altitude_restriction_meters: [null, 50, 100],
        name: ['A', 'B'],
        start_time: [null, '2026-05-01T08:00:00+00:00', '2026-05-01T09:00:00+00:00'],
        zone_polygon: outlines,
        version: [1, 2, 3, 4, 5],
      },
      whole: { zone_id: '', zone_type: 'SCHOOL', ...stamped },
    },
  ];
}

/** What the database has of a row, as the pure functions read it. */
async function stateIn({ table, key, rowId }: Subject): Promise<RowState | null> {
  const [live] = await station.rows<{ row: Columns; stamps: Record<string, Stamp> }>(
    `SELECT to_jsonb(t) - excluded AS row, stamps FROM ${table} AS t
       JOIN sync_tables ON sync_tables.table_name = '${table}'
       JOIN sync_stamps ON sync_stamps.table_name = '${table}' AND sync_stamps.row_id = ${key}::text
     WHERE ${key}::text = $1`,
    [rowId],
  );
  const [grave] = await station.rows<{
    stamp: Stamp;
    row: Columns | null;
    stamps: Record<string, Stamp> | null;
  }>('SELECT stamp, row, stamps FROM sync_tombstones WHERE table_name = $1 AND row_id = $2', [table, rowId]);
  const row = live?.row ?? grave?.row ?? {};
  if (live === undefined && grave === undefined) return null;
  const stamps = spelledOut(live?.stamps ?? grave?.stamps ?? null, Object.keys(row));
  return { columns: row, stamps, deletedAt: grave?.stamp ?? null };
}

async function waitingFor({ table, rowId }: Subject): Promise<Waiting> {
  const { lastAckedSeq } = await station.sync.state();
  const groups = await station.sync.pendingGroups({
    afterSeq: lastAckedSeq,
    maxRows: 5_000,
    maxBytes: 50_000_000,
  });
  const changes = groups
    .flatMap((group) => group.changes)
    .filter((change) => change.table === table && change.rowId === rowId);
  return {
    columns: new Set(changes.flatMap(({ columns }) => Object.keys(columns))),
    deletedAt: changes.findLast(({ op }) => op === 'DELETE')?.stamp ?? null,
  };
}

/** What PostGIS says of these outlines. */
async function geometryOf(shapesAsked: readonly unknown[]): Promise<ZoneGeometry> {
  const pairs = await station.rows<{ one: string; other: string; covers: boolean; hull: string }>(
    `SELECT one, other, ST_Covers(one::geometry, other::geometry) AS covers,
       ST_ConvexHull(ST_Collect(one::geometry, other::geometry))::geography::text AS hull
     FROM unnest($1::text[]) AS one, unnest($1::text[]) AS other`,
    [shapesAsked.map(String)],
  );
  const of = (one: unknown, other: unknown) => pairs.find((pair) => pair.one === one && pair.other === other);
  return {
    covers: (outer, inner) => of(outer, inner)?.covers ?? false,
    hull: (left, right) => of(left, right)?.hull ?? null,
  };
}

test(`what the database makes of a page is what merge.ts makes of it (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random.next() * items.length)] as Item;
  outlines = (
    await station.rows<{ outline: string }>(
      `SELECT shape::geography::text AS outline FROM unnest($1::text[]) AS shape`,
      [shapes],
    )
  ).map(({ outline }) => outline);
  await station.rows(`INSERT INTO drones (drone_id, serial_number, status) VALUES ('D1', 'S1', 'READY')`);
  let sets = subjects();
  const tally = { same: 0, waited: 0, deleted: 0 };
  for (let step = 0; step < STEPS; step++) {
    if (step % 70 === 0) sets = subjects();
    const [emergency] = sets;
    const subject = pick(sets);
    const { table, key, rowId, values } = subject;
    const changed = Object.fromEntries(Object.entries(values).map(([column, some]) => [column, pick(some)]));
    const here = (await station.rows(`SELECT FROM ${table} WHERE ${key}::text = $1`, [rowId])).length > 0;
    const what = random.next();
    if (what < 0.45 && here) {
      const column = pick(Object.keys(values).filter((name) => name !== 'status' && name !== 'version'));
      await station
        .rows(`UPDATE ${table} SET ${column} = $2 WHERE ${key}::text = $1`, [rowId, changed[column]])
        // F5 forbids people what it does not forbid a merge.
        .catch(() => undefined);
      continue;
    }
    if (what < 0.5 && here && table === 'no_fly_zones') {
      await station.rows(`DELETE FROM ${table} WHERE ${key}::text = $1`, [rowId]);
      continue;
    }
    if (what < 0.55) {
      const { lastSeq } = await station.sync.state();
      await station.sync.settlePush(answerTo(lastSeq), lastSeq);
      continue;
    }
    const stamp = (): Stamp =>
      stampAt(Date.now() - 40_000 + Math.floor(random.next() * 80_000), pick(['B', 'C']), step);
    const row = { ...subject.whole, ...changed, [key]: rowId };
    if (table === 'missions') row.emergency_id = emergency?.rowId ?? null;
    const basic = stamp();
    const pulled: PulledRow = {
      ...pulledRow(table, row, { key, stamp: basic }),
      stamps: {
        '*': basic,
        ...Object.fromEntries(
          Object.keys(changed).map((column) => [column, random.next() < 0.5 ? basic : stamp()]),
        ),
      },
    };
    const deletes = table === 'no_fly_zones' && random.next() < 0.1;
    const sent: PulledRow = deletes
      ? { ...pulled, op: 'DELETE', row: null, stamps: { '*': stamp() } }
      : pulled;
    const before = await stateIn(subject);
    const waiting = await waitingFor(subject);
    const areas = await geometryOf(
      table === 'no_fly_zones' && before !== null
        ? [before.columns.zone_polygon ?? outlines[0], row.zone_polygon]
        : [],
    );
    const rule = table === 'no_fly_zones' ? 'ZONE' : 'COLUMNS';
    const expected = afterPull(
      rule,
      before,
      deletes ? sent : { ...sent, stamps: spelledOut(sent.stamps, Object.keys(row)) },
      waiting,
      areas,
    );
    const parents = table === 'missions' && (await stateIn(emergency ?? subject)) === null;
    const { parked } = await station.sync.applyPage(pageOf([sent], step + 1));
    expect(parked, `seed ${SEED}, step ${step}`).toBe(parents ? 1 : 0);
    if (parents) continue;
    const after = await stateIn(subject);
    const live = expected !== null && isLive(expected);
    const isHere = (await station.rows(`SELECT FROM ${table} WHERE ${key}::text = $1`, [rowId])).length > 0;
    expect(isHere, `seed ${SEED}, step ${step}: is there`).toBe(live);
    if (waiting.columns.size > 0) tally.waited++;
    if (!live) tally.deleted++;
    if (!live || expected === null) continue;
    const told = Object.fromEntries(
      Object.keys(row).map((column) => [column, after?.columns[column] ?? null]),
    );
    const wanted = Object.fromEntries(
      Object.keys(row).map((column) => [column, expected.columns[column] ?? null]),
    );
    expect(told, `seed ${SEED}, step ${step}: ${table}`).toEqual(wanted);
    const stamps = Object.fromEntries(Object.keys(row).map((column) => [column, after?.stamps[column]]));
    const wantedStamps = Object.fromEntries(
      Object.keys(row).map((column) => [column, expected.stamps[column]]),
    );
    expect(stamps, `seed ${SEED}, step ${step}: stamps of ${table}`).toEqual(wantedStamps);
    tally.same++;
  }
  expect(tally.same).toBeGreaterThan(60);
  expect(tally.waited).toBeGreaterThan(15);
}, 120_000);
