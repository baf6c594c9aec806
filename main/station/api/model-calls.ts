import { latestFeed, noteAfter, permitted, signedIn } from './implementer.ts';

const PACE_MS = 1_000;
const READING_PACE_MS = 250;
const os = signedIn.models;
const maintain = permitted('maintain_drones').models;

export const modelCalls = {
  watch: os.watch.handler(({ context, signal }) =>
    latestFeed(context, signal, 0, {
      current: async () => {
        const { anomalies } = context.services.inference;
        return { detector: anomalies.detector(), readings: anomalies.readings() };
      },
      subscribe: (changed) => context.services.clock.every(PACE_MS, changed),
    }),
  ),
  verifications: os.verifications.handler(({ context }) => context.services.inference.desk.verifications()),
  files: maintain.files.handler(({ context }) => context.services.inference.desk.files()),
  verify: maintain.verify.handler(async ({ context: { services, person }, input }) => {
    const verification = await services.inference.desk.verify(input);
    const { modelType, version, sha256, fault } = verification;
    await services.audit(person, 'MODEL_VERIFIED', `${modelType} ${version}`, { sha256, fault });
    return verification;
  }),
  reading: os.reading.handler(({ context, signal }) =>
    latestFeed(context, signal, READING_PACE_MS, {
      current: () => ({ reading: context.services.droneModels.reading() }),
      subscribe: (changed) => context.services.droneModels.subscribe(changed),
    }),
  ),
  droneFiles: maintain.droneFiles.handler(async ({ context: { services }, input }) => {
    const { componentId, files } = await services.droneModels.files(input.droneId, input.folder, input.place);
    return { componentId, files: [...files] };
  }),
  readFromDrone: maintain.readFromDrone.handler(async ({ context, context: { services, person }, input }) => {
    await services.droneModels.read(input, ({ modelType, version, sha256, fault }) =>
      noteAfter(context, person, 'MODEL_VERIFIED', `${modelType} ${version}`, {
        ...{ sha256, fault, droneId: input.droneId, componentId: input.componentId },
      }),
    );
    return {};
  }),
  cancelReading: maintain.cancelReading.handler(({ context }) => {
    context.services.droneModels.cancel();
    return {};
  }),
  recordDeployment: maintain.recordDeployment.handler(async ({ context: { services, person }, input }) => {
    await services.inference.desk.recordDeployment({ ...input, dispatcherId: person.dispatcherId });
    await services.audit(person, 'MODEL_DEPLOYED', input.droneId, { modelVersionId: input.modelVersionId });
    return {};
  }),
};
