import { allow, latestFeed, signedIn } from './implementer.ts';

const QUEUE_PACE_MS = 250;

export const emergencyCalls = {
  create: signedIn.emergencies.create.handler(({ context: { services, person }, input }) =>
    services.desk.create(input, person),
  ),
  update: signedIn.emergencies.update.handler(({ context: { services, person }, input }) =>
    services.desk.update(input, person),
  ),
  get: signedIn.emergencies.get.handler(({ context: { services, person }, input }) =>
    services.desk.get(input.emergencyId, person),
  ),
  close: signedIn.emergencies.close.handler(({ context: { services, person }, input }) =>
    services.desk.close({ ...input, byDispatcherId: person.dispatcherId }),
  ),
  watchOpen: signedIn.emergencies.watchOpen.handler(({ context, signal }) =>
    latestFeed(context, signal, QUEUE_PACE_MS, {
      current: async () => ({ emergencies: await context.services.desk.open(context.person) }),
      subscribe: context.services.desk.subscribe,
    }),
  ),
};

export const dispatchCalls = {
  assess: signedIn.dispatch.assess.handler(({ context: { services, person }, input }) =>
    services.dispatch.assess({
      emergencyId: input.emergencyId,
      weather: input.weather,
      dispatcherId: person.dispatcherId,
    }),
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
