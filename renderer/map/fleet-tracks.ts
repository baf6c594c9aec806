import { type FleetMotion, MOTION_COLUMNS, MOTION_FLAG } from '../../preload/contract/fleet.ts';
import { worldX, worldY } from './mercator.ts';

/** Where each drone was, is, and is drawn. Places are in the unit square of `mercator.ts`, times on a steady clock. */
export interface DroneTrack {
  readonly key: string;
  latitudeDeg: number;
  longitudeDeg: number;
  altitudeRelativeHomeM: number;
  groundSpeedMps: number;
  flags: number;
  /** When the drone was last heard. */
  heardAtMs: number;
  /** The glide from the place drawn last to the place reported last. */
  fromX: number;
  fromY: number;
  fromHeadingDeg: number;
  toX: number;
  toY: number;
  toHeadingDeg: number;
  glideStartMs: number;
  glideMs: number;
  /** x, y of past places, oldest first. */
  readonly trail: number[];
  trailAtMs: number;
}

/** F10: older data looks old. */
const STALE_AFTER_MS = 3000;
const MIN_GLIDE_MS = 50;
/** Longer glides would show a drone where it was, not where it is. */
const MAX_GLIDE_MS = 250;
const TRAIL_STEP_MS = 1000;
const TRAIL_POINTS = 120;
const COLUMNS = MOTION_COLUMNS.length;

export class FleetTracks {
  readonly #tracks = new Map<string, DroneTrack>();
  #applied: FleetMotion | null = null;

  all(): IterableIterator<DroneTrack> {
    return this.#tracks.values();
  }

  get(key: string): DroneTrack | undefined {
    return this.#tracks.get(key);
  }

  /** Takes a message in; the same one twice is nothing. Drones that it does not name are gone. */
  apply(motion: FleetMotion, nowMs: number): void {
    if (motion === this.#applied) return;
    this.#applied = motion;
    const named = new Set(motion.keys);
    for (const key of this.#tracks.keys()) if (!named.has(key)) this.#tracks.delete(key);
    for (const [index, key] of motion.keys.entries())
      this.#applyOne(key, motion.values.slice(index * COLUMNS, (index + 1) * COLUMNS), nowMs);
  }

  #applyOne(key: string, values: readonly number[], nowMs: number): void {
    const [latitudeDeg, longitudeDeg, altitudeRelativeHomeM, headingDeg, groundSpeedMps, ageMs, flags] =
      values;
    if (latitudeDeg === undefined || longitudeDeg === undefined || flags === undefined) return;
    if (!Number.isFinite(latitudeDeg) || !Number.isFinite(longitudeDeg)) return;
    const toX = worldX(longitudeDeg);
    const toY = worldY(latitudeDeg);
    const toHeadingDeg = headingDeg ?? 0;
    const fields = {
      latitudeDeg,
      longitudeDeg,
      altitudeRelativeHomeM: altitudeRelativeHomeM ?? 0,
      groundSpeedMps: groundSpeedMps ?? 0,
      flags,
      heardAtMs: nowMs - (ageMs ?? 0),
      toX,
      toY,
      toHeadingDeg,
      glideStartMs: nowMs,
    };
    const track = this.#tracks.get(key);
    if (track === undefined) {
      const start = { fromX: toX, fromY: toY, fromHeadingDeg: toHeadingDeg, glideMs: 0 };
      this.#tracks.set(key, { key, ...fields, ...start, trail: [toX, toY], trailAtMs: nowMs });
      return;
    }
    const drawn = placeAt(track, nowMs);
    const glideMs = Math.min(MAX_GLIDE_MS, Math.max(MIN_GLIDE_MS, nowMs - track.glideStartMs));
    Object.assign(track, fields, {
      fromX: drawn.x,
      fromY: drawn.y,
      fromHeadingDeg: drawn.headingDeg,
      glideMs,
    });
    extendTrail(track, nowMs);
  }

  /** Whether some drone is still on its way to the place reported last. */
  gliding(nowMs: number): boolean {
    for (const track of this.#tracks.values()) {
      const moves =
        track.fromX !== track.toX || track.fromY !== track.toY || track.fromHeadingDeg !== track.toHeadingDeg;
      if (moves && nowMs < track.glideStartMs + track.glideMs) return true;
    }
    return false;
  }
}

function extendTrail(track: DroneTrack, nowMs: number): void {
  if (nowMs - track.trailAtMs < TRAIL_STEP_MS) return;
  const moved = track.trail.at(-2) !== track.toX || track.trail.at(-1) !== track.toY;
  if (!moved) return;
  track.trail.push(track.toX, track.toY);
  track.trailAtMs = nowMs;
  if (track.trail.length > TRAIL_POINTS * 2) track.trail.splice(0, 2);
}

/** Where to draw a drone now; the heading turns the short way round. */
export function placeAt(track: DroneTrack, nowMs: number): { x: number; y: number; headingDeg: number } {
  const share =
    track.glideMs === 0 ? 1 : Math.min(1, Math.max(0, (nowMs - track.glideStartMs) / track.glideMs));
  const turnDeg = ((((track.toHeadingDeg - track.fromHeadingDeg) % 360) + 540) % 360) - 180;
  return {
    x: track.fromX + (track.toX - track.fromX) * share,
    y: track.fromY + (track.toY - track.fromY) * share,
    headingDeg: (((track.fromHeadingDeg + turnDeg * share) % 360) + 360) % 360,
  };
}

/** How old the data is when it is too old to trust, else null. It ages on when no message comes at all. */
export function staleForMs(track: DroneTrack, nowMs: number): number | null {
  const ageMs = nowMs - track.heardAtMs;
  const old = ageMs > STALE_AFTER_MS || (track.flags & (MOTION_FLAG.STALE | MOTION_FLAG.LOST)) !== 0;
  return old ? Math.max(0, ageMs) : null;
}
