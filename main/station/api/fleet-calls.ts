import { Refusal } from '../../../preload/contract/errors.ts';
import { fleetEntry, fleetMotion, sortedEntries } from '../fleet/fleet-view.ts';
import { allow, latestFeed, signedIn } from './implementer.ts';

const LIST_PACE_MS = 500;
const MOTION_PACE_MS = 100;
const DETAIL_PACE_MS = 200;

const os = signedIn.fleet;

export const fleetCalls = {
  watch: os.watch.handler(({ context, context: { services, person }, signal }) =>
    latestFeed(context, signal, LIST_PACE_MS, {
      current: async () => ({ entries: sortedEntries(await services.fleet.members(person)) }),
      subscribe: services.fleet.subscribe,
    }),
  ),
  motion: os.motion.handler(({ context, context: { services, person }, signal }) =>
    latestFeed(context, signal, MOTION_PACE_MS, {
      current: async () => fleetMotion(await services.fleet.members(person), services.clock.nowMs()),
      subscribe: services.fleet.subscribe,
    }),
  ),
  detail: os.detail.handler(({ context, context: { services, person }, input, signal }) =>
    latestFeed(context, signal, DETAIL_PACE_MS, {
      async current() {
        const members = await services.fleet.members(person);
        const member = members.find((candidate) => candidate.key === input.key);
        if (member === undefined) throw new Refusal('NOT_FOUND', `There is no vehicle ${input.key}.`);
        const { record, vehicle } = member;
        const anomaly = vehicle === null ? null : services.inference.anomalies.reading(vehicle.systemId);
        const modelMatch = vehicle?.inference == null ? null : services.modelMatch(vehicle.systemId);
        return { entry: fleetEntry(member), record, vehicle, anomaly, modelMatch };
      },
      subscribe: services.fleet.subscribe,
    }),
  ),
  baseStations: os.baseStations.handler(({ context }) => [...context.services.roster.baseStations()]),
  register: os.register.handler(async ({ context: { services, person }, input }) => {
    allow(person, 'register_drones');
    const record = await services.roster.register({ ...input, model: input.model }, person.dispatcherId);
    await services.audit(person, 'DRONE_REGISTERED', input.droneId, { systemId: input.systemId });
    return record;
  }),
  setStatus: os.setStatus.handler(
    async ({ context: { services, person }, input: { droneId, status, reason } }) => {
      // Taking a drone out of service is the safe direction: whoever sees the damage may do it.
      if (status === 'READY' || status === 'CHARGING') allow(person, 'maintain_drones');
      const record = await services.roster.setStatus(droneId, status, person.dispatcherId);
      await services.audit(person, 'DRONE_STATUS_SET', droneId, { status, reason });
      return record;
    },
  ),
};
