import { allow, latestFeed, signedIn } from './implementer.ts';

const QUEUE_PACE_MS = 250;

export const emergencyCalls = {
  create: signedIn.emergencies.create.handler(({ context, input }) => context.services.desk.create(input)),
  update: signedIn.emergencies.update.handler(({ context, input }) => context.services.desk.update(input)),
  get: signedIn.emergencies.get.handler(({ context, input }) => context.services.desk.get(input.emergencyId)),
  close: signedIn.emergencies.close.handler(({ context: { services, person }, input }) =>
    services.desk.close({ ...input, byDispatcherId: person.dispatcherId }),
  ),
  watchOpen: signedIn.emergencies.watchOpen.handler(({ context, signal }) =>
    latestFeed(context, signal, QUEUE_PACE_MS, {
      current: async () => ({ emergencies: await context.services.desk.open() }),
      subscribe: context.services.desk.subscribe,
    }),
  ),
};

export const dispatchCalls = {
  assess: signedIn.dispatch.assess.handler(({ context, input }) =>
    context.services.dispatch.assess({ emergencyId: input.emergencyId, weather: input.weather }),
  ),
  launch: signedIn.dispatch.launch.handler(({ context: { services, person }, input }) => {
    if (input.override !== undefined)
      allow(person.mayOverride, 'Only supervisors and administrators override a no-go.');
    return services.dispatch.launch({
      decisionId: input.decisionId,
      droneId: input.droneId,
      overrideReason: input.override?.reason ?? null,
      person,
    });
  }),
};
