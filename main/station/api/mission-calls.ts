import { latestFeed, signedIn } from './implementer.ts';

const LIST_PACE_MS = 250;
const TIMELINE_PACE_MS = 500;

const os = signedIn.missions;

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
  abort: os.abort.handler(({ context: { services, person }, input }) =>
    services.missions.abort(input.missionId, input.reason, person),
  ),
  hold: os.hold.handler(({ context: { services, person }, input }) =>
    services.missions.hold(input.missionId, person),
  ),
  resume: os.resume.handler(({ context: { services, person }, input }) =>
    services.missions.resume(input.missionId, person),
  ),
  landHere: os.landHere.handler(({ context: { services, person }, input }) =>
    services.missions.landHere(input.missionId, input.reason, person),
  ),
  releaseAgain: os.releaseAgain.handler(({ context: { services, person }, input }) =>
    services.missions.releaseAgain(input.missionId, person),
  ),
  confirmDelivery: os.confirmDelivery.handler(({ context: { services, person }, input }) =>
    services.missions.confirmDelivery(input.missionId, input.note, person),
  ),
  returnNow: os.returnNow.handler(({ context: { services, person }, input }) =>
    services.missions.returnNow(input.missionId, person),
  ),
  stayOnScene: os.stayOnScene.handler(({ context: { services, person }, input }) =>
    services.missions.stayOnScene(input.missionId, person),
  ),
  recordOutcome: os.recordOutcome.handler(
    ({ context: { services, person }, input: { missionId, ...outcome } }) =>
      services.missions.recordOutcome(missionId, outcome, person),
  ),
};
