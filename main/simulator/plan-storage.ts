/** One stored item of a mission, fence or rally plan, as precisely as ArduPilot keeps it. */
export interface StoredItem {
  readonly command: number;
  /** MAV_FRAME: 0 for altitudes above sea level, 3 relative to home, 2 for items without a place. */
  readonly frame: number;
  readonly param1: number;
  readonly param2: number;
  readonly param3: number;
  readonly param4: number;
  readonly latitudeE7: number;
  readonly longitudeE7: number;
  readonly altitudeCm: number;
}

/** MAV_CMD numbers that plans may hold. */
export const PLAN_COMMAND = {
  WAYPOINT: 16,
  LOITER_UNLIMITED: 17,
  LOITER_TIME: 19,
  RETURN_TO_LAUNCH: 20,
  LAND: 21,
  TAKEOFF: 22,
  PAYLOAD_PLACE: 94,
  CONDITION_YAW: 115,
  CHANGE_SPEED: 178,
  GRIPPER: 211,
  FENCE_RETURN_POINT: 5000,
  FENCE_POLYGON_INCLUSION: 5001,
  FENCE_POLYGON_EXCLUSION: 5002,
  FENCE_CIRCLE_INCLUSION: 5003,
  FENCE_CIRCLE_EXCLUSION: 5004,
  RALLY_POINT: 5100,
} as const;

const C = PLAN_COMMAND;
/** Commands that each type of plan (0 mission, 1 fence, 2 rally) accepts. */
const ACCEPTED: readonly (readonly number[])[] = [
  [
    C.WAYPOINT,
    C.LOITER_UNLIMITED,
    C.LOITER_TIME,
    C.RETURN_TO_LAUNCH,
    C.LAND,
    C.TAKEOFF,
    C.PAYLOAD_PLACE,
    C.CONDITION_YAW,
    C.CHANGE_SPEED,
    C.GRIPPER,
  ],
  [
    C.FENCE_RETURN_POINT,
    C.FENCE_POLYGON_INCLUSION,
    C.FENCE_POLYGON_EXCLUSION,
    C.FENCE_CIRCLE_INCLUSION,
    C.FENCE_CIRCLE_EXCLUSION,
  ],
  [C.RALLY_POINT],
];
const WITHOUT_PLACE: readonly number[] = [C.RETURN_TO_LAUNCH, C.CONDITION_YAW, C.CHANGE_SPEED, C.GRIPPER];

/** MAV_MISSION_RESULT. */
export const PLAN_RESULT = {
  ACCEPTED: 0,
  ERROR: 1,
  UNSUPPORTED_FRAME: 2,
  UNSUPPORTED: 3,
  NO_SPACE: 4,
  INVALID_PARAM1: 6,
  INVALID_PARAM5_X: 10,
  INVALID_PARAM6_Y: 11,
  INVALID_SEQUENCE: 13,
  OPERATION_CANCELLED: 15,
} as const;
export type PlanResult = (typeof PLAN_RESULT)[keyof typeof PLAN_RESULT];

export interface UploadedItem {
  readonly command: number;
  readonly frame: number;
  readonly param1: number;
  readonly param2: number;
  readonly param3: number;
  readonly param4: number;
  readonly latitudeE7: number;
  readonly longitudeE7: number;
  readonly altitudeM: number;
}

/**
 * What the vehicle keeps of an uploaded item, or why it refuses it. ArduCopter keeps whole seconds of a waypoint's
 * delay, whole centimetres of altitude, nothing of a waypoint's yaw and radius, and one number for the two
 * spellings of a frame.
 */
export function storedItem(planType: number, item: UploadedItem): StoredItem | PlanResult {
  if (!(ACCEPTED[planType] ?? []).includes(item.command)) return PLAN_RESULT.UNSUPPORTED;
  if (WITHOUT_PLACE.includes(item.command)) {
    const { command, param1, param2, param3, param4 } = item;
    return {
      command,
      frame: 2,
      param1: finite(param1),
      param2: finite(param2),
      param3: finite(param3),
      param4: finite(param4),
      latitudeE7: 0,
      longitudeE7: 0,
      altitudeCm: 0,
    };
  }
  const frame = keptFrame(item.frame);
  if (frame === null) return PLAN_RESULT.UNSUPPORTED_FRAME;
  if (!(Math.abs(item.latitudeE7) <= 90e7)) return PLAN_RESULT.INVALID_PARAM5_X;
  if (!(Math.abs(item.longitudeE7) <= 180e7)) return PLAN_RESULT.INVALID_PARAM6_Y;
  return {
    command: item.command,
    frame,
    param1: Math.max(0, Math.min(65_535, Math.round(finite(item.param1)))),
    param2: 0,
    param3: 0,
    param4: 0,
    latitudeE7: Math.trunc(item.latitudeE7),
    longitudeE7: Math.trunc(item.longitudeE7),
    altitudeCm: Math.round(finite(item.altitudeM) * 100),
  };
}

/** MAV_FRAME_GLOBAL(_INT) and …_RELATIVE_ALT(_INT); terrain altitudes need a terrain database. */
function keptFrame(frame: number): number | null {
  if (frame === 0 || frame === 5) return 0;
  if (frame === 3 || frame === 6) return 3;
  return null;
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

/** Most items that a plan of each type may have. */
export const PLAN_CAPACITY: readonly number[] = [724, 254, 50];

/** Vertices (latitude, longitude in 1e-7 degrees) of the exclusion polygons of a fence. */
export function exclusionPolygons(items: readonly StoredItem[]): StoredItem[][] {
  const polygons: StoredItem[][] = [];
  for (let at = 0; at < items.length; ) {
    const item = items[at];
    const isPolygon =
      item?.command === C.FENCE_POLYGON_EXCLUSION || item?.command === C.FENCE_POLYGON_INCLUSION;
    const count = isPolygon ? Math.max(1, item.param1) : 1;
    if (item?.command === C.FENCE_POLYGON_EXCLUSION) polygons.push(items.slice(at, at + count));
    at += count;
  }
  return polygons;
}

/** Whether each polygon has at least three vertices, all of them, each saying the same count. */
export function isWholeFence(items: readonly StoredItem[]): boolean {
  for (let at = 0; at < items.length; ) {
    const item = items[at];
    if (item === undefined) return false;
    const { command, param1: count } = item;
    if (command !== C.FENCE_POLYGON_EXCLUSION && command !== C.FENCE_POLYGON_INCLUSION) {
      at++;
      continue;
    }
    const vertices = items.slice(at, at + count);
    if (count < 3 || vertices.length !== count) return false;
    if (vertices.some((vertex) => vertex.command !== command || vertex.param1 !== count)) return false;
    at += count;
  }
  return true;
}
