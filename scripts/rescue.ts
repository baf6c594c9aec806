import type { Decision } from '../preload/contract/dispatch.ts';
import type { EmergencyInput } from '../preload/contract/emergencies.ts';
import type { Position } from '../preload/contract/geo.ts';
import type { MissionReport, MissionSummary } from '../preload/contract/missions.ts';
import { firstOf, type StationClient } from './station-client.ts';

/** How long a person would wait for a drone that has just booted, and for a flight across the city, in station time. */
const READY_TIMEOUT_MS = 180_000;
const FLIGHT_TIMEOUT_MS = 20 * 60_000;
const ASSESS_AGAIN_MS = 500;

/** 61 Salem Street, Boston, from BOS-1 a zone lies across the straight way. */
export const RESCUE_SCENE: Position = { latitudeDeg: 42.3638, longitudeDeg: -71.0559 };
const SECOND_SCENE: Position = { latitudeDeg: 42.3744, longitudeDeg: -71.0372 };

export interface RescueFigures {
  status: string;
  events: { type: string; atMs: number }[];
  intakeToDecisionMs: number;
  acceptToFirstCommandMs: number | null;
  abortToFirstPacketMs: number | null;
  abortedStatus: string;
  predictedEtaS: number | null;
  actualEtaS: number | null;
  minZoneClearanceM: number | null;
  deliveryErrorM: number | null;
  telemetryRows: number;
  stationRssMb: number;
  stationCpuS: number;
  startupMs: number;
}

/** One rescue and one aborted flight through the public contract, as two people would do them. */
export async function flyRescue(client: StationClient, speed: number): Promise<RescueFigures> {
  await firstOf(
    client.fleet.watch(),
    ({ entries }) => entries.filter((entry) => entry.contact === 'LIVE' && entry.registered).length >= 2,
    READY_TIMEOUT_MS / speed,
    'two registered drones are heard',
  );
  const intake = await takeCall(client, callAt('61 Salem St', RESCUE_SCENE));
  const first = await assessUntilGo(client, intake.emergencyId, [], speed);
  const mission = await client.dispatch.launch({ decisionId: first.decisionId, droneId: first.droneId });
  const [aborted] = await Promise.all([
    flyAndAbort(client, speed, first.droneId),
    followUntilOver(client, mission.missionId, speed),
  ]);
  const report = await client.missions.report({ missionId: mission.missionId });
  const status = await firstOf(client.system.watch(), () => true, 10_000, 'the station reports its status');
  return {
    ...figuresOf(report),
    intakeToDecisionMs: round(intake.intakeToDecisionMs),
    abortToFirstPacketMs: aborted.abortToFirstPacketMs,
    abortedStatus: aborted.mission.status,
    stationRssMb: round(status.rssBytes / 1e6),
    stationCpuS: round(status.cpuSeconds),
    startupMs: round(status.startupMs),
  };
}

/** What is off with these figures; empty when the rescue was as it has to be. */
export function complaintsAbout(figures: RescueFigures): string[] {
  const complaints: string[] = [];
  const demand = (holds: boolean, sentence: string): void => void (holds || complaints.push(sentence));
  demand(figures.status === 'COMPLETED', `The mission ended ${figures.status}, not COMPLETED.`);
  demand(figures.abortedStatus === 'ABORTED', `The aborted mission ended ${figures.abortedStatus}.`);
  demand(figures.intakeToDecisionMs <= 1_000, 'Intake to decision took more than 1 s.');
  demand(
    (figures.acceptToFirstCommandMs ?? Infinity) <= 200,
    'Accept to first command took more than 200 ms.',
  );
  demand((figures.abortToFirstPacketMs ?? Infinity) <= 100, 'Abort to first packet took more than 100 ms.');
  demand((figures.minZoneClearanceM ?? Infinity) > 0, 'The flown path touched a zone.');
  demand(
    (figures.deliveryErrorM ?? Infinity) <= 9,
    'The AED was delivered more than 9 m from the destination.',
  );
  demand(figures.telemetryRows > 0, 'No telemetry was recorded.');
  for (const type of [
    'LAUNCH_ACKNOWLEDGED',
    'TAKEOFF_COMPLETE',
    'ARRIVED_AT_SCENE',
    'LANDED',
    'AED_DEPLOYED',
    'COMPLETED',
  ])
    demand(
      figures.events.some((event) => event.type === type),
      `The event ${type} is missing.`,
    );
  return complaints;
}

export async function takeCall(
  client: StationClient,
  input: EmergencyInput,
): Promise<{ emergencyId: string; intakeToDecisionMs: number }> {
  const startMs = performance.now();
  const { emergencyId } = await client.emergencies.create(input);
  await client.dispatch.assess({ emergencyId });
  return { emergencyId, intakeToDecisionMs: performance.now() - startMs };
}

export async function assessUntilGo(
  client: StationClient,
  emergencyId: string,
  except: readonly string[],
  speed: number,
): Promise<{ decisionId: string; droneId: string }> {
  const deadlineMs = performance.now() + READY_TIMEOUT_MS / speed;
  for (;;) {
    const decision = await client.dispatch.assess({ emergencyId });
    const best = decision.candidates.find(
      (candidate) => candidate.verdict === 'GO' && !except.includes(candidate.droneId),
    );
    if (best !== undefined) return { decisionId: decision.decisionId, droneId: best.droneId };
    if (performance.now() > deadlineMs) throw new Error(`No drone may go: ${reasonsOf(decision)}`);
    await new Promise((resolve) => setTimeout(resolve, ASSESS_AGAIN_MS));
  }
}

async function flyAndAbort(
  client: StationClient,
  speed: number,
  busyDroneId: string,
): Promise<{ mission: MissionSummary; abortToFirstPacketMs: number | null }> {
  const { emergencyId } = await takeCall(client, callAt('Bennington St', SECOND_SCENE));
  const { decisionId, droneId } = await assessUntilGo(client, emergencyId, [busyDroneId], speed);
  const { missionId } = await client.dispatch.launch({ decisionId, droneId });
  await firstOf(
    client.missions.timeline({ missionId }),
    ({ events }) => events.some((event) => event.type === 'TAKEOFF_COMPLETE'),
    FLIGHT_TIMEOUT_MS / speed,
    'the second drone is in the air',
  );
  await client.missions.abort({ missionId, reason: 'The ambulance reached the patient first' });
  const mission = await followUntilOver(client, missionId, speed);
  const report = await client.missions.report({ missionId });
  return { mission, abortToFirstPacketMs: roundOrNull(report.abortToFirstPacketMs) };
}

/** Follows a mission until nothing flies any more, and confirms the delivery where the drone cannot see it itself. */
export async function followUntilOver(
  client: StationClient,
  missionId: string,
  speed: number,
): Promise<MissionSummary> {
  let confirmed = false;
  const { missions } = await firstOf(
    client.missions.watch(),
    (update) => {
      const mission = update.missions.find((candidate) => candidate.missionId === missionId);
      if (mission?.phase === 'AWAITING_CONFIRMATION' && !confirmed) {
        confirmed = true;
        void client.missions.confirmDelivery({ missionId, note: 'Seen by the scripted client' });
      }
      return mission?.phase === 'OVER';
    },
    FLIGHT_TIMEOUT_MS / speed,
    `mission ${missionId} is over`,
  );
  const mission = missions.find((candidate) => candidate.missionId === missionId);
  if (mission === undefined) throw new Error(`Mission ${missionId} vanished.`);
  return mission;
}

function figuresOf(report: MissionReport) {
  return {
    status: report.mission.status,
    events: report.events.map(({ type, atMs }) => ({ type, atMs })),
    acceptToFirstCommandMs: roundOrNull(report.acceptToFirstCommandMs),
    predictedEtaS: report.mission.estimatedEtaS,
    actualEtaS: report.mission.actualEtaS,
    minZoneClearanceM: roundOrNull(report.flownClearanceM),
    deliveryErrorM: roundOrNull(report.deliveryErrorM),
    telemetryRows: report.telemetryRows,
  };
}

function reasonsOf(decision: Decision): string {
  return decision.candidates
    .map(({ droneId, checks }) => {
      const reasons = checks.filter((check) => check.result === 'NO_GO').map((check) => check.sentence);
      return `${droneId}: ${reasons.join(' ')}`;
    })
    .join(' | ');
}

export function callAt(address: string, position: Position): EmergencyInput {
  return {
    type: 'cardiac_arrest',
    position,
    address,
    city: 'Boston',
    state: 'MA',
    callerPhone: null,
    callerOnScene: true,
    bystanderAvailable: true,
    ambulanceOnScene: false,
    trauma: false,
    callerLanguage: 'en',
    victimAgeYears: 58,
    callerWords: null,
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function roundOrNull(value: number | null): number | null {
  return value === null ? null : round(value);
}
