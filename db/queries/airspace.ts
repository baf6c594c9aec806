import { type RawBuilder, sql } from 'kysely';
import type { Zone, ZoneInput } from '../../preload/contract/airspace.ts';
import { zoneType } from '../../preload/contract/airspace.ts';
import { Refusal } from '../../preload/contract/errors.ts';
import type { Position } from '../../preload/contract/geo.ts';
import { build, type Reader, type ReadImplementation, type WriteImplementation } from '../transactions.ts';
import { line, outerRing, point, polygon } from './geography.ts';
import type { ReadQueries, WriteQueries } from './query-map.ts';

interface ZoneRow {
  zone_id: string;
  name: string;
  zone_type: string;
  outline: { coordinates: [number, number][][] };
  altitude_restriction_meters: number | null;
  start_time: number | null;
  end_time: number | null;
  authority: string | null;
  authority_reference: string | null;
  active: boolean;
  version: number;
}

interface Encounter {
  zoneId: string;
  name: string;
  clearanceM: number;
}

const zoneColumns = sql`zone_id, name, zone_type, ST_AsGeoJSON(zone_polygon, 15)::json AS outline,
  altitude_restriction_meters, start_time, end_time, authority, authority_reference, active, version`;

/**
 * How far a search for the nearest zone reaches, by steps: whatever is within a step is measured, and the first step
 * that holds a zone holds the nearest.
 */
const NEAREST_WITHIN_M = [300, 3_000, 12_000, 50_000];

/** A quarter circle in two segments keeps outlines short for the router. */
const QUARTER_SEGMENTS = 2;
/** Chords of a circle lie inside it. Growing by a little more keeps every chord at least the margin away. */
const CHORD_ALLOWANCE = 1 / Math.cos(Math.PI / (4 * QUARTER_SEGMENTS));

export const airspaceReads: ReadImplementation<
  Pick<ReadQueries, 'allZones' | 'obstacles' | 'nearestZone' | 'zonesAtPoint' | 'flownClearance'>
> = {
  async allZones(reader, { nowMs }) {
    const rows = await reader.all(
      sql<ZoneRow>`SELECT ${zoneColumns} FROM no_fly_zones ORDER BY name, zone_id`,
    );
    return rows.map((row) => zoneOf(row, nowMs));
  },

  async obstacles(reader, input) {
    const grown = (zones: RawBuilder<unknown>) => sql<{ ring: { coordinates: [number, number][][] } }>`
      SELECT ST_AsGeoJSON((part).geom, 9)::json AS ring
      FROM (
        SELECT ST_Dump(ST_Buffer(${zones}::geography,
          ${input.marginM * CHORD_ALLOWANCE}::float8, ${`quad_segs=${QUARTER_SEGMENTS}`})::geometry) AS part
        FROM no_fly_zones
        WHERE ST_DWithin(zone_polygon, ${line(input.line)}, ${input.corridorM}::float8)
          AND ${inForce(input.fromMs, input.untilMs)} AND ${forbids(input.altitudeAglM)}
      ) AS grown`;
    // Grown all at once: one projection, and what overlaps is merged on the way.
    const merged = await reader.all(grown(sql`ST_Collect(zone_polygon::geometry)`));
    // Zones that close a ring leave a free pocket inside, where a drone may start and land: there, one ring a zone.
    const isPocketed = merged.some(({ ring }) => ring.coordinates.length > 1);
    const rows = isPocketed ? await reader.all(grown(sql`zone_polygon`)) : merged;
    return { rings: rows.map(({ ring }) => outerRing(ring)) };
  },

  nearestZone: (reader, input) =>
    nearest(
      reader,
      line(input.line),
      sql`${inForce(input.fromMs, input.untilMs)} AND ${forbids(input.altitudeAglM)}`,
    ),

  async zonesAtPoint(reader, input) {
    return reader.all(sql<Encounter>`
      SELECT zone_id AS "zoneId", name, ST_Distance(zone_polygon, ${point(input.point)}) AS "clearanceM"
      FROM no_fly_zones
      WHERE ST_DWithin(zone_polygon, ${point(input.point)}, ${input.withinM}::float8)
        AND ${inForce(input.fromMs, input.untilMs)}
      ORDER BY "clearanceM", name`);
  },

  async flownClearance(reader, { missionId }) {
    const paths = await reader.all(flownPathsByCeiling(missionId));
    let smallestM: number | null = null;
    for (const { path, ceiling, from_time, until_time } of paths) {
      const encounter = await nearest(
        reader,
        sql`${path}::geography`,
        sql`${inForce(from_time, until_time)}
          AND altitude_restriction_meters IS NOT DISTINCT FROM ${ceiling}::integer`,
      );
      if (encounter !== null && (smallestM === null || encounter.clearanceM < smallestM))
        smallestM = encounter.clearanceM;
    }
    return smallestM;
  },
};

export const airspaceWrites: WriteImplementation<Pick<WriteQueries, 'createZone' | 'updateZone'>> = {
  async createZone(writer, input) {
    await writer.run(
      build.insertInto('no_fly_zones').values({ zone_id: input.zoneId, ...zoneValues(input) }),
    );
    return storedZone(writer, input.zoneId, input.nowMs);
  },

  async updateZone(writer, input) {
    const changed = await writer.run(
      build
        .updateTable('no_fly_zones')
        .set({ ...zoneValues(input), version: input.version + 1 })
        .where('zone_id', '=', input.zoneId)
        .where('version', '=', input.version),
    );
    if (changed === 0) {
      const stored = await storedZone(writer, input.zoneId, input.nowMs);
      throw new Refusal(
        'CONFLICT',
        `Somebody else changed the zone ${stored.name} in the meantime. Look at the new outline, then change it again.`,
      );
    }
    return storedZone(writer, input.zoneId, input.nowMs);
  },
};

/** In force at any moment of [fromMs, untilMs]: active, begun by its end, not over at its start. */
function inForce(fromMs: number, untilMs: number): RawBuilder<boolean> {
  return sql<boolean>`(active AND (start_time IS NULL OR start_time <= ${untilMs}::timestamptz)
    AND (end_time IS NULL OR end_time > ${fromMs}::timestamptz))`;
}

function forbids(altitudeAglM: number): RawBuilder<boolean> {
  return sql<boolean>`(altitude_restriction_meters IS NULL
    OR altitude_restriction_meters >= ${altitudeAglM}::float8)`;
}

/** The nearest zone to a geography among those that meet the condition, measured on the ellipsoid. */
async function nearest(
  reader: Reader,
  geography: RawBuilder<unknown>,
  condition: RawBuilder<unknown>,
): Promise<Encounter | null> {
  for (const withinM of NEAREST_WITHIN_M) {
    const encounter = await reader.first(sql<Encounter>`
      SELECT zone_id AS "zoneId", name, ST_Distance(zone_polygon, ${geography}) AS "clearanceM"
      FROM no_fly_zones
      WHERE ST_DWithin(zone_polygon, ${geography}, ${withinM}::float8) AND ${condition}
      ORDER BY "clearanceM", zone_id
      LIMIT 1`);
    if (encounter !== null) return encounter;
  }
  return null;
}

/**
 * The flown path, and for each ceiling that zones have the parts of it below that ceiling. Telemetry knows heights
 * above the sea: the height above ground is taken from the first record, when the drone stood on its base.
 */
function flownPathsByCeiling(missionId: string): RawBuilder<{
  path: string;
  ceiling: number | null;
  from_time: number;
  until_time: number;
}> {
  return sql`
    WITH flown AS (
      SELECT time, ST_SetSRID(ST_MakePoint(longitude, latitude), 4326) AS place,
        altitude_meters - first_value(altitude_meters) OVER in_time AS height
      FROM telemetry WHERE mission_id = ${missionId}
      WINDOW in_time AS (ORDER BY time)
    ), steps AS (
      SELECT coalesce(lag(place) OVER in_time, place) AS start_place, place AS end_place,
        least(height, lag(height) OVER in_time) AS height
      FROM flown WINDOW in_time AS (ORDER BY time)
    ), ceilings AS (
      SELECT DISTINCT altitude_restriction_meters AS ceiling FROM no_fly_zones WHERE active
    ), span AS (
      SELECT min(time) AS from_time, max(time) AS until_time FROM flown
    )
    SELECT ceiling, from_time, until_time,
      -- Standing still makes no line: then the place itself is measured. Half a metre is simplified away.
      coalesce(ST_Simplify(ST_LineMerge(ST_Collect(ST_MakeLine(start_place, end_place))
        FILTER (WHERE start_place <> end_place)), 0.000005, TRUE), (array_agg(start_place))[1])::text AS path
    FROM ceilings CROSS JOIN steps CROSS JOIN span
    WHERE ceiling IS NULL OR height <= ceiling
    GROUP BY ceiling, from_time, until_time`;
}

async function storedZone(reader: Reader, zoneId: string, nowMs: number): Promise<Zone> {
  const row = await reader.first(
    sql<ZoneRow>`SELECT ${zoneColumns} FROM no_fly_zones WHERE zone_id = ${zoneId}`,
  );
  if (row === null) throw new Refusal('NOT_FOUND', 'There is no such zone. It may have been removed.');
  return zoneOf(row, nowMs);
}

function zoneValues(input: ZoneInput) {
  return {
    name: input.name,
    zone_type: input.type,
    zone_polygon: polygon(input.corners),
    altitude_restriction_meters: input.ceilingAglM,
    start_time: input.startsAtMs,
    end_time: input.endsAtMs,
    authority: input.authority,
    authority_reference: input.authorityReference,
    active: input.active,
  };
}

function zoneOf(row: ZoneRow, nowMs: number): Zone {
  const corners: Position[] = outerRing(row.outline);
  return {
    zoneId: row.zone_id,
    name: row.name,
    type: zoneType.parse(row.zone_type),
    corners,
    ceilingAglM: row.altitude_restriction_meters,
    startsAtMs: row.start_time,
    endsAtMs: row.end_time,
    authority: row.authority,
    authorityReference: row.authority_reference,
    active: row.active,
    version: row.version,
    inForce:
      row.active &&
      (row.start_time === null || row.start_time <= nowMs) &&
      (row.end_time === null || nowMs < row.end_time),
  };
}
