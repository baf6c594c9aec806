import type { Position } from '../../../preload/contract/geo.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import { MAV_CMD, MAV_FRAME } from '../mavlink/generated/enums.ts';
import type { TransferItem } from '../mavlink/protocol/mission-upload.ts';
import type { PlanItem } from '../ports/aircraft.ts';

const GROUND_SPEED = 1;
const THROTTLE_UNCHANGED = -1;

/** Where the plan begins, as far as it is known. */
export type PlanStart = Pick<VehicleState, 'home' | 'position'>;

/** The station's plan as MAVLink items; with `withHome`, item 0 is the home position, as ArduPilot keeps it. */
export function toTransferItems(
  plan: readonly PlanItem[],
  start: PlanStart,
  withHome: boolean,
): TransferItem[] {
  const items = plan.map((item) => toItem(item, start));
  return withHome ? [homeItem(start), ...items] : items;
}

/** Exclusion polygons: each vertex says how many its polygon has (MAV_CMD 5002). */
export function toFenceItems(rings: readonly (readonly Position[])[]): TransferItem[] {
  return rings.flatMap((ring) =>
    ring.map((corner) =>
      place(MAV_CMD.NAV_FENCE_POLYGON_VERTEX_EXCLUSION, MAV_FRAME.GLOBAL, corner, 0, ring.length),
    ),
  );
}

export interface RallyPoint {
  readonly position: Position;
  readonly altitudeRelativeHomeM: number;
}

/** Places to return to instead of home (MAV_CMD 5100). */
export function toRallyItems(points: readonly RallyPoint[]): TransferItem[] {
  return points.map(({ position, altitudeRelativeHomeM }) =>
    place(MAV_CMD.NAV_RALLY_POINT, MAV_FRAME.GLOBAL_RELATIVE_ALT_INT, position, altitudeRelativeHomeM, 0),
  );
}

function toItem(item: PlanItem, start: PlanStart): TransferItem {
  switch (item.kind) {
    case 'TAKEOFF':
      // It climbs where it stands; some autopilots fly to the item's position, so that is where it stands.
      return relative(MAV_CMD.NAV_TAKEOFF, start.position ?? start.home, item.altitudeRelativeHomeM);
    case 'SPEED':
      return {
        ...place(MAV_CMD.DO_CHANGE_SPEED, MAV_FRAME.MISSION, null, 0, GROUND_SPEED),
        param2: item.groundSpeedMps,
        param3: THROTTLE_UNCHANGED,
      };
    case 'WAYPOINT':
      return relative(MAV_CMD.NAV_WAYPOINT, item.position, item.altitudeRelativeHomeM);
    case 'LAND':
      return relative(MAV_CMD.NAV_LAND, item.position, 0);
  }
}

/** The yaw is left to the autopilot. */
function relative(command: number, position: Position | null, altitudeRelativeHomeM: number): TransferItem {
  const item = place(command, MAV_FRAME.GLOBAL_RELATIVE_ALT_INT, position, altitudeRelativeHomeM, 0);
  return { ...item, param4: Number.NaN };
}

function homeItem({ home }: PlanStart): TransferItem {
  return place(MAV_CMD.NAV_WAYPOINT, MAV_FRAME.GLOBAL, home, home?.altitudeAmslM ?? 0, 0);
}

function place(
  command: number,
  frame: number,
  position: Position | null,
  altitudeM: number,
  param1: number,
): TransferItem {
  return {
    command,
    frame,
    autocontinue: 1,
    param1,
    param2: 0,
    param3: 0,
    param4: 0,
    x: Math.round((position?.latitudeDeg ?? 0) * 1e7),
    y: Math.round((position?.longitudeDeg ?? 0) * 1e7),
    z: altitudeM,
  };
}
