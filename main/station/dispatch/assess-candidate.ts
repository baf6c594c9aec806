import type { Candidate, Check } from '../../../preload/contract/dispatch.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import * as vehicleChecks from './assess-vehicle.ts';
import { caution, checkOf, noGo } from './assess-vehicle.ts';
import { type CandidateFacts, fresh, positionOf, windFor } from './candidate-facts.ts';
import { CRUISE_ALTITUDE_RELATIVE_HOME_M, type FlightNeed, flightNeed } from './energy-model.ts';
import { distanceM } from './mission-geometry.ts';

const WIND_LIMIT_MPS = 12;
const WIND_CAUTION_SHARE = 0.75;
const POOR_VISIBILITY_M = 1_000;
/** Adult pads and full energy are for patients from 8 years on (AHA guidelines 2020, paediatric AED use). */
const CHILD_BELOW_YEARS = 8;

/** Judges one drone for one emergency from facts alone: the same facts give the same verdict. */
export function assessCandidate(facts: CandidateFacts): Candidate {
  const need = needOf(facts);
  const checks = checksOf(facts, need);
  const at = positionOf(facts.vehicle, facts.nowMs);
  const batteryPercent =
    (facts.vehicle && fresh(facts.vehicle.battery, facts.nowMs))?.remainingPercent ?? null;
  const batteryNeededPercent = need?.batteryNeededPercent ?? null;
  return {
    droneId: facts.record.droneId,
    baseStationId: facts.record.baseStationId,
    verdict: checks.some((check) => check.result === 'NO_GO') ? 'NO_GO' : 'GO',
    checks,
    distanceM: at === null ? facts.recordedDistanceM : distanceM(at, facts.emergency.position),
    route: facts.route.kind === 'CLEAR' ? facts.route.route : null,
    timeToSceneS: facts.route.kind === 'CLEAR' ? (need?.timeToSceneS ?? null) : null,
    batteryPercent,
    batteryNeededPercent,
    riskScore: riskScore(checks, windFor(facts)?.speedMps ?? null, batteryPercent, batteryNeededPercent),
  };
}

/** Along the planned route; without one by the straight line, which is the least it can take. Null: no position. */
export function needOf(facts: CandidateFacts): FlightNeed | null {
  const wind = windFor(facts);
  if (facts.route.kind === 'CLEAR')
    return flightNeed(facts.route.route.waypoints, facts.route.route.cruiseAltitudeRelativeHomeM, wind);
  const at = positionOf(facts.vehicle, facts.nowMs);
  const line: Position[] | null = at && [at, facts.emergency.position];
  return line && flightNeed(line, CRUISE_ALTITUDE_RELATIVE_HOME_M, wind);
}

/** In the order in which people read them. A new check id that is not computed here does not compile. */
function checksOf(facts: CandidateFacts, need: FlightNeed | null): Check[] {
  const byId: Record<Check['id'], Check> = {
    BATTERY: vehicleChecks.battery(facts),
    RANGE: vehicleChecks.range(facts, need?.batteryNeededPercent ?? null),
    ROUTE: routeCheck(facts),
    DESTINATION_ZONE: destinationZone(facts),
    WIND: windCheck(facts),
    LINK: vehicleChecks.link(facts),
    DATA_AGE: vehicleChecks.dataAge(facts),
    POSITION: vehicleChecks.positionFix(facts),
    HEALTH: vehicleChecks.health(facts),
    AED: vehicleChecks.aed(facts),
    INFERENCE: vehicleChecks.inference(facts),
    STATUS: vehicleChecks.status(facts),
    OCCUPIED: vehicleChecks.occupied(facts),
    REGISTERED: vehicleChecks.registered(facts),
    EMERGENCY: emergencyCheck(facts),
  };
  return Object.values(byId);
}

function routeCheck({ route }: CandidateFacts): Check {
  if (route.kind !== 'CLEAR') return checkOf('ROUTE', false, [noGo(route.sentence)], '');
  const { clearanceM, nearestZoneName } = route.route;
  const figure =
    clearanceM === null ? 'no zone within 50 km' : `${Math.floor(clearanceM)} m from ${nearestZoneName}`;
  const findings =
    route.startInsideMarginOf === null
      ? []
      : [
          caution(
            `It stands close to ${route.startInsideMarginOf}: the take-off keeps less than the usual margin.`,
          ),
        ];
  return checkOf('ROUTE', false, findings, 'Route clear of every active zone', figure);
}

function destinationZone({ landingZones }: CandidateFacts): Check {
  const [nearest] = [...landingZones].sort((a, b) => a.clearanceM - b.clearanceM);
  if (nearest === undefined)
    return checkOf('DESTINATION_ZONE', false, [], 'Landing place free of zones', 'none within 50 m');
  const words =
    nearest.clearanceM <= 0
      ? `The destination lies in the no-fly zone ${nearest.name}.`
      : `The destination is only ${Math.max(1, Math.floor(nearest.clearanceM))} m from ${nearest.name}. Choose a landing place at least 50 m from it.`;
  const figure = nearest.clearanceM <= 0 ? 'inside' : `${Math.floor(nearest.clearanceM)} m, needs 50 m`;
  return checkOf('DESTINATION_ZONE', false, [noGo(words)], '', figure);
}

const CONDITION_WORDS = {
  RAIN: 'Rain is reported.',
  SNOW: 'Snow is reported.',
  FOG: 'Fog is reported.',
} as const;

function windCheck(facts: CandidateFacts): Check {
  const wind = windFor(facts);
  const height = `${CRUISE_ALTITUDE_RELATIVE_HOME_M} m above home`;
  const findings = [];
  if (wind === null) findings.push(caution('The wind is not known. Look outside, or enter it.'));
  else if (wind.speedMps > WIND_LIMIT_MPS) findings.push(noGo(`Wind above the limit at ${height}.`));
  else if (wind.speedMps >= WIND_LIMIT_MPS * WIND_CAUTION_SHARE)
    findings.push(caution(`Wind close to the limit at ${height}.`));
  const condition = facts.weather?.condition ?? null;
  if (condition === 'RAIN' || condition === 'SNOW' || condition === 'FOG')
    findings.push(caution(CONDITION_WORDS[condition]));
  const visibilityM = facts.weather?.visibilityM ?? null;
  if (visibilityM !== null && visibilityM < POOR_VISIBILITY_M)
    findings.push(caution(`Visibility is only ${visibilityM} m.`));
  const figure = wind && `${wind.speedMps.toFixed(1)} of ${WIND_LIMIT_MPS} m/s, ${wind.source}`;
  return checkOf('WIND', true, findings, `Wind within the limit at ${height}`, figure);
}

function emergencyCheck({ emergency }: CandidateFacts): Check {
  const findings = [];
  if (emergency.ambulanceOnScene === true)
    findings.push(noGo('The ambulance is already on scene: it has a defibrillator.'));
  if (emergency.trauma === true) findings.push(caution('Trauma: an AED may not be what is needed.'));
  const years = emergency.victimAgeYears;
  if (years !== null && years < CHILD_BELOW_YEARS)
    findings.push(caution(`The victim is a child of ${years}: tell the caller to use child pads or mode.`));
  const unknown = [
    emergency.ambulanceOnScene === null ? 'whether the ambulance is there' : null,
    emergency.trauma === null ? 'whether it is trauma' : null,
    years === null ? "the victim's age" : null,
  ].filter((words) => words !== null);
  if (unknown.length > 0) findings.push(caution(`Not known yet: ${unknown.join(', ')}.`));
  return checkOf('EMERGENCY', true, findings, 'Nothing in the call speaks against an AED by drone');
}

/**
 * 0 (no concern) … 100, for sorting missions in review, never for the verdict: 6 for each caution; 30 for each no-go
 * that may be overridden and 100 for any other; up to 15 as the wind goes from 0 to its limit (15 when unknown); up
 * to 15 as the battery left over after the need and the reserve goes from 30 points to none (15 when unknown).
 */
function riskScore(
  checks: readonly Check[],
  windMps: number | null,
  hasPercent: number | null,
  neededPercent: number | null,
): number {
  const findings = checks.reduce((sum, check) => {
    if (check.result === 'PASS') return sum;
    if (check.result === 'CAUTION') return sum + 6;
    return sum + (check.overridable ? 30 : 100);
  }, 0);
  const wind = windMps === null ? 1 : Math.min(1, windMps / WIND_LIMIT_MPS);
  const spare =
    hasPercent === null || neededPercent === null
      ? 0
      : Math.min(1, Math.max(0, (hasPercent - neededPercent) / 30));
  return Math.min(100, Math.round(findings + 15 * wind + 15 * (1 - spare)));
}
