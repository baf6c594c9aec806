import type { FlightPlan, MissionRecord } from '../../../db/queries/mission-record.ts';
import type { MissionSummary } from '../../../preload/contract/missions.ts';
import { isTerminal, type MissionState } from './mission-state.ts';

/** A mission whose record has just been made: nothing sent yet. */
export function launchedState(
  record: MissionRecord,
  plan: FlightPlan,
  sceneDwellMs: number,
  nowMs: number,
): MissionState {
  return {
    missionId: record.missionId,
    emergencyId: record.emergencyId,
    droneId: record.droneId,
    dispatcherName: record.dispatcherName,
    destinationAddress: record.destinationAddress,
    launchedAtMs: record.launchedAtMs,
    estimatedEtaS: record.estimatedEtaS,
    sceneDwellMs,
    followedSinceMs: nowMs,
    plan,
    status: record.status,
    phase: 'UPLOADING',
    actualEtaS: record.actualEtaS,
    expectedSpeedMps: null,
    timeToSceneS: record.estimatedEtaS,
    leavesSceneAtMs: null,
    abortReason: record.abortReason,
    aedDeployed: record.aedDeployed,
    overAtMs: null,
    command: null,
    inFlight: null,
    watch: null,
    planning: null,
    nextId: 1,
    abortRequested: null,
    acceptToFirstCommandMs: null,
    abortToFirstPacketMs: null,
    contact: null,
    blind: false,
    seen: {
      position: null,
      positionAtMs: 0,
      armed: false,
      airborne: false,
      landedSinceMs: null,
      batteryPercent: null,
    },
    expectedMode: null,
    armedRecorded: false,
    hasFlown: false,
    startedAtMs: null,
    landingInitiated: false,
    releaseDeadlineMs: null,
    openedAtMs: null,
    aedSeenInside: false,
    restartCountdown: false,
    homewardStarted: false,
    airborneInAbort: false,
    straightHome: null,
    alerts: [],
  };
}

/**
 * A mission that an earlier station process left unfinished. Its phase follows from its record; what happened
 * meanwhile follows from how the vehicle looks when it is heard. Nothing is under way.
 */
export function recoveredState(
  record: MissionRecord,
  plan: FlightPlan,
  sceneDwellMs: number,
  nowMs: number,
): MissionState {
  const flying = record.status !== 'LANDED' && record.status !== 'AED_DEPLOYED';
  return {
    ...launchedState(record, plan, sceneDwellMs, nowMs),
    phase: recoveredPhase(record),
    timeToSceneS: null,
    blind: true,
    armedRecorded: true,
    hasFlown: record.status !== 'LAUNCHED' && record.status !== 'RETURNING',
    startedAtMs: nowMs,
    // In force since long ago: any other mode that is seen was not asked for.
    expectedMode:
      flying && record.status !== 'ABORTED' ? { kind: 'MISSION', sinceMs: nowMs, seen: true } : null,
    // The go/no-go let it fly with its AED on board.
    aedSeenInside: true,
    restartCountdown: record.status === 'AED_DEPLOYED',
    airborneInAbort: record.status === 'ABORTED',
    // Whether its way home was already started is not known: its mode decides nothing.
    homewardStarted: record.status === 'ABORTED',
  };
}

function recoveredPhase(record: MissionRecord): MissionSummary['phase'] {
  switch (record.status) {
    case 'LAUNCHED':
    case 'IN_FLIGHT':
    case 'ARRIVED':
      return 'OUTBOUND';
    case 'LANDED':
      return 'AWAITING_CONFIRMATION';
    case 'AED_DEPLOYED':
      return 'ON_SCENE';
    case 'RETURNING':
      return 'RETURNING';
    case 'ABORTED':
      return 'ABORTING';
    case 'COMPLETED':
      return 'OVER';
  }
}

export function summaryOfState(state: MissionState): MissionSummary {
  return {
    missionId: state.missionId,
    emergencyId: state.emergencyId,
    droneId: state.droneId,
    dispatcherName: state.dispatcherName,
    status: state.status,
    phase: state.phase,
    destination: state.plan.destination,
    destinationAddress: state.destinationAddress,
    launchedAtMs: state.launchedAtMs,
    estimatedEtaS: state.estimatedEtaS,
    actualEtaS: state.actualEtaS,
    timeToSceneS: state.timeToSceneS === null ? null : Math.round(state.timeToSceneS),
    leavesSceneAtMs: state.leavesSceneAtMs,
    plannedRoute: state.plan.outbound,
    returnRoute: state.plan.homebound,
    clearanceM: state.plan.clearanceM,
    command: state.command,
    abortReason: state.abortReason,
    aedDeployed: state.aedDeployed,
    remoteStationId: null,
  };
}

/** A mission that this station process does not follow: what its record says. */
export function summaryOfRecord(record: MissionRecord): MissionSummary {
  return {
    missionId: record.missionId,
    emergencyId: record.emergencyId,
    droneId: record.droneId,
    dispatcherName: record.dispatcherName,
    status: record.status,
    phase: isTerminal(record.status) ? 'OVER' : recoveredPhase(record),
    destination: record.destination,
    destinationAddress: record.destinationAddress,
    launchedAtMs: record.launchedAtMs,
    estimatedEtaS: record.estimatedEtaS,
    actualEtaS: record.actualEtaS,
    timeToSceneS: null,
    leavesSceneAtMs: null,
    plannedRoute: record.plan?.outbound ?? [],
    returnRoute: record.plan?.homebound ?? [],
    clearanceM: record.plan?.clearanceM ?? null,
    command: null,
    abortReason: record.abortReason,
    aedDeployed: record.aedDeployed,
    remoteStationId: record.remoteStationId,
  };
}
