import { MAV_CMD, MAV_FRAME } from '../generated/enums.ts';
import type { TransferItem } from './mission-upload.ts';

/** 2e-7 degrees, about 2 cm: some autopilots keep positions as single-precision offsets. */
const POSITION_TOLERANCE = 2;
const ALTITUDE_TOLERANCE_M = 0.1;
/** ArduPilot keeps many parameters as whole numbers. */
const PARAMETER_TOLERANCE = 0.51;
const PARAMETER_TOLERANCE_SHARE = 0.01;

/**
 * Parameters, counted from 1, that an autopilot keeps and that change what it does. It may return anything in the
 * others (ArduPilot has no room for the yaw of a waypoint, for instance). Commands not named here: all four.
 */
const KEPT_PARAMETERS: Readonly<Record<number, readonly number[]>> = {
  [MAV_CMD.NAV_WAYPOINT]: [1],
  [MAV_CMD.NAV_TAKEOFF]: [],
  [MAV_CMD.NAV_LAND]: [],
  [MAV_CMD.NAV_RETURN_TO_LAUNCH]: [],
  [MAV_CMD.NAV_PAYLOAD_PLACE]: [1],
  [MAV_CMD.DO_CHANGE_SPEED]: [1, 2],
  [MAV_CMD.DO_GRIPPER]: [1, 2],
  [MAV_CMD.NAV_FENCE_POLYGON_VERTEX_INCLUSION]: [1],
  [MAV_CMD.NAV_FENCE_POLYGON_VERTEX_EXCLUSION]: [1],
  [MAV_CMD.NAV_FENCE_CIRCLE_INCLUSION]: [1],
  [MAV_CMD.NAV_FENCE_CIRCLE_EXCLUSION]: [1],
  [MAV_CMD.NAV_FENCE_RETURN_POINT]: [],
  [MAV_CMD.NAV_RALLY_POINT]: [],
};

/** The frames of one altitude datum, by the first of them. */
const SAME_DATUM: Readonly<Record<number, number>> = {
  [MAV_FRAME.GLOBAL_INT]: MAV_FRAME.GLOBAL,
  [MAV_FRAME.GLOBAL_RELATIVE_ALT_INT]: MAV_FRAME.GLOBAL_RELATIVE_ALT,
  [MAV_FRAME.GLOBAL_TERRAIN_ALT_INT]: MAV_FRAME.GLOBAL_TERRAIN_ALT,
};

/** Navigation commands that go to no place: their x, y, z and frame mean nothing. */
const WITHOUT_PLACE: ReadonlySet<number> = new Set([
  MAV_CMD.NAV_RETURN_TO_LAUNCH,
  MAV_CMD.NAV_GUIDED_ENABLE,
  MAV_CMD.NAV_DELAY,
]);

export interface CompareOptions {
  /** Item 0 is the home position, which ArduPilot replaces by its own: of missions, not of fences. */
  readonly skipHome: boolean;
}

/**
 * Compares a plan with what was read back. Returns the first difference in a sentence, or null when the vehicle will
 * fly what was sent. Tolerates what autopilots round and overwrite, and nothing else.
 */
export function firstDifference(
  sent: readonly TransferItem[],
  readBack: readonly TransferItem[],
  { skipHome }: CompareOptions,
): string | null {
  if (sent.length !== readBack.length)
    return `The vehicle holds ${readBack.length} items, ${sent.length} were sent.`;
  for (let index = skipHome ? 1 : 0; index < sent.length; index++) {
    const mine = sent[index];
    const theirs = readBack[index];
    if (mine === undefined || theirs === undefined) continue;
    const difference = differenceOf(mine, theirs);
    if (difference !== null) return `Item ${index} of the plan differs: ${difference}`;
  }
  return null;
}

function differenceOf(mine: TransferItem, theirs: TransferItem): string | null {
  if (mine.command !== theirs.command)
    return `the vehicle holds command ${theirs.command}, ${mine.command} was sent.`;
  return (hasPlace(mine.command) ? placeDifference(mine, theirs) : null) ?? parameterDifference(mine, theirs);
}

function placeDifference(mine: TransferItem, theirs: TransferItem): string | null {
  // A place of 0, 0 means "where it is"; the autopilot may fill it in.
  const hasPosition = mine.x !== 0 || mine.y !== 0;
  if (hasPosition && Math.abs(mine.x - theirs.x) > POSITION_TOLERANCE)
    return `the vehicle holds latitude ${degrees(theirs.x)}, ${degrees(mine.x)} was sent.`;
  if (hasPosition && Math.abs(mine.y - theirs.y) > POSITION_TOLERANCE)
    return `the vehicle holds longitude ${degrees(theirs.y)}, ${degrees(mine.y)} was sent.`;
  if (isFence(mine.command)) return null;
  if (datumOf(mine.frame) !== datumOf(theirs.frame))
    return `the vehicle holds altitude reference ${theirs.frame}, ${mine.frame} was sent.`;
  // Written so that NaN differs.
  if (!(Math.abs(mine.z - theirs.z) <= ALTITUDE_TOLERANCE_M))
    return `the vehicle holds altitude ${theirs.z.toFixed(1)} m, ${mine.z.toFixed(1)} m was sent.`;
  return null;
}

function parameterDifference(mine: TransferItem, theirs: TransferItem): string | null {
  const theirParameters = [theirs.param1, theirs.param2, theirs.param3, theirs.param4];
  const kept = KEPT_PARAMETERS[mine.command];
  for (const [index, value] of [mine.param1, mine.param2, mine.param3, mine.param4].entries()) {
    // NaN leaves the value to the autopilot.
    if (Number.isNaN(value) || (kept !== undefined && !kept.includes(index + 1))) continue;
    const their = theirParameters[index] ?? Number.NaN;
    const tolerance = Math.max(PARAMETER_TOLERANCE, Math.abs(value) * PARAMETER_TOLERANCE_SHARE);
    if (!(Math.abs(value - their) <= tolerance))
      return `the vehicle holds ${their} as parameter ${index + 1}, ${value} was sent.`;
  }
  return null;
}

/** Commands up to NAV_LAST, fences and rally points have a place; in the others x, y and z are parameters. */
function hasPlace(command: number): boolean {
  if (WITHOUT_PLACE.has(command)) return false;
  return command <= MAV_CMD.NAV_LAST || isFence(command) || command === MAV_CMD.NAV_RALLY_POINT;
}

function isFence(command: number): boolean {
  return command >= MAV_CMD.NAV_FENCE_RETURN_POINT && command <= MAV_CMD.NAV_FENCE_CIRCLE_EXCLUSION;
}

function datumOf(frame: number): number {
  return SAME_DATUM[frame] ?? frame;
}

function degrees(value: number): string {
  return `${(value / 1e7).toFixed(7)}°`;
}
