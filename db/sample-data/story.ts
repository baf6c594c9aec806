import type { MissionEventType } from '../../preload/contract/missions.ts';
import type { SampleEvent, SampleMission } from './sample-mission.ts';

/** The events of a flight, oldest first, in the words of the station. */
export function sampleEvents(mission: SampleMission): SampleEvent[] {
  const { times, launchedAtMs, drone, chance: whole, outcome } = mission;
  const chance = whole.fork(2);
  const events: SampleEvent[] = [];
  const tell = (
    ms: number,
    type: MissionEventType,
    source: SampleEvent['source'],
    sentence: string,
    data: SampleEvent['data'] = null,
  ): void => {
    const atMs = launchedAtMs + Math.round(ms);
    events.push({ eventId: chance.id(atMs), type, atMs, source, sentence, data });
  };
  const name = `${mission.dispatcher.firstName} ${mission.dispatcher.lastName}`;
  if (mission.overrideReason !== null)
    tell(0, 'OVERRIDE', 'DISPATCHER', `${name} overrode the go/no-go: ${mission.overrideReason}`);
  tell(0, 'LAUNCH_ACKNOWLEDGED', 'DRONE', `${drone.droneId} accepted the launch.`, {
    acceptToFirstCommandMs: chance.whole(18, 95),
  });
  tell(1_400, 'MISSION_UPLOADED', 'DRONE', 'The flight plan is on board, read back and compared.');
  tell(2_300, 'FENCE_UPLOADED', 'DRONE', 'The no-fly zones along the route are on board.');
  tell(times.takeoffMs - 1_500, 'ARMED', 'DRONE', 'Rotors are armed.');
  tell(times.takeoffMs + 3_000, 'TAKEOFF_COMPLETE', 'DRONE', 'In the air, on the way to the scene.');
  if (chance.happens(0.03)) {
    const lostMs = times.cruiseMs + (times.arrivedMs - times.cruiseMs) * chance.between(0.1, 0.6);
    tell(lostMs, 'LINK_LOST', 'STATION', `No word from ${drone.droneId} for 3 s. It goes on with its plan.`);
    tell(lostMs + 6_000, 'LINK_RESTORED', 'STATION', `${drone.droneId} is heard again after 6 s.`);
  }
  if (mission.abortReason !== null) {
    const reason = mission.abortReason;
    tell(times.arrivedMs, 'ABORT_REQUESTED', 'DISPATCHER', `${name} asked for the return: ${reason}`);
    tell(times.arrivedMs + 120, 'ABORTED', 'STATION', `Mission aborted: ${reason}`, {
      abortToFirstPacketMs: chance.whole(3, 60),
    });
    tell(times.endMs, 'RETURNED_HOME', 'DRONE', 'The drone is back home.');
    return events;
  }
  tellOfTheScene(mission, tell);
  tell(times.leftMs, 'RETURN_STARTED', 'DRONE', 'On the way home.');
  tell(times.endMs, 'RETURNED_HOME', 'DRONE', 'The drone is back home.');
  tell(times.endMs + 200, 'COMPLETED', 'STATION', 'Mission completed.');
  if (outcome.recordedAtMs !== null)
    tell(
      outcome.recordedAtMs - launchedAtMs,
      'OUTCOME_RECORDED',
      'DISPATCHER',
      `${name} recorded the outcome.`,
    );
  return events;
}

function tellOfTheScene(
  mission: SampleMission,
  tell: (
    ms: number,
    type: MissionEventType,
    source: SampleEvent['source'],
    sentence: string,
    data?: SampleEvent['data'],
  ) => void,
): void {
  const { times, outcome } = mission;
  const seconds = Math.round(times.arrivedMs / 1_000);
  const offM = Number(mission.landedOffM.toFixed(1));
  tell(times.arrivedMs, 'ARRIVED_AT_SCENE', 'DRONE', `Over the scene after ${seconds} s.`);
  tell(times.arrivedMs + 1_500, 'LANDING_INITIATED', 'DRONE', 'Landing at the scene.');
  tell(times.landedMs, 'LANDED', 'DRONE', `Landed ${offM} m from the scene.`, { distanceM: offM });
  tell(times.landedMs + 2_500, 'AED_COMPARTMENT_OPENED', 'DRONE', 'The AED compartment is open.');
  tell(
    times.landedMs + 4_000,
    'VOICE_CONVERSATION_STARTED',
    'DRONE',
    'The drone talks with the people at the scene.',
  );
  if (outcome.delivered)
    tell(aedTakenMs(mission), 'AED_DEPLOYED', 'DRONE', 'The AED was taken out.', {
      evidence: 'AED_STATUS_REMOVED',
    });
}

/** Since the launch, between the opening and the way home. */
export function aedTakenMs({ times }: SampleMission): number {
  return Math.round(times.landedMs + 4_000 + (times.leftMs - times.landedMs - 6_000) * 0.4);
}

export interface SampleLine {
  transcriptId: string;
  atMs: number;
  speaker: 'DRONE' | 'BYSTANDER' | 'AED_DEVICE';
  text: string;
  confidence: number | null;
  state: string;
}

const LINES: readonly (Pick<SampleLine, 'speaker' | 'text' | 'state'> & { delivered?: true })[] = [
  { speaker: 'DRONE', state: 'GREETING', text: 'I bring a defibrillator. Come to the orange box.' },
  { speaker: 'BYSTANDER', state: 'GREETING', text: 'I am here, what do I do?' },
  { speaker: 'DRONE', state: 'AED_RETRIEVAL', text: 'Lift the lid and take the case out.' },
  { speaker: 'BYSTANDER', state: 'AED_RETRIEVAL', text: 'I have it.', delivered: true },
  { speaker: 'AED_DEVICE', state: 'PADS', text: 'Attach pads to the bare chest.', delivered: true },
  { speaker: 'DRONE', state: 'CPR_COACHING', text: 'Push hard in the middle of the chest. I count.' },
  { speaker: 'BYSTANDER', state: 'CPR_COACHING', text: 'Somebody else takes over now.' },
  { speaker: 'DRONE', state: 'CPR_COACHING', text: 'Good. Do not stop until the ambulance is with you.' },
];

/** What was said at the scene; nothing when nobody arrived. */
export function sampleTranscript(mission: SampleMission): SampleLine[] {
  if (mission.abortReason !== null) return [];
  const chance = mission.chance.fork(3);
  let atMs = mission.launchedAtMs + mission.times.landedMs + 4_000;
  return LINES.filter(({ delivered }) => delivered !== true || mission.outcome.delivered).map((line) => {
    atMs += Math.round(chance.between(2_500, 6_000));
    return {
      transcriptId: chance.id(atMs),
      atMs,
      ...{ speaker: line.speaker, text: line.text, state: line.state },
      confidence: line.speaker === 'BYSTANDER' ? chance.between(0.71, 0.98) : null,
    };
  });
}
