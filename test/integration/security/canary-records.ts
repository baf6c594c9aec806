import type { OpenStore } from '../../../main/station/store/open-store.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import { emergencyInput, missionEvent, newId, newMission, telemetryRow } from '../db/build-records.ts';

/** In New Hampshire, which the demo's dispatcher04 does not cover. */
const CANARY_SCENE: Position = { latitudeDeg: 43.2081357, longitudeDeg: -71.5376913 };

/** Words and numbers that occur in the canaries' records and nowhere else: seen by whoever must not, they leaked. */
export const CANARY_WORDS = [
  'Canary Lane',
  'Canaryville',
  '603 555 0191',
  'canary words of the caller',
  'canary note of the closing',
  'canary sentence of an event',
  'canary words at the scene',
  'canary reason of the abort',
  'canary reason of the override',
  '43.2081357',
  '71.5376913',
];

export interface Canaries {
  open: string;
  closed: string;
  served: string;
  /** Taken up again by a station that starts on these records. */
  liveMission: string;
  pastMission: string;
  /** Every id of the above. */
  ids: string[];
}

/** Emergencies and missions of another state, and all that derives from them, written by the station itself. */
export async function writeCanaries({ write }: OpenStore['store'], nowMs: number): Promise<Canaries> {
  const create = async (): Promise<string> => {
    const emergencyId = newId();
    const input = emergencyInput({
      state: 'NH',
      city: 'Canaryville',
      address: '1 Canary Lane',
      callerPhone: '+1 603 555 0191',
      callerWords: 'canary words of the caller',
      position: CANARY_SCENE,
    });
    await write.createEmergency({ ...input, emergencyId, nowMs });
    return emergencyId;
  };
  const [open, closed, served, past] = [await create(), await create(), await create(), await create()];
  await write.closeEmergency({
    emergencyId: closed,
    reason: 'OTHER',
    note: 'canary note of the closing',
    byDispatcherId: 'operator12',
    nowMs,
  });
  const fly = async (emergencyId: string, droneId: string): Promise<string> => {
    const mission = newMission({ emergencyId, droneId, nowMs });
    const route = [CANARY_SCENE, CANARY_SCENE];
    const { missionId } = await write.createMission({
      ...mission,
      destination: CANARY_SCENE,
      destinationAddress: '1 Canary Lane',
      plan: { ...mission.plan, destination: CANARY_SCENE, outbound: route, homebound: route },
      override: { reason: 'canary reason of the override', byDispatcherId: 'operator12' },
      events: [missionEvent({ atMs: nowMs, sentence: 'canary sentence of an event' })],
      weather: [
        {
          weatherId: newId(),
          condition: 'FOG',
          temperatureC: 1,
          windSpeedMps: 1,
          windFromDeg: 1,
          visibilityM: 1,
          source: 'DISPATCHER',
          position: CANARY_SCENE,
          observedAtMs: nowMs,
        },
      ],
    });
    await write.appendTelemetry({
      rows: [0, 1].map((second) =>
        telemetryRow(missionId, { droneId, atMs: nowMs + second, ...CANARY_SCENE }),
      ),
    });
    await write.appendTranscript({
      transcriptId: newId(),
      missionId,
      atMs: nowMs,
      speaker: 'BYSTANDER',
      text: 'canary words at the scene',
      language: 'en',
      confidence: 0.9,
      conversationState: null,
    });
    return missionId;
  };
  const liveMission = await fly(served, 'Alpha-1');
  const pastMission = await fly(past, 'Bravo-4');
  await write.recordMissionProgress({
    missionId: pastMission,
    events: [],
    changes: { status: 'ABORTED', abortedAtMs: nowMs, abortReason: 'canary reason of the abort' },
    droneStatusAfter: 'READY',
  });
  const ids = [open, closed, served, past, liveMission, pastMission];
  return { open, closed, served, liveMission, pastMission, ids };
}
