import { type RawBuilder, sql } from 'kysely';
import type { Position } from '../../preload/contract/geo.ts';
import type { Geography } from '../schema.ts';

/** A position as a value of SQL. */
export function point(position: Position): RawBuilder<Geography> {
  return sql<Geography>`on_earth(ST_SetSRID(ST_MakePoint(${position.longitudeDeg}::float8, ${position.latitudeDeg}::float8), 4326))`;
}

/** A line through the positions; a single position is a point. */
export function line(positions: readonly Position[]): RawBuilder<Geography> {
  const [only] = positions;
  if (positions.length === 1 && only !== undefined) return point(only);
  return sql<Geography>`${`SRID=4326;LINESTRING(${positions.map(vertex).join(',')})`}::geography`;
}

/** A polygon from its outer ring without the repeated last corner. */
export function polygon(corners: readonly Position[]): RawBuilder<Geography> {
  const ring = [...corners, ...corners.slice(0, 1)];
  return sql<Geography>`on_earth(${`SRID=4326;POLYGON((${ring.map(vertex).join(',')}))`}::geometry)`;
}

function vertex({ longitudeDeg, latitudeDeg }: Position): string {
  return `${longitudeDeg} ${latitudeDeg}`;
}

/** A point's column as JSON text that `positionOf` reads. */
export function pointJson(column: string): RawBuilder<PointJson> {
  const reference = sql.ref(column);
  return sql<PointJson>`CASE WHEN ${reference} IS NOT NULL THEN json_build_object(
    'latitudeDeg', ST_Y(${reference}::geometry), 'longitudeDeg', ST_X(${reference}::geometry)) END`;
}

export type PointJson = Position;

/** The outer ring of a polygon's GeoJSON, without the repeated last corner. */
export function outerRing(geoJson: { coordinates: [number, number][][] }): Position[] {
  const ring = geoJson.coordinates[0] ?? [];
  return ring.slice(0, -1).map(([longitudeDeg, latitudeDeg]) => ({ latitudeDeg, longitudeDeg }));
}
