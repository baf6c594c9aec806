import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { joined, type RowState, statusRank } from '../../../db/sync/merge.ts';
import type { Columns, Json, RowChange } from '../../../db/sync/wire.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import {
  type CentralServer,
  type CentralStation,
  newDrone,
  newEmergency,
  newMission,
  upsert,
} from '../../support/central-server.ts';

type Central = () => CentralServer;
const SEED = 20261122;
const CASES = 60;
const STATUSES = ['LAUNCHED', 'IN_FLIGHT', 'ARRIVED', 'RETURNING', 'COMPLETED', 'ABORTED'];
const VALUES: readonly Json[] = [null, 0, 7, 'a', 'b', true, { a: 1 }, [1, 2]];
/** So few that stations often write at the same time. */
const INSTANTS = 6;

/** The merge in SQL, as the centre and the stations have it, by its properties (S4), on every table that travels. */
export function propertyCases(central: Central): void {
  const random = seededRandom(SEED);
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random.next() * items.length)] as Item;

  /** Of some of the columns, as a change is; each with its own stamp. */
  function version(table: string, columns: readonly string[]): RowState {
    const chosen = columns.filter(() => random.next() < 0.6);
    const someValue = (column: string): Json =>
      table === 'missions' && column === 'status' ? pick(STATUSES) : pick(VALUES);
    const stamp = () =>
      `${String(Math.floor(random.next() * INSTANTS)).padStart(15, '0')}-00000-${pick(['a', 'b'])}~n`;
    return {
      columns: Object.fromEntries(chosen.map((column) => [column, someValue(column)])),
      stamps: Object.fromEntries(chosen.map((column) => [column, stamp()])),
      deletedAt: null,
    };
  }

  const MERGED = `
    CREATE FUNCTION pg_temp.merged(t TEXT, a JSONB, b JSONB) RETURNS JSONB LANGUAGE sql AS $$
      SELECT jsonb_build_object('stamps', stamps, 'columns',
        -- A value that nobody has is none, and has its stamp all the same.
        (SELECT coalesce(jsonb_object_agg(key, NULL), '{}') FROM jsonb_object_keys(stamps) AS key)
          || (a -> 'columns') || taken)
      FROM sync_merge_columns(t, a -> 'columns', a -> 'stamps', b -> 'columns', b -> 'stamps') $$;`;
  const IN_ALL_WAYS = `SELECT pg_temp.merged($1, a, b) AS ab, pg_temp.merged($1, b, a) AS ba,
      pg_temp.merged($1, pg_temp.merged($1, a, b), c) AS ab_c, pg_temp.merged($1, a, pg_temp.merged($1, b, c)) AS a_bc,
      pg_temp.merged($1, pg_temp.merged($1, a, b), b) AS abb
    FROM jsonb_to_recordset($2) AS given (n INTEGER, a JSONB, b JSONB, c JSONB) ORDER BY n`;
  type Ways = Record<'ab' | 'ba' | 'ab_c' | 'a_bc' | 'abb', RowState>;

  test(`the merge in SQL is commutative, associative, idempotent, monotone, and that of merge.ts: every table (seed ${SEED})`, async () => {
    const client = await central().administrator();
    try {
      await client.query(MERGED);
      const { rows: tables } = await client.query<{ name: string; columns: string[] }>(
        `SELECT table_name AS name, sync_columns(table_name) AS columns FROM sync_tables WHERE rule <> 'UNION'`,
      );
      expect(tables.map(({ name }) => name).sort()).toEqual([
        ...['ai_model_versions', 'base_stations', 'drones', 'emergencies', 'missions', 'no_fly_zones'],
        'sync_conflicts',
      ]);
      for (const { name, columns } of tables) {
        const given = Array.from({ length: CASES }, (_, n) => ({
          n,
          ...{ a: version(name, columns), b: version(name, columns), c: version(name, columns) },
        }));
        const { rows } = await client.query<Ways>(IN_ALL_WAYS, [name, JSON.stringify(given)]);
        for (const [n, ways] of rows.entries()) {
          const { a, b, c } = given[n] ?? { a: null, b: null, c: null };
          if (a === null || b === null || c === null) throw new Error('As many answers as cases');
          const text = (state: RowState): string => inForce(columns, state);
          const which = `${name}, case ${n}`;
          expect(text(ways.ab), which).toBe(text(ways.ba));
          expect(text(ways.ab_c), which).toBe(text(ways.a_bc));
          expect(text(ways.abb), which).toBe(text(ways.ab));
          expect(text(ways.ab_c), which).toBe(text(joined(name, joined(name, a, b), c)));
          for (const side of [a, b, c])
            for (const column of Object.keys(side.stamps)) {
              const isStatus = name === 'missions' && column === 'status';
              const rank = (state: RowState): number => statusRank(state.columns[column] ?? null);
              if (isStatus) expect(rank(ways.ab_c), which).toBeGreaterThanOrEqual(rank(side));
              else expect((ways.ab_c.stamps[column] ?? '') >= (side.stamps[column] ?? ''), which).toBe(true);
            }
        }
      }
    } finally {
      await client.end();
    }
  });

  test('records that are only added: whoever adds them, however often, in whatever order, they stand as they came first', async () => {
    const catalogue = await central().rows<{ name: string }>(
      `SELECT table_name AS name FROM sync_tables WHERE rule = 'UNION' ORDER BY 1`,
    );
    const stations = [await central().station(['CA']), await central().station(['CA'])];
    const [first, second] = stations;
    if (!first || !second) throw new Error('two stations');
    const [drone, call] = [newDrone(first), newEmergency(first, 'CA')];
    const mission = newMission(first, call.rowId, drone.rowId);
    await first.push([drone], [call, mission]);
    const missionId = mission.rowId;
    const at = new Date().toISOString();
    const rows: Record<string, [string, Columns, string]> = {
      audit_log: ['audit_id', { at, action: 'FIRST' }, 'action'],
      health_checks: [
        'health_check_id',
        {
          ...{
            drone_id: drone.rowId,
            checklist_model: '',
            checklist_version: 1,
            started_at: at,
            signed_at: at,
          },
          ...{ signed_by: 't', signed_name: 'FIRST', decision: 'READY', automatic: [], manual: [] },
        },
        'signed_name',
      ],
      mission_events: [
        'event_id',
        { mission_id: missionId, event_type: 'LANDED', timestamp: at, sentence: 'FIRST' },
        'sentence',
      ],
      voice_transcripts: [
        'transcript_id',
        {
          ...{ mission_id: missionId, timestamp: at, speaker: 'DRONE', text: 'FIRST', language: 'en' },
          is_scripted_response: false,
        },
        'text',
      ],
      weather_conditions: [
        'weather_id',
        { observation_time: at, location: 'POINT(-118 34)', data_source: 'FIRST' },
        'data_source',
      ],
    };
    expect(Object.keys(rows)).toEqual(catalogue.map(({ name }) => name));
    for (const [table, [key, columns, shown]] of Object.entries(rows)) {
      const id = randomUUID();
      const added = (station: CentralStation, text: string): RowChange =>
        upsert(station, table, id, { ...columns, [key]: id, [shown]: text });
      const answers = [
        await first.push([added(first, 'FIRST')], [added(first, 'FIRST')]),
        await second.push([added(second, 'second')]),
      ];
      expect(
        answers.flatMap(({ refused }) => refused),
        table,
      ).toEqual([]);
      const kept = await central().rows(`SELECT ${shown} AS said FROM ${table} WHERE ${key} = $1`, [id]);
      expect(kept, table).toEqual([{ said: 'FIRST' }]);
    }
  });

  test(`two versions of a zone: commutative, idempotent, never less than either; associative for outlines without notches (seed ${SEED})`, async () => {
    const place = () =>
      [-71 + 0.01 * Math.floor(random.next() * 5), 42 + 0.01 * Math.floor(random.next() * 5)] as const;
    const outline = (notched: boolean): string => {
      const [west, south] = place();
      const [w, h] = [0.01 * (1 + Math.floor(random.next() * 3)), 0.01 * (1 + Math.floor(random.next() * 3))];
      const notch = notched ? `${west + w / 2} ${south + h / 2}, ` : '';
      return `POLYGON((${west} ${south}, ${west + w} ${south}, ${west + w} ${south + h}, ${notch}${west} ${south + h}, ${west} ${south}))`;
    };
    const zone = (notched: boolean): Columns => ({
      zone_polygon: outline(notched),
      active: pick([true, false]),
      altitude_restriction_meters: pick([null, 50, 100]),
      start_time: pick([null, '2026-05-01T08:00:00Z', '2026-05-01T09:00:00Z']),
      end_time: pick([null, '2026-05-02T08:00:00Z', '2026-05-02T09:00:00Z']),
    });
    const given = Array.from({ length: 80 }, (_, n) => {
      const notched = n % 2 === 1;
      return { n, notched, a: zone(notched), b: zone(notched), c: zone(notched) };
    });
    const rows = await central().rows<Record<string, boolean>>(
      `WITH zones AS (SELECT n, notched, jsonb_populate_record(NULL::no_fly_zones, a) AS a,
           jsonb_populate_record(NULL::no_fly_zones, b) AS b, jsonb_populate_record(NULL::no_fly_zones, c) AS c
         FROM jsonb_to_recordset($1) AS given (n INTEGER, notched BOOLEAN, a JSONB, b JSONB, c JSONB)),
       joins AS (SELECT *, sync_stricter_zone(a, b) AS ab, sync_stricter_zone(b, a) AS ba FROM zones),
       more AS (SELECT *, sync_stricter_zone(ab, c) AS ab_c, sync_stricter_zone(a, sync_stricter_zone(b, c)) AS a_bc,
         sync_stricter_zone(ab, b) AS abb FROM joins)
       SELECT ${sameZone('ab', 'ba')} AS commutative, notched OR ${sameZone('ab_c', 'a_bc')} AS associative,
         ${sameZone('abb', 'ab')} AS idempotent,
         ${['a', 'b', 'c'].map((side) => forbidsAtLeast('ab_c', side)).join(' AND ')} AS monotone
       FROM more ORDER BY n`,
      [JSON.stringify(given)],
    );
    for (const [n, holds] of rows.entries())
      expect(holds, `case ${n}`).toEqual({
        commutative: true,
        associative: true,
        idempotent: true,
        monotone: true,
      });
    expect(rows).toHaveLength(80);
  });

  test('a zone that two stations changed from one version forbids the same in whichever order they are heard, and a removal removes nothing', async () => {
    const [a, b] = [await central().station(['CA']), await central().station(['CA'])];
    const box = (size: number): string =>
      `POLYGON((-118 34, ${-118 + size} 34, ${-118 + size} ${34 + size}, -118 ${34 + size}, -118 34))`;
    const outcome = async (order: readonly ('shrink' | 'widen' | 'remove')[]) => {
      const zoneId = randomUUID();
      const created = upsert(a, 'no_fly_zones', zoneId, {
        ...{ zone_id: zoneId, name: 'Zone', zone_type: 'SCHOOL', zone_polygon: box(0.02), active: true },
        ...{ altitude_restriction_meters: 100, version: 1 },
      });
      await a.push([created]);
      const replaced = { version: created.stamp, zone_polygon: created.stamp, active: created.stamp };
      const on = { baseVersion: 1, replaced };
      const changes: Record<'shrink' | 'widen' | 'remove', () => [CentralStation, RowChange]> = {
        shrink: () => [
          b,
          {
            ...upsert(b, 'no_fly_zones', zoneId, { zone_polygon: box(0.01), active: false, version: 2 }),
            ...on,
          },
        ],
        widen: () => [
          a,
          { ...upsert(a, 'no_fly_zones', zoneId, { zone_polygon: box(0.03), version: 2 }), ...on },
        ],
        remove: () => [b, { ...upsert(b, 'no_fly_zones', zoneId, {}), op: 'DELETE' as const, ...on }],
      };
      for (const name of order) {
        const [station, change] = changes[name]();
        expect((await station.push([change])).refused).toEqual([]);
      }
      const [row] = await central().rows(
        `SELECT active, altitude_restriction_meters AS ceiling, round(ST_Area(zone_polygon)) AS area
         FROM no_fly_zones WHERE zone_id = $1`,
        [zoneId],
      );
      return row;
    };
    expect(await outcome(['shrink', 'widen'])).toEqual(await outcome(['widen', 'shrink']));
    expect(await outcome(['widen', 'remove'])).toEqual(await outcome(['remove', 'widen']));
    expect(await outcome(['widen', 'remove'])).toMatchObject({ active: true, ceiling: 100 });
  });
}

/** What is in force and since when, column by column; a value that nobody wrote is none. */
function inForce(columns: readonly string[], state: RowState): string {
  return JSON.stringify(
    columns.map((column) => [canonicalOf(state.columns[column] ?? null), state.stamps[column] ?? '']),
  );
}

const canonicalOf = (value: Json): Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
    : value;

const sameZone = (one: string, other: string): string => `(
  ST_Equals((${one}).zone_polygon::geometry, (${other}).zone_polygon::geometry) AND (${one}).active = (${other}).active
  AND (${one}).altitude_restriction_meters IS NOT DISTINCT FROM (${other}).altitude_restriction_meters
  AND (${one}).start_time IS NOT DISTINCT FROM (${other}).start_time
  AND (${one}).end_time IS NOT DISTINCT FROM (${other}).end_time)`;

const forbidsAtLeast = (whole: string, part: string): string => `(
  ST_Covers((${whole}).zone_polygon::geometry, (${part}).zone_polygon::geometry)
  AND (${whole}).active >= (${part}).active
  AND ((${whole}).altitude_restriction_meters IS NULL
    OR (${whole}).altitude_restriction_meters >= (${part}).altitude_restriction_meters)
  AND ((${whole}).start_time IS NULL OR (${whole}).start_time <= (${part}).start_time)
  AND ((${whole}).end_time IS NULL OR (${whole}).end_time >= (${part}).end_time))`;
