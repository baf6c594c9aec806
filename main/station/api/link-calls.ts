import { latestFeed, permitted, signedIn } from './implementer.ts';

const OVERVIEW_PACE_MS = 1_000;
const os = signedIn.links;
const managed = permitted('manage_links').links;

export const linkCalls = {
  watch: os.watch.handler(({ context, signal }) =>
    latestFeed(context, signal, 0, {
      current: () => context.services.links.overview(),
      subscribe: (changed) => context.services.clock.every(OVERVIEW_PACE_MS, changed),
    }),
  ),
  add: managed.add.handler(async ({ context: { services, person }, input: { address, ...options } }) => {
    await services.links.desk.add(address, options);
    await services.audit(person, 'LINK_ADDED', address, options);
    return {};
  }),
  edit: managed.edit.handler(
    async ({ context: { services, person }, input: { linkId, address, ...options } }) => {
      await services.links.desk.edit(linkId, address, options);
      await services.audit(person, 'LINK_CHANGED', linkId, { address, ...options });
      return {};
    },
  ),
  remove: managed.remove.handler(async ({ context: { services, person }, input: { linkId } }) => {
    await services.links.desk.remove(linkId);
    await services.audit(person, 'LINK_REMOVED', linkId);
    return {};
  }),
  reconnect: managed.reconnect.handler(async ({ context: { services, person }, input: { linkId } }) => {
    services.links.desk.reconnect(linkId);
    await services.audit(person, 'LINK_RECONNECTED', linkId);
    return {};
  }),
  addForwarding: managed.addForwarding.handler(
    async ({ context: { services, person }, input: { address, twoWay } }) => {
      await services.links.desk.addForwarding(address, twoWay);
      await services.audit(person, 'FORWARDING_ADDED', address, { twoWay });
      return {};
    },
  ),
  removeForwarding: managed.removeForwarding.handler(
    async ({ context: { services, person }, input: { address } }) => {
      await services.links.desk.removeForwarding(address);
      await services.audit(person, 'FORWARDING_REMOVED', address);
      return {};
    },
  ),
  setTlogBudget: managed.setTlogBudget.handler(
    async ({ context: { services, person }, input: { budgetBytes } }) => {
      await services.links.desk.setTlogBudget(budgetBytes);
      await services.audit(person, 'TLOG_BUDGET_SET', null, { budgetBytes });
      return {};
    },
  ),
  setUpSigning: managed.setUpSigning.handler(
    async ({ context: { services, person }, input: { systemId } }) => {
      await services.links.desk.setUpSigning(systemId);
      await services.audit(person, 'SIGNING_KEY_SENT', String(systemId));
      return {};
    },
  ),
  endSigning: managed.endSigning.handler(async ({ context: { services, person }, input: { systemId } }) => {
    await services.links.desk.endSigning(systemId);
    await services.audit(person, 'SIGNING_ENDED', String(systemId));
    return {};
  }),
  openReplay: managed.openReplay.handler(async ({ context: { services, person }, input: { file } }) => {
    await services.links.openReplay(file);
    await services.audit(person, 'REPLAY_OPENED', file.slice(-200));
    return {};
  }),
  steerReplay: managed.steerReplay.handler(async ({ context: { services }, input }) => {
    await services.links.steerReplay({
      ...(input.playing === undefined ? {} : { playing: input.playing }),
      ...(input.speed === undefined ? {} : { speed: input.speed }),
      ...(input.positionMs === undefined ? {} : { positionMs: input.positionMs }),
    });
    return {};
  }),
  /** Whoever needs the present may have it. */
  closeReplay: os.closeReplay.handler(async ({ context: { services, person } }) => {
    await services.links.closeReplay();
    await services.audit(person, 'REPLAY_CLOSED', null);
    return {};
  }),
};
