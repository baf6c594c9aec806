import type { FlightPlan } from '../../../db/queries/mission-record.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { PlanItem } from '../ports/aircraft.ts';

/** The way to the scene. It ends with the landing: autopilots disarm there, so the way home is a plan of its own. */
export function outboundItems(plan: FlightPlan): PlanItem[] {
  return [...takeoff(plan), ...legs(plan, plan.outbound), { kind: 'LAND', position: plan.destination }];
}

/** The way home from the ground. */
export function homewardItems(plan: FlightPlan): PlanItem[] {
  return [...takeoff(plan), ...legs(plan, plan.homebound), { kind: 'LAND', position: plan.home }];
}

/** The way home for a drone that is already in the air. */
export function homewardItemsInFlight(plan: FlightPlan): PlanItem[] {
  return [speed(plan), ...legs(plan, plan.homebound), { kind: 'LAND', position: plan.home }];
}

function takeoff(plan: FlightPlan): PlanItem[] {
  return [{ kind: 'TAKEOFF', altitudeRelativeHomeM: plan.cruiseAltitudeRelativeHomeM }, speed(plan)];
}

function speed(plan: FlightPlan): PlanItem {
  return { kind: 'SPEED', groundSpeedMps: plan.cruiseSpeedMps };
}

/** The first point of a route is where the drone already is. */
function legs(plan: FlightPlan, route: readonly Position[]): PlanItem[] {
  return route.slice(1).map((position) => ({
    kind: 'WAYPOINT',
    position,
    altitudeRelativeHomeM: plan.cruiseAltitudeRelativeHomeM,
  }));
}
