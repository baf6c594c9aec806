import type { MissionChanges, NewMissionEvent } from '../../../db/queries/query-map.ts';
import type { Store } from '../../../main/station/store/store.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import {
  emergencyInput,
  missionEvent,
  NOW_MS,
  newId,
  newMission,
  telemetryRow,
} from '../db/build-records.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

/** Two bases on one meridian, a tenth of a degree apart, and one that houses no drone. */
export const NORTH: Position = { latitudeDeg: 42.5, longitudeDeg: -71 };
export const SOUTH: Position = { latitudeDeg: 42.4, longitudeDeg: -71 };
const EMPTY: Position = { latitudeDeg: 42.3, longitudeDeg: -71 };

export interface FlownMission {
  droneId: string;
  launchedAtMs: number;
  changes: MissionChanges;
  destination?: Position;
  events?: NewMissionEvent[];
  /** The planned way there; the way back is the same. */
  outbound?: Position[];
}

export async function makeBasesAndDrones({ write }: Store): Promise<void> {
  await write.ensureBaseStation({ baseStationId: 'NORTH', position: NORTH });
  await write.ensureBaseStation({ baseStationId: 'SOUTH', position: SOUTH });
  await write.ensureBaseStation({ baseStationId: 'EMPTY', position: EMPTY });
  const drones = [
    ['N-1', 'NORTH'],
    ['N-2', 'NORTH'],
    ['S-1', 'SOUTH'],
    ['S-2', 'SOUTH'],
    ['S-3', 'SOUTH'],
  ] as const;
  for (const [index, [droneId, baseStationId]] of drones.entries())
    await write.registerDrone({
      droneId,
      systemId: index + 1,
      serialNumber: `serial-${droneId}`,
      baseStationId,
      model: undefined,
    });
}

/** Launches a mission and brings it to where `changes` say. Returns its id. */
export async function fly({ write }: Store, flown: FlownMission): Promise<string> {
  const { droneId, launchedAtMs, destination = SOUTH, outbound = [NORTH, destination] } = flown;
  const emergencyId = newId();
  await write.createEmergency({
    ...emergencyInput({ position: destination, calledAtMs: launchedAtMs - MINUTE_MS }),
    emergencyId,
    nowMs: launchedAtMs - MINUTE_MS,
  });
  const mission = newMission({ emergencyId, droneId });
  const { missionId } = await write.createMission({
    ...mission,
    destination,
    nowMs: launchedAtMs,
    plan: { ...mission.plan, destination, outbound, homebound: outbound.toReversed() },
    events: flown.events ?? [missionEvent({ atMs: launchedAtMs })],
  });
  await write.recordMissionProgress({
    missionId,
    events: [],
    changes: flown.changes,
    droneStatusAfter: 'READY',
  });
  return missionId;
}

export const completed = (atMs: number, changes: MissionChanges = {}): MissionChanges => ({
  status: 'COMPLETED',
  completedAtMs: atMs,
  ...changes,
});

/** A drone as it was last heard. */
export async function heard(
  { write }: Store,
  droneId: string,
  batteryPercent: number,
  position: Position | null = null,
): Promise<void> {
  const unknown = { altitudeAmslM: null, firmware: null, modelVersion: null };
  await write.recordDroneSeen({ drones: [{ droneId, batteryPercent, position, ...unknown }] });
}

/** One row a second from NOW_MS on, at the given places. */
export async function recordTrack(
  { write }: Store,
  missionId: string,
  droneId: string,
  places: readonly (Position & { altitudeAmslM: number })[],
): Promise<void> {
  await write.appendTelemetry({
    rows: places.map((place, index) =>
      telemetryRow(missionId, { ...place, droneId, atMs: NOW_MS + index * 1_000 }),
    ),
  });
}
