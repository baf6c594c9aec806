import type { Zone } from '../../preload/contract/airspace.ts';
import { worldX, worldY } from './mercator.ts';

/** A zone's outline in the unit square of `mercator.ts`. */
export interface ZoneShape {
  zone: Zone;
  west: number;
  north: number;
  east: number;
  south: number;
  /** x, y of each corner, clockwise on the screen; null until it is drawn for the first time. */
  ring: Float64Array | null;
}

/** The zones as shapes. A zone that did not change keeps its shape, so that one edit of thousands costs one. */
export class ZoneShapes {
  #shapes = new Map<string, ZoneShape>();

  all(): IterableIterator<ZoneShape> {
    return this.#shapes.values();
  }

  /** Takes the zones of now; returns the shapes that came, went or changed, old and new. */
  replace(zones: readonly Zone[]): ZoneShape[] {
    const before = this.#shapes;
    const changed: ZoneShape[] = [];
    this.#shapes = new Map();
    for (const zone of zones) {
      const known = before.get(zone.zoneId);
      before.delete(zone.zoneId);
      if (known !== undefined && looksSame(known.zone, zone)) {
        known.zone = zone;
        this.#shapes.set(zone.zoneId, known);
        continue;
      }
      const shape = shapeOf(zone);
      if (known !== undefined) changed.push(known);
      changed.push(shape);
      this.#shapes.set(zone.zoneId, shape);
    }
    return [...changed, ...before.values()];
  }
}

const looksSame = (a: Zone, b: Zone): boolean =>
  a === b || (a.version === b.version && a.inForce === b.inForce && a.corners.length === b.corners.length);

function shapeOf(zone: Zone): ZoneShape {
  const bounds = { west: 1, north: 1, east: 0, south: 0 };
  let [lowLatitude, highLatitude, lowLongitude, highLongitude] = [90, -90, 180, -180];
  for (const { latitudeDeg, longitudeDeg } of zone.corners) {
    lowLatitude = Math.min(lowLatitude, latitudeDeg);
    highLatitude = Math.max(highLatitude, latitudeDeg);
    lowLongitude = Math.min(lowLongitude, longitudeDeg);
    highLongitude = Math.max(highLongitude, longitudeDeg);
  }
  bounds.west = worldX(lowLongitude);
  bounds.east = worldX(highLongitude);
  bounds.north = worldY(highLatitude);
  bounds.south = worldY(lowLatitude);
  return { zone, ...bounds, ring: null };
}

/**
 * The ring of a shape, always turning the same way: where two zones overlap, rings that turn opposite ways would
 * cancel each other's fill, and a forbidden place would look free.
 */
export function ringOf(shape: ZoneShape): Float64Array {
  if (shape.ring !== null) return shape.ring;
  const { corners } = shape.zone;
  const points = corners.map(({ latitudeDeg, longitudeDeg }) => ({
    x: worldX(longitudeDeg),
    y: worldY(latitudeDeg),
  }));
  let doubleArea = 0;
  for (const [index, point] of points.entries()) {
    const next = points[(index + 1) % points.length] ?? point;
    doubleArea += point.x * next.y - next.x * point.y;
  }
  if (doubleArea < 0) points.reverse();
  shape.ring = Float64Array.from(points.flatMap(({ x, y }) => [x, y]));
  return shape.ring;
}
