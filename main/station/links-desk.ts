import { join } from 'node:path';
import { z } from 'zod';
import { acceptUnsigned, type LinkOptions, type LinksOverview } from '../../preload/contract/links.ts';
import { createForwarding } from './link/forwarding.ts';
import { DEFAULT_LINK_OPTIONS, type LinkSet, openLinks, type PathSwitch } from './link/link-set.ts';
import { parseLinkAddress } from './link/parse-link-address.ts';
import { listSerialPorts } from './link/serial-ports.ts';
import type { SigningDesk } from './link/signing-desk.ts';
import { createTlogRecorder } from './link/tlog-recorder.ts';
import type { Alerts } from './ports/alerts.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { Store } from './store/store.ts';

/** The links with what people set for them. */
export interface LinksDesk {
  readonly links: LinkSet;
  /** Of the recordings. */
  readonly folder: string;
  overview(): Promise<Omit<LinksOverview, 'replay' | 'replayBlocked'>>;
  add(address: string, options: LinkOptions): Promise<void>;
  edit(linkId: string, address: string, options: LinkOptions): Promise<void>;
  remove(linkId: string): Promise<void>;
  reconnect(linkId: string): void;
  addForwarding(address: string, twoWay: boolean): Promise<void>;
  removeForwarding(address: string): Promise<void>;
  setTlogBudget(budgetBytes: number): Promise<void>;
  setUpSigning(systemId: number): Promise<void>;
  endSigning(systemId: number): Promise<void>;
  close(): Promise<void>;
}

const SETTING = 'links';
/** Old enough to have been read. */
const TOLD_FOR_MS = 60_000;
const DEFAULT_BUDGET_BYTES = 4e9;

const linkSettings = z.object({
  links: z.array(z.object({ address: z.string(), wired: z.boolean(), acceptUnsigned })),
  forwarding: z.array(z.object({ address: z.string(), twoWay: z.boolean() })),
  tlogBudgetBytes: z.number(),
});

export async function createLinksDesk(parts: {
  /** As the command line gives them: they are there whatever is set here. */
  addresses: readonly string[];
  /** Where neither the command line nor anybody else named a link. */
  defaultAddress: string;
  dataDirectory: string;
  store: Store;
  signing: SigningDesk;
  nameOf: (systemId: number) => string;
  clock: Clock;
  alerts: Alerts;
  log: Log;
}): Promise<LinksDesk> {
  const { store, signing, nameOf, clock, alerts, log } = parts;
  const saved = await readSettings(store, log, parts.addresses.length > 0 ? [] : [parts.defaultAddress]);
  const links = openLinks({ addresses: parts.addresses, clock, log, signing: signing.signing });
  signing.attach(links);
  const tlog = createTlogRecorder({
    folder: join(parts.dataDirectory, 'tlogs'),
    budgetBytes: saved.tlogBudgetBytes,
    clock,
    alerts,
    log,
  });
  const tell = (cause: string, subject: string, sentence: string): void => {
    alerts.raise({ cause, level: 'ADVISORY', subject, sentence });
    tellings.get(cause)?.();
    tellings.set(
      cause,
      clock.after(TOLD_FOR_MS, () => alerts.clear(cause)),
    );
  };
  const tellings = new Map<string, () => void>();
  const forwarding = createForwarding({
    send: (systemId, frame) => links.send(systemId, frame),
    onCommand: ({ from, systemId, messageName }) =>
      tell(
        `forwarded-command:${systemId}`,
        nameOf(systemId),
        `The other ground station at ${from.replace('udpout:', '')} commands this drone (${messageName}).`,
      ),
    clock,
    log,
  });
  links.tap(tlog);
  links.tap(forwarding);
  links.onSwitch((change) =>
    tell(`link-switched:${change.systemId}`, nameOf(change.systemId), switchSentence(change)),
  );
  let budgetBytes = saved.tlogBudgetBytes;
  restore(saved, links, forwarding, log);

  async function save(): Promise<void> {
    await store.write.saveSetting({
      name: SETTING,
      value: {
        links: links
          .status()
          .map(({ address, wired, acceptUnsigned: policy }) => ({ address, wired, acceptUnsigned: policy })),
        forwarding: forwarding.status().map(({ address, twoWay }) => ({ address, twoWay })),
        tlogBudgetBytes: budgetBytes,
      },
      nowMs: clock.nowMs(),
    });
  }

  return {
    links,
    folder: tlog.folder,
    async overview() {
      return {
        links: links.status(),
        forwarding: forwarding.status(),
        signing: signing.states(),
        tlog: { folder: tlog.folder, budgetBytes, ...tlog.status() },
        serialPorts: await listSerialPorts(),
      };
    },
    async add(address, options) {
      links.add(address, options);
      await save();
    },
    async edit(linkId, address, options) {
      if (parseLinkAddress(address).text === linkId) links.change(linkId, options);
      else {
        const added = links.add(address, options);
        await links.remove(linkId).catch(async (error: unknown) => {
          await links.remove(added);
          throw error;
        });
      }
      await save();
    },
    async remove(linkId) {
      await links.remove(linkId);
      await save();
    },
    reconnect: (linkId) => links.reconnect(linkId),
    async addForwarding(address, twoWay) {
      forwarding.add(address, twoWay);
      await save();
    },
    async removeForwarding(address) {
      await forwarding.remove(address);
      await save();
    },
    async setTlogBudget(bytes) {
      budgetBytes = bytes;
      tlog.setBudget(bytes);
      await save();
    },
    setUpSigning: (systemId) => signing.setUp(systemId),
    endSigning: (systemId) => signing.end(systemId),
    async close() {
      for (const cancel of tellings.values()) cancel();
      await links.close();
      await Promise.all([forwarding.close(), tlog.close(), signing.close()]);
    },
  };
}

async function readSettings(
  store: Store,
  log: Log,
  otherwise: readonly string[],
): Promise<z.infer<typeof linkSettings>> {
  const found = await store.read.setting({ name: SETTING });
  const read = linkSettings.safeParse(found);
  if (read.success) return read.data;
  if (found !== null) log.warn('link.settings-unreadable');
  return {
    links: otherwise.map((address) => ({ address, ...DEFAULT_LINK_OPTIONS })),
    forwarding: [],
    tlogBudgetBytes: DEFAULT_BUDGET_BYTES,
  };
}

/** What cannot be opened any more is left out, not the station. */
function restore(
  saved: z.infer<typeof linkSettings>,
  links: LinkSet,
  forwarding: ReturnType<typeof createForwarding>,
  log: Log,
): void {
  const attempt = (what: () => void): void => {
    try {
      what();
    } catch (error) {
      log.warn('link.setting-left-out', { error: error instanceof Error ? error.message : 'unknown' });
    }
  };
  const there = new Set(links.status().map(({ linkId }) => linkId));
  for (const { address, ...options } of saved.links)
    attempt(() => {
      if (there.has(address)) links.change(address, { ...DEFAULT_LINK_OPTIONS, ...options });
      else links.add(address, options);
    });
  for (const { address, twoWay } of saved.forwarding) attempt(() => void forwarding.add(address, twoWay));
}

function switchSentence({ fromLinkId, toLinkId, silent }: PathSwitch): string {
  return silent
    ? `Nothing comes over ${fromLinkId} any more. The drone is now reached over ${toLinkId}.`
    : `${fromLinkId} loses packets. The drone is now reached over ${toLinkId}.`;
}
