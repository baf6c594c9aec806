import type { Candidate, Decision, WeatherInput } from '../../../preload/contract/dispatch.ts';
import type { Emergency } from '../../../preload/contract/emergencies.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { DroneRecord } from '../../../preload/contract/fleet.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { ModelMatch } from '../../../preload/contract/models.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { Clock } from '../ports/clock.ts';
import { type Random, uuidV7 } from '../ports/random.ts';
import type { Store } from '../store/store.ts';
import { assessCandidate, needOf } from './assess-candidate.ts';
import { type CandidateFacts, dataAgeMs, positionOf, type RouteAnswer, windFor } from './candidate-facts.ts';
import { type KeptDecision, RecentDecisions } from './decision-book.ts';
import { CRUISE_ALTITUDE_RELATIVE_HOME_M } from './energy-model.ts';
import { distanceM } from './mission-geometry.ts';

export interface AssessorPorts {
  store: {
    read: Pick<Store['read'], 'droneRecords' | 'dronesByDistance'>;
    /** The emergency is read with the eyes of the person it is assessed for. */
    as(dispatcherId: string): { read: Pick<Store['read'], 'emergency'> };
  };
  airspace: {
    planClearRoute(request: {
      from: Position;
      to: Position;
      cruiseAltitudeRelativeHomeM: number;
    }): Promise<
      | { readonly route: NonNullable<Candidate['route']>; readonly startInsideMarginOf: string | null }
      | { readonly route: null; readonly sentence: string }
    >;
    zonesAtLanding(point: Position): Promise<{ name: string; clearanceM: number }[]>;
    /** Grows with every change of the zones. */
    revision(): number;
  };
  clock: Clock;
  random: Random;
  vehicleOf(systemId: number): VehicleState | null;
  /** The mission, not over, that this drone flies; null: none. */
  activeMissionOf(droneId: string): string | null;
  /** The other station that flies or holds this drone, as far as known; null: none. */
  heldElsewhere(droneId: string): string | null;
  /** The technician who has a health check of this drone under way; null: nobody. */
  checkedBy(droneId: string): string | null;
  /** Whether the model that this vehicle says it runs is the fleet's; null: not known. */
  modelMatch(systemId: number): ModelMatch | null;
  /** A test of its AED door did not come to its end, and none has passed since. */
  doorIsLeft(droneId: string): boolean;
  /** What was unusual in the last flight of this drone, unless it was checked since; null: nothing known. */
  unusualFlight(droneId: string): string | null;
}

export interface Assessor {
  /** @throws {Refusal} NOT_FOUND, or CONFLICT when the emergency is closed. */
  assess(input: {
    emergencyId: string;
    weather?: WeatherInput | undefined;
    dispatcherId: string;
  }): Promise<Decision>;
  /** A decision of the last ten minutes with what it rests on; null: too old or unknown. */
  decisionFor(decisionId: string): KeptDecision | null;
  /**
   * The same decision with this candidate judged by what is known now (F3). The route and the landing place are proven
   * anew when they were computed more than 5 s ago, a zone changed, or the drone stands elsewhere.
   *
   * @throws {Refusal} DECISION_EXPIRED for an unknown decision, NOT_FOUND for a drone that is not in it.
   */
  recheck(
    decisionId: string,
    droneId: string,
    dispatcherId: string,
  ): Promise<{ decision: Decision; candidate: Candidate }>;
}

/** Every registered drone is judged; this many are told to the operator and kept with the mission. */
const LISTED = 24;
/** Routes that are planned at once, and at most for one decision. */
const BATCH = 8;
const MOST_PLANNED = 32;
/** Drones that only a supervisor could send: a few routes, so that an override has one. */
const OVERRIDABLE_PLANNED = 4;
const MOST_DRONES = 5_000;
const ROUTE_FRESH_MS = 5_000;
const SAME_PLACE_M = 5;

const NOT_NEEDED: RouteAnswer = {
  kind: 'NOT_PLANNED',
  sentence: 'No route was planned: other drones get there sooner.',
};
const CANNOT_FLY: RouteAnswer = {
  kind: 'NOT_PLANNED',
  sentence: 'No route was planned: this drone cannot be launched now.',
};

const FORBIDDEN_LANDING: RouteAnswer = {
  kind: 'NONE',
  sentence: 'No route: the drone may not land at the destination.',
};

export function createAssessor(ports: AssessorPorts): Assessor {
  const decisions = new RecentDecisions(ports.clock);
  return {
    async assess({ emergencyId, weather = null, dispatcherId }) {
      const startedMs = ports.clock.machineMs();
      const emergency = await openEmergency(ports.store.as(dispatcherId).read, emergencyId);
      return assess(ports, decisions, { emergency, weather, startedMs });
    },
    decisionFor: (decisionId) => decisions.find(decisionId),
    recheck: (decisionId, droneId, dispatcherId) =>
      recheck(ports, decisions, { decisionId, droneId, dispatcherId }),
  };
}

async function assess(
  ports: AssessorPorts,
  decisions: RecentDecisions,
  asked: { emergency: Emergency; weather: WeatherInput | null; startedMs: number },
): Promise<Decision> {
  const { airspace, clock } = ports;
  const { emergency, weather, startedMs } = asked;
  const zoneRevision = airspace.revision();
  const everyone = await gather(ports, emergency, weather);
  const judged = await judgeAll(everyone, (facts) => routed(airspace, facts));
  const nowMs = clock.nowMs();
  const listed = judged.sort((a, b) => bySuitability(a.candidate, b.candidate)).slice(0, LISTED);
  const decision: Decision = {
    decisionId: uuidV7(nowMs, ports.random),
    emergencyId: emergency.emergencyId,
    destination: emergency.position,
    computedAtMs: nowMs,
    durationMs: clock.machineMs() - startedMs,
    ...basisOf(listed[0]?.facts, nowMs),
    candidates: listed.map(({ candidate }) => candidate),
  };
  const facts = new Map(listed.map((each) => [each.candidate.droneId, each.facts]));
  decisions.keep({ decision, emergency, weather, facts, zoneRevision, routedAtMs: nowMs });
  return decision;
}

async function recheck(
  ports: AssessorPorts,
  decisions: RecentDecisions,
  asked: { decisionId: string; droneId: string; dispatcherId: string },
): Promise<{ decision: Decision; candidate: Candidate }> {
  const { airspace, store } = ports;
  const { decisionId, droneId, dispatcherId } = asked;
  const kept = decisions.find(decisionId);
  if (kept === null) throw new Refusal('DECISION_EXPIRED', 'This go/no-go check is too old. Assess again.');
  const before = kept.facts.get(droneId);
  if (before === undefined)
    throw new Refusal('NOT_FOUND', `${droneId} is not among the drones of this check. Assess again.`);
  const zoneRevision = airspace.revision();
  const [emergency, records] = await Promise.all([
    openEmergency(store.as(dispatcherId).read, kept.decision.emergencyId),
    store.read.droneRecords({}),
  ]);
  const landingZones = await airspace.zonesAtLanding(emergency.position);
  const record = records.find((each) => each.droneId === droneId);
  if (record === undefined)
    throw new Refusal('DRONE_NOT_REGISTERED', `${droneId} is no longer registered. Choose another drone.`);
  let facts: CandidateFacts = { ...before, emergency, record, landingZones, ...liveFacts(ports, record) };
  if (!routeStillHolds(kept, facts, zoneRevision)) {
    facts = await routed(airspace, facts);
    // Planning took time: judge by what the drone says now.
    facts = { ...facts, ...liveFacts(ports, record) };
  }
  const candidate = assessCandidate(facts);
  const others = kept.decision.candidates.filter((each) => each.droneId !== droneId);
  const decision: Decision = {
    ...kept.decision,
    destination: emergency.position,
    computedAtMs: facts.nowMs,
    ...basisOf(facts, facts.nowMs),
    candidates: [...others, candidate].sort(bySuitability),
  };
  return { decision, candidate };
}

/** What is known of every drone that has a place, without routes. */
async function gather(
  ports: AssessorPorts,
  emergency: Emergency,
  weather: WeatherInput | null,
): Promise<CandidateFacts[]> {
  const { airspace, store } = ports;
  const [records, distances, landingZones] = await Promise.all([
    store.read.droneRecords({}),
    store.read.dronesByDistance({ destination: emergency.position, limit: MOST_DRONES }),
    airspace.zonesAtLanding(emergency.position),
  ]);
  const recordedM = new Map(distances.map((each) => [each.droneId, each.distanceM]));
  return records.flatMap((record) => {
    const live = liveFacts(ports, record);
    const at = positionOf(live.vehicle, live.nowMs);
    const recordedDistanceM = recordedM.get(record.droneId) ?? (at && distanceM(at, emergency.position));
    // Nobody knows where it is or belongs: there is nothing to rank it by.
    if (recordedDistanceM === null) return [];
    const common = { emergency, weather, record, recordedDistanceM, landingZones, route: CANNOT_FLY };
    return [{ ...common, ...live }];
  });
}

async function routed(airspace: AssessorPorts['airspace'], facts: CandidateFacts): Promise<CandidateFacts> {
  const from = positionOf(facts.vehicle, facts.nowMs);
  if (from === null) return { ...facts, route: CANNOT_FLY };
  // A landing that is forbidden needs no way there.
  if (facts.landingZones.length > 0) return { ...facts, route: FORBIDDEN_LANDING };
  const to = facts.emergency.position;
  const cruiseAltitudeRelativeHomeM = CRUISE_ALTITUDE_RELATIVE_HOME_M;
  const answer = await airspace.planClearRoute({ from, to, cruiseAltitudeRelativeHomeM });
  const route: RouteAnswer =
    answer.route === null ? { kind: 'NONE', sentence: answer.sentence } : { kind: 'CLEAR', ...answer };
  return { ...facts, route };
}

async function openEmergency(
  read: Pick<Store['read'], 'emergency'>,
  emergencyId: string,
): Promise<Emergency> {
  const emergency = await read.emergency({ emergencyId });
  if (emergency === null)
    throw new Refusal('NOT_FOUND', 'This emergency does not exist. Take the call in again.');
  if (emergency.closed !== null)
    throw new Refusal('CONFLICT', 'This emergency is closed. Take in a new one to send a drone.');
  return emergency;
}

function liveFacts(
  ports: AssessorPorts,
  record: DroneRecord,
): Pick<
  CandidateFacts,
  | 'nowMs'
  | 'vehicle'
  | 'activeMissionId'
  | 'heldByStationId'
  | 'checkedBy'
  | 'modelMatch'
  | 'doorIsLeft'
  | 'unusualFlight'
> {
  const { mavlinkSystemId: systemId } = record;
  return {
    nowMs: ports.clock.nowMs(),
    vehicle: systemId === null ? null : ports.vehicleOf(systemId),
    checkedBy: ports.checkedBy(record.droneId),
    modelMatch: systemId === null ? null : ports.modelMatch(systemId),
    doorIsLeft: ports.doorIsLeft(record.droneId),
    unusualFlight: ports.unusualFlight(record.droneId),
    activeMissionId: ports.activeMissionOf(record.droneId),
    heldByStationId: ports.heldElsewhere(record.droneId),
  };
}

interface Judged {
  facts: CandidateFacts;
  candidate: Candidate;
}

/**
 * Judges everyone cheaply, then plans routes where they can change the answer: for launchable drones in the order of
 * the least time they could need, until none that is left could beat the best go found.
 */
async function judgeAll(
  all: readonly CandidateFacts[],
  routed: (facts: CandidateFacts) => Promise<CandidateFacts>,
): Promise<Judged[]> {
  const judged = new Map<string, Judged>();
  const clean: { facts: CandidateFacts; leastS: number }[] = [];
  const overridable: typeof clean = [];
  for (const facts of all) {
    const candidate = assessCandidate(facts);
    judged.set(candidate.droneId, { facts, candidate });
    const stops = candidate.checks.filter((check) => check.result === 'NO_GO' && check.id !== 'ROUTE');
    const leastS = needOf(facts)?.timeToSceneS ?? null;
    if (leastS === null || stops.some((check) => !check.overridable)) continue;
    (stops.length === 0 ? clean : overridable).push({ facts, leastS });
  }
  const plan = async (batch: typeof clean): Promise<void> => {
    for (const facts of await Promise.all(batch.map((each) => routed(each.facts)))) {
      const candidate = assessCandidate(facts);
      judged.set(candidate.droneId, { facts, candidate });
    }
  };
  clean.sort((a, b) => a.leastS - b.leastS);
  overridable.sort((a, b) => a.leastS - b.leastS);
  let planned = 0;
  while (planned < Math.min(clean.length, MOST_PLANNED)) {
    const next = clean[planned];
    if (planned > 0 && next !== undefined && next.leastS >= bestGoS(judged.values())) break;
    await plan(clean.slice(planned, planned + BATCH));
    planned += BATCH;
  }
  await plan(overridable.slice(0, OVERRIDABLE_PLANNED));
  for (const { facts } of [...clean.slice(planned), ...overridable.slice(OVERRIDABLE_PLANNED)]) {
    const spared = { ...facts, route: NOT_NEEDED };
    judged.set(facts.record.droneId, { facts: spared, candidate: assessCandidate(spared) });
  }
  return [...judged.values()];
}

function bestGoS(judged: Iterable<Judged>): number {
  let best = Number.POSITIVE_INFINITY;
  for (const { candidate } of judged)
    if (candidate.verdict === 'GO' && candidate.timeToSceneS !== null)
      best = Math.min(best, candidate.timeToSceneS);
  return best;
}

/** Go first, then by time to scene, then by distance. */
function bySuitability(a: Candidate, b: Candidate): number {
  if (a.verdict !== b.verdict) return a.verdict === 'GO' ? -1 : 1;
  const aS = a.timeToSceneS ?? Number.MAX_VALUE;
  const bS = b.timeToSceneS ?? Number.MAX_VALUE;
  return aS - bS || a.distanceM - b.distanceM || a.droneId.localeCompare(b.droneId);
}

function basisOf(facts: CandidateFacts | undefined, nowMs: number): Pick<Decision, 'dataAgeMs' | 'wind'> {
  const wind = facts === undefined ? null : windFor(facts);
  return {
    dataAgeMs: facts === undefined ? null : dataAgeMs(facts.vehicle, nowMs),
    wind,
  };
}

function routeStillHolds(kept: KeptDecision, facts: CandidateFacts, zoneRevision: number): boolean {
  const start = facts.route.kind === 'CLEAR' ? facts.route.route.waypoints[0] : undefined;
  const at = positionOf(facts.vehicle, facts.nowMs);
  const destination = facts.emergency.position;
  return (
    facts.nowMs - kept.routedAtMs <= ROUTE_FRESH_MS &&
    zoneRevision === kept.zoneRevision &&
    start !== undefined &&
    at !== null &&
    distanceM(start, at) <= SAME_PLACE_M &&
    distanceM(destination, kept.decision.destination) === 0
  );
}
