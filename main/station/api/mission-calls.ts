import type { MissionSummary } from '../../../preload/contract/missions.ts';
import type { Person } from '../../../preload/contract/session.ts';
import { type CallContext, latestFeed, noteAfter, permitted, signedIn } from './implementer.ts';

const LIST_PACE_MS = 250;
const TIMELINE_PACE_MS = 500;

const os = signedIn.missions;
const flying = permitted('fly_missions').missions;
const recording = permitted('record_outcomes').missions;

export const missionCalls = {
  watch: os.watch.handler(({ context, signal }) =>
    latestFeed(context, signal, LIST_PACE_MS, {
      current: async () => ({ missions: await context.services.missions.watched(context.person) }),
      subscribe: context.services.missions.subscribe,
    }),
  ),
  timeline: os.timeline.handler(({ context, input, signal }) =>
    latestFeed(context, signal, TIMELINE_PACE_MS, {
      current: () => context.services.missions.timeline(input.missionId, context.person),
      subscribe: context.services.missions.subscribe,
    }),
  ),
  get: os.get.handler(({ context: { services, person }, input }) =>
    services.missions.get(input.missionId, person),
  ),
  report: os.report.handler(({ context: { services, person }, input }) =>
    services.missions.report(input.missionId, person),
  ),
  recent: os.recent.handler(({ context: { services, person }, input }) =>
    services.missions.recent(input.limit, person),
  ),
  abort: os.abort.handler(({ context, input }) =>
    context.services.missions
      .abort(input.missionId, input.reason, context.person)
      .then(noted(context, 'MISSION_ABORTED', { reason: input.reason })),
  ),
  hold: flying.hold.handler(({ context, input }) =>
    context.services.missions.hold(input.missionId, context.person).then(noted(context, 'MISSION_HELD')),
  ),
  resume: flying.resume.handler(({ context, input }) =>
    context.services.missions.resume(input.missionId, context.person).then(noted(context, 'MISSION_RESUMED')),
  ),
  landHere: flying.landHere.handler(({ context, input }) =>
    context.services.missions
      .landHere(input.missionId, input.reason, context.person)
      .then(noted(context, 'MISSION_LANDED_AT_ONCE', { reason: input.reason })),
  ),
  releaseAgain: flying.releaseAgain.handler(({ context, input }) =>
    context.services.missions
      .releaseAgain(input.missionId, context.person)
      .then(noted(context, 'RELEASE_REPEATED')),
  ),
  confirmDelivery: flying.confirmDelivery.handler(({ context, input }) =>
    context.services.missions
      .confirmDelivery(input.missionId, input.note, context.person)
      .then(noted(context, 'DELIVERY_CONFIRMED')),
  ),
  returnNow: flying.returnNow.handler(({ context, input }) =>
    context.services.missions
      .returnNow(input.missionId, context.person)
      .then(noted(context, 'RETURN_ORDERED')),
  ),
  stayOnScene: flying.stayOnScene.handler(({ context, input }) =>
    context.services.missions
      .stayOnScene(input.missionId, context.person)
      .then(noted(context, 'STAY_ORDERED')),
  ),
  recordOutcome: recording.recordOutcome.handler(({ context, input: { missionId, ...outcome } }) =>
    context.services.missions
      .recordOutcome(missionId, outcome, context.person)
      .then(noted(context, 'OUTCOME_RECORDED')),
  ),
};

/** Puts on record who ordered it, once it was done. */
function noted(
  context: CallContext & { person: Person },
  action: string,
  detail: Record<string, string> = {},
): (mission: MissionSummary) => MissionSummary {
  return (mission) => {
    noteAfter(context, context.person, action, mission.missionId, { droneId: mission.droneId, ...detail });
    return mission;
  };
}
