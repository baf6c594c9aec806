import { Refusal } from '../../../preload/contract/errors.ts';
import type { Person } from '../../../preload/contract/session.ts';
import type { GuidedOrder } from '../guided-desk.ts';
import { type CallContext, latestFeed, noteAfter, permitted, signedIn } from './implementer.ts';

const PACE_MS = 250;
const TRAFFIC_PACE_MS = 1_000;

const os = signedIn.vehicleTools;
const maintaining = permitted('maintain_drones').vehicleTools;
const flying = permitted('fly_missions').vehicleTools;

/** A guided action is put on record however it ended: also one without an answer may have had its effect. */
async function fly(
  context: CallContext & { person: Person },
  systemId: number,
  order: GuidedOrder,
): Promise<Record<string, never>> {
  const note = (outcome: string): void =>
    noteAfter(context, context.person, `GUIDED_${order.action}`, `system ${systemId}`, { outcome });
  try {
    await context.services.vehicleTools.fly(systemId, order);
  } catch (error) {
    if (error instanceof Refusal) note(error.code);
    throw error;
  }
  note('ACCEPTED');
  return {};
}

const looking = {
  watch: os.watch.handler(({ context, input, signal }) =>
    latestFeed(context, signal, 0, {
      current: () => context.services.vehicleTools.status(input.systemId),
      subscribe: (changed) => context.services.clock.every(PACE_MS, changed),
    }),
  ),
  inspect: os.inspect.handler(({ context, input, signal }) => {
    const tools = context.services.vehicleTools.tools(input.systemId);
    return latestFeed(context, signal, 0, {
      current: () => ({
        messages: tools.messages().map((message) => ({ ...message, fields: [...message.fields] })),
      }),
      subscribe(changed) {
        const stops = [tools.watchMessages(), context.services.clock.every(PACE_MS, changed)];
        return () => {
          for (const stop of stops) stop();
        };
      },
    });
  }),
  traffic: os.traffic.handler(({ context, signal }) =>
    latestFeed(context, signal, 0, {
      current: () => ({ aircraft: context.services.vehicleTools.traffic() }),
      subscribe: (changed) => context.services.clock.every(TRAFFIC_PACE_MS, changed),
    }),
  ),
  discoverComponents: os.discoverComponents.handler(async ({ context: { services }, input }) => {
    await services.vehicleTools.tools(input.systemId).discoverComponents();
    return {};
  }),
  readParameters: os.readParameters.handler(async ({ context: { services }, input }) => {
    await services.vehicleTools.readParameters(input.systemId);
    return {};
  }),
  parameters: os.parameters.handler(({ context: { services }, input }) => {
    const { parameters, readAtMs } = services.vehicleTools.parameters.held(input.systemId);
    return { parameters: [...parameters], readAtMs };
  }),
  parameterDescriptions: os.parameterDescriptions.handler(({ context: { services }, input }) => ({
    descriptions: services.vehicleTools.parameters
      .descriptions(input.systemId)
      .map((description) => ({ ...description, values: [...description.values] })),
  })),
  parameterFile: os.parameterFile.handler(({ context: { services }, input }) =>
    services.vehicleTools.parameters.file(input.systemId, input.format),
  ),
  compareParameterFile: os.compareParameterFile.handler(({ context: { services }, input }) => {
    const diff = services.vehicleTools.parameters.compareFile(input.systemId, input.text);
    return { ...diff, differences: [...diff.differences], notOnVehicle: [...diff.notOnVehicle] };
  }),
  behaviours: os.behaviours.handler(({ context: { services }, input }) => ({
    behaviours: services.vehicleTools
      .tools(input.systemId)
      .behaviours()
      .map((said) => ({ ...said, parameters: [...said.parameters] })),
  })),
  plan: os.plan.handler(async ({ context: { services }, input }) => {
    const items = await services.vehicleTools.plans.read(input.systemId, input.kind);
    return {
      items: items.map(({ command, frame, param1, param2, param3, param4, x, y, z }, sequence) => ({
        ...{ sequence, command, frame, altitudeM: z, latitudeDeg: x / 1e7, longitudeDeg: y / 1e7 },
        parameters: [param1, param2, param3, param4].map((value) => (Number.isNaN(value) ? null : value)),
      })),
    };
  }),
};

const maintenance = {
  setParameter: maintaining.setParameter.handler(
    async ({ context, context: { services, person }, input: { systemId, ...wish } }) => {
      const set = await services.vehicleTools.parameters.set(systemId, wish);
      const detail = wish.againstAdvice ? { ...set, againstAdvice: true } : set;
      noteAfter(context, person, 'PARAMETER_SET', `system ${systemId}`, detail);
      return set;
    },
  ),
  logs: maintaining.logs.handler(({ context: { services }, input }) =>
    services.vehicleTools.logs(input.systemId),
  ),
  downloadLog: maintaining.downloadLog.handler(
    async ({ context: { services, person }, input: { systemId, logId } }) => {
      await services.vehicleTools.downloadLog(systemId, logId);
      await services.audit(person, 'LOG_DOWNLOADED', `system ${systemId}`, { logId });
      return {};
    },
  ),
  keptFiles: maintaining.keptFiles.handler(async ({ context: { services } }) => ({
    files: await services.vehicleTools.kept.list(),
  })),
  keptFilePiece: maintaining.keptFilePiece.handler(({ context: { services }, input: { offset, ...name } }) =>
    services.vehicleTools.kept.piece(name, offset),
  ),
  removeKeptFile: maintaining.removeKeptFile.handler(
    async ({ context, context: { services, person }, input }) => {
      await services.vehicleTools.kept.remove(input);
      noteAfter(context, person, 'KEPT_FILE_REMOVED', input.vehicle, { kind: input.kind, name: input.name });
      return {};
    },
  ),
  logContents: maintaining.logContents.handler(async ({ context: { services }, input }) => {
    const contents = await services.vehicleTools.logContents(input);
    return { ...contents, types: contents.types.map((type) => ({ ...type, fields: [...type.fields] })) };
  }),
  logSeries: maintaining.logSeries.handler(
    async ({ context: { services }, input: { type, field, ...name } }) => {
      const series = await services.vehicleTools.logSeries(name, type, field);
      return { ...series, seconds: [...series.seconds], values: [...series.values] };
    },
  ),
  cancelTransfer: maintaining.cancelTransfer.handler(({ context: { services }, input }) => {
    services.vehicleTools.cancelTransfer(input.systemId);
    return {};
  }),
  files: maintaining.files.handler(async ({ context: { services }, input: { systemId, folder } }) => {
    const outcome = await services.vehicleTools.tools(systemId).listFiles(folder, {});
    if (outcome.state === 'FAILED') throw new Refusal('COMMAND_REFUSED', outcome.sentence);
    return { files: [...outcome.files] };
  }),
  downloadFile: maintaining.downloadFile.handler(
    async ({ context: { services, person }, input: { systemId, path, sizeBytes } }) => {
      await services.vehicleTools.downloadFile(systemId, path, sizeBytes);
      await services.audit(person, 'FILE_DOWNLOADED', `system ${systemId}`, { path, sizeBytes });
      return {};
    },
  ),
  uploadFile: maintaining.uploadFile.handler(
    async ({ context, context: { services, person }, input: { systemId, path, base64 } }) => {
      const bytes = Buffer.from(base64, 'base64');
      await services.vehicleTools.uploadFile(systemId, path, bytes);
      noteAfter(context, person, 'FILE_UPLOADED', `system ${systemId}`, { path, sizeBytes: bytes.length });
      return {};
    },
  ),
  removeFile: maintaining.removeFile.handler(
    async ({ context, context: { services, person }, input: { systemId, path } }) => {
      const outcome = await services.vehicleTools.tools(systemId).removeFile(path);
      if (outcome.state === 'FAILED') throw new Refusal('COMMAND_REFUSED', outcome.sentence);
      noteAfter(context, person, 'FILE_REMOVED', `system ${systemId}`, { path });
      return {};
    },
  ),
  removeFolder: maintaining.removeFolder.handler(
    async ({ context, context: { services, person }, input: { systemId, path } }) => {
      const outcome = await services.vehicleTools.tools(systemId).removeFolder(path);
      if (outcome.state === 'FAILED') throw new Refusal('COMMAND_REFUSED', outcome.sentence);
      noteAfter(context, person, 'FILE_REMOVED', `system ${systemId}`, { path });
      return {};
    },
  ),
  makeFolder: maintaining.makeFolder.handler(
    async ({ context, context: { services, person }, input: { systemId, path } }) => {
      const outcome = await services.vehicleTools.tools(systemId).makeFolder(path);
      if (outcome.state === 'FAILED') throw new Refusal('COMMAND_REFUSED', outcome.sentence);
      noteAfter(context, person, 'FOLDER_MADE', `system ${systemId}`, { path });
      return {};
    },
  ),
};

const guided = {
  clearPlan: flying.clearPlan.handler(
    async ({ context, context: { services, person }, input: { systemId, kind } }) => {
      await services.vehicleTools.plans.clear(systemId, kind);
      noteAfter(context, person, 'PLAN_CLEARED', `system ${systemId}`, { kind });
      return {};
    },
  ),
  uploadRallyPoints: flying.uploadRallyPoints.handler(
    async ({ context, context: { services, person }, input: { systemId, points } }) => {
      await services.vehicleTools.plans.uploadRallyPoints(systemId, points);
      noteAfter(context, person, 'RALLY_POINTS_UPLOADED', `system ${systemId}`, { points: points.length });
      return {};
    },
  ),
  uploadFence: flying.uploadFence.handler(
    async ({ context, context: { services, person }, input: { systemId } }) => {
      const zones = await services.vehicleTools.plans.uploadFence(systemId);
      noteAfter(context, person, 'FENCE_UPLOADED', `system ${systemId}`, { zones });
      return { zones };
    },
  ),
  goTo: flying.goTo.handler(({ context, input: { systemId, ...place } }) =>
    fly(context, systemId, { action: 'GO_TO', ...place }),
  ),
  changeAltitude: flying.changeAltitude.handler(({ context, input: { systemId, ...height } }) =>
    fly(context, systemId, { action: 'CHANGE_ALTITUDE', ...height }),
  ),
  hold: flying.hold.handler(({ context, input }) => fly(context, input.systemId, { action: 'HOLD' })),
  returnHome: flying.returnHome.handler(({ context, input }) =>
    fly(context, input.systemId, { action: 'RETURN_HOME' }),
  ),
  landHere: flying.landHere.handler(({ context, input }) =>
    fly(context, input.systemId, { action: 'LAND_HERE' }),
  ),
};

export const vehicleToolsCalls = { ...looking, ...maintenance, ...guided };
