import { Refusal } from '../../../preload/contract/errors.ts';
import { fleetEntry, fleetMotion, sortedEntries } from '../fleet/fleet-view.ts';
import { allow, latestFeed, signedIn } from './implementer.ts';

const LIST_PACE_MS = 500;
const MOTION_PACE_MS = 100;
const DETAIL_PACE_MS = 200;

const os = signedIn.fleet;

export const fleetCalls = {
  watch: os.watch.handler(({ context, signal }) =>
    latestFeed(context, signal, LIST_PACE_MS, {
      current: () => ({ entries: sortedEntries(context.services.fleet.members()) }),
      subscribe: context.services.fleet.subscribe,
    }),
  ),
  motion: os.motion.handler(({ context, signal }) =>
    latestFeed(context, signal, MOTION_PACE_MS, {
      current: () => fleetMotion(context.services.fleet.members(), context.services.clock.nowMs()),
      subscribe: context.services.fleet.subscribe,
    }),
  ),
  detail: os.detail.handler(({ context, input, signal }) =>
    latestFeed(context, signal, DETAIL_PACE_MS, {
      current() {
        const member = context.services.fleet.members().find((candidate) => candidate.key === input.key);
        if (member === undefined) throw new Refusal('NOT_FOUND', `There is no vehicle ${input.key}.`);
        return { entry: fleetEntry(member), record: member.record, vehicle: member.vehicle };
      },
      subscribe: context.services.fleet.subscribe,
    }),
  ),
  baseStations: os.baseStations.handler(({ context }) => [...context.services.roster.baseStations()]),
  register: os.register.handler(async ({ context: { services, person }, input }) => {
    allow(person.mayRegisterDrones, 'Only supervisors and administrators register drones.');
    const record = await services.roster.register({ ...input, model: input.model });
    await services.audit(person, 'DRONE_REGISTERED', input.droneId, { systemId: input.systemId });
    return record;
  }),
  setStatus: os.setStatus.handler(
    async ({ context: { services, person }, input: { droneId, status, reason } }) => {
      const record = await services.roster.setStatus(droneId, status);
      await services.audit(person, 'DRONE_STATUS_SET', droneId, { status, reason });
      return record;
    },
  ),
};
