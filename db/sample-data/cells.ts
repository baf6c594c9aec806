import { type Place, positionOf } from './ground.ts';

/** As PostgreSQL reads it in a CSV: times in ISO 8601, geography as EWKT, JSON as text. */
export type Cell = string | number | boolean | null;

export function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}

export function instantOrNull(atMs: number | null): string | null {
  return atMs === null ? null : instant(atMs);
}

export function day(atMs: number): string {
  return instant(atMs).slice(0, 10);
}

export function fixed(value: number, decimals: number): string {
  return value.toFixed(decimals);
}

function vertex(place: Place): string {
  const { latitudeDeg, longitudeDeg } = positionOf(place);
  return `${fixed(longitudeDeg, 7)} ${fixed(latitudeDeg, 7)}`;
}

export function point(place: Place): string {
  return `SRID=4326;POINT(${vertex(place)})`;
}

export function polygon(corners: readonly Place[]): string {
  return `SRID=4326;POLYGON((${[...corners, ...corners.slice(0, 1)].map(vertex).join(',')}))`;
}
