import { signedIn } from './implementer.ts';

const os = signedIn.review;

export const reviewCalls = {
  missions: os.missions.handler(({ context: { services, person }, input }) =>
    services.review(person).missions(input),
  ),
  mission: os.mission.handler(({ context: { services, person }, input }) =>
    services.review(person).mission(input.missionId),
  ),
  track: os.track.handler(({ context: { services, person }, input }) =>
    services.review(person).track(input.missionId, input.maximumPoints),
  ),
  figures: os.figures.handler(({ context: { services, person }, input }) =>
    services.review(person).figures(input),
  ),
  conflicts: os.conflicts.handler(({ context: { services, person } }) => services.review(person).conflicts()),
  nearestDrone: os.nearestDrone.handler(({ context: { services, person }, input }) =>
    services.review(person).nearestDrone(input.place),
  ),
};
