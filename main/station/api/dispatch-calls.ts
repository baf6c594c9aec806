import { allow, latestFeed, noteAfter, permitted, signedIn } from './implementer.ts';

const QUEUE_PACE_MS = 250;

const takingCalls = permitted('take_calls').emergencies;

export const emergencyCalls = {
  create: takingCalls.create.handler(async ({ context, input }) => {
    const emergency = await context.services.desk.create(input, context.person);
    noteAfter(context, context.person, 'CALL_TAKEN', emergency.emergencyId);
    return emergency;
  }),
  update: takingCalls.update.handler(async ({ context, input }) => {
    const emergency = await context.services.desk.update(input, context.person);
    noteAfter(context, context.person, 'EMERGENCY_CHANGED', input.emergencyId);
    return emergency;
  }),
  get: signedIn.emergencies.get.handler(({ context: { services, person }, input }) =>
    services.desk.get(input.emergencyId, person),
  ),
  close: takingCalls.close.handler(async ({ context, input }) => {
    const { services, person } = context;
    const emergency = await services.desk.close({ ...input, byDispatcherId: person.dispatcherId });
    noteAfter(context, person, 'EMERGENCY_CLOSED', input.emergencyId, { reason: input.reason });
    return emergency;
  }),
  watchOpen: signedIn.emergencies.watchOpen.handler(({ context, signal }) =>
    latestFeed(context, signal, QUEUE_PACE_MS, {
      current: async () => ({ emergencies: await context.services.desk.open(context.person) }),
      subscribe: context.services.desk.subscribe,
    }),
  ),
};

export const dispatchCalls = {
  assess: permitted('take_calls', 'launch').dispatch.assess.handler(
    ({ context: { services, person }, input }) =>
      services.dispatch.assess({
        emergencyId: input.emergencyId,
        weather: input.weather,
        dispatcherId: person.dispatcherId,
      }),
  ),
  launch: permitted('launch').dispatch.launch.handler(async ({ context, input }) => {
    const { services, person } = context;
    if (input.override !== undefined) allow(person, 'override_go_no_go');
    const mission = await services.dispatch.launch({
      decisionId: input.decisionId,
      droneId: input.droneId,
      overrideReason: input.override?.reason ?? null,
      person,
    });
    const { missionId, droneId } = mission;
    noteAfter(context, person, 'MISSION_LAUNCHED', missionId, { droneId });
    if (input.override !== undefined)
      noteAfter(context, person, 'GO_NO_GO_OVERRIDDEN', missionId, {
        droneId,
        reason: input.override.reason,
      });
    return mission;
  }),
};
