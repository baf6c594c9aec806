import { latestFeed, permitted } from './implementer.ts';

const STATUS_PACE_MS = 1_000;
const os = permitted('manage_sync').sync;

export const syncCalls = {
  watch: os.watch.handler(({ context, signal }) =>
    latestFeed(context, signal, STATUS_PACE_MS, {
      current: async () => context.services.sync.status(),
      subscribe: (changed) => context.services.sync.subscribe(changed),
    }),
  ),
  conflicts: os.conflicts.handler(({ context: { services, person } }) => services.sync.conflicts(person)),
  refused: os.refused.handler(({ context: { services } }) => services.sync.refused()),
  decide: os.decide.handler(async ({ context: { services, person }, input }) => {
    await services.sync.decide(input.conflictId, input.decision, person);
    await services.audit(person, 'SYNC_CONFLICT_DECIDED', input.conflictId, { decision: input.decision });
    return {};
  }),
  retry: os.retry.handler(async ({ context: { services, person }, input }) => {
    await services.sync.retry(input.refusedId, person);
    await services.audit(person, 'SYNC_REFUSAL_RETRIED', input.refusedId);
    return {};
  }),
  dismiss: os.dismiss.handler(async ({ context: { services, person }, input }) => {
    await services.sync.dismiss(input.refusedId, person);
    await services.audit(person, 'SYNC_REFUSAL_DISMISSED', input.refusedId);
    return {};
  }),
  pause: os.pause.handler(async ({ context: { services, person } }) => {
    await services.sync.pause();
    await services.audit(person, 'SYNC_PAUSED', null);
    return {};
  }),
  resume: os.resume.handler(async ({ context: { services, person } }) => {
    await services.sync.resume();
    await services.audit(person, 'SYNC_RESUMED', null);
    return {};
  }),
  syncNow: os.syncNow.handler(async ({ context: { services, person } }) => {
    services.sync.syncNow();
    await services.audit(person, 'SYNC_ASKED_FOR', null);
    return {};
  }),
  configure: os.configure.handler(async ({ context: { services, person }, input }) => {
    const { serverAddress, redisAddress } = await services.sync.configure(input);
    const { stationId } = input;
    await services.audit(person, 'SYNC_CONFIGURED', stationId, { serverAddress, redisAddress });
    return {};
  }),
  configuration: os.configuration.handler(async ({ context: { services } }) => services.sync.configuration()),
};
