import { join } from 'node:path';
import { z } from 'zod';
import { acceptUnsigned, type LinkOptions, type LinksOverview } from '../../preload/contract/links.ts';
import { createForwarding, type ForwardedCommand, type Forwarding } from './link/forwarding.ts';
import { DEFAULT_LINK_OPTIONS, type LinkSet, openLinks, type PathSwitch } from './link/link-set.ts';
import { parseLinkAddress } from './link/parse-link-address.ts';
import { watchSerialPorts } from './link/serial-ports.ts';
import type { SigningDesk } from './link/signing-desk.ts';
import { createTlogRecorder, type TlogRecorder } from './link/tlog-recorder.ts';
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
type LinkSettings = z.infer<typeof linkSettings>;

interface DeskParts {
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
}

export async function createLinksDesk(parts: DeskParts): Promise<LinksDesk> {
  const { addresses, defaultAddress, store, log } = parts;
  const saved = await readSettings(store, log, addresses.length > 0 ? [] : [defaultAddress]);
  return new Desk(parts, saved);
}

class Desk implements LinksDesk {
  readonly links: LinkSet;
  readonly folder: string;
  readonly #parts: DeskParts;
  readonly #tlog: TlogRecorder;
  readonly #forwarding: Forwarding;
  readonly #serialPorts: ReturnType<typeof watchSerialPorts>;
  readonly #tellings = new Map<string, () => void>();
  #budgetBytes: number;

  constructor(parts: DeskParts, saved: LinkSettings) {
    const { signing, clock, alerts, log, nameOf } = parts;
    this.#parts = parts;
    this.#budgetBytes = saved.tlogBudgetBytes;
    this.#serialPorts = watchSerialPorts(clock);
    this.folder = join(parts.dataDirectory, 'tlogs');
    this.links = openLinks({ addresses: parts.addresses, clock, log, signing: signing.signing });
    signing.attach(this.links);
    this.#tlog = createTlogRecorder({
      folder: this.folder,
      budgetBytes: saved.tlogBudgetBytes,
      ...{ clock, alerts, log },
    });
    this.#forwarding = createForwarding({
      send: (systemId, frame) => this.links.send(systemId, frame),
      onCommand: (command) =>
        this.#tell(
          `forwarded-command:${command.systemId}`,
          nameOf(command.systemId),
          commandSentence(command),
        ),
      ...{ clock, log },
    });
    this.links.tap(this.#tlog);
    this.links.tap(this.#forwarding);
    this.links.onSwitch((change) =>
      this.#tell(`link-switched:${change.systemId}`, nameOf(change.systemId), switchSentence(change)),
    );
    restore(saved, this.links, this.#forwarding, log);
  }

  async overview() {
    return {
      links: this.links.status(),
      forwarding: this.#forwarding.status(),
      signing: this.#parts.signing.states(),
      tlog: { folder: this.folder, budgetBytes: this.#budgetBytes, ...this.#tlog.status() },
      serialPorts: await this.#serialPorts(),
    };
  }

  async add(address: string, options: LinkOptions): Promise<void> {
    this.links.add(address, options);
    await this.#save();
  }

  async edit(linkId: string, address: string, options: LinkOptions): Promise<void> {
    if (parseLinkAddress(address).text === linkId) this.links.change(linkId, options);
    else {
      const added = this.links.add(address, options);
      try {
        await this.links.remove(linkId);
      } catch (error) {
        await this.links.remove(added);
        throw error;
      }
    }
    await this.#save();
  }

  async remove(linkId: string): Promise<void> {
    await this.links.remove(linkId);
    await this.#save();
  }

  reconnect(linkId: string): void {
    this.links.reconnect(linkId);
  }

  async addForwarding(address: string, twoWay: boolean): Promise<void> {
    this.#forwarding.add(address, twoWay);
    await this.#save();
  }

  async removeForwarding(address: string): Promise<void> {
    await this.#forwarding.remove(address);
    await this.#save();
  }

  async setTlogBudget(budgetBytes: number): Promise<void> {
    this.#budgetBytes = budgetBytes;
    this.#tlog.setBudget(budgetBytes);
    await this.#save();
  }

  setUpSigning(systemId: number): Promise<void> {
    return this.#parts.signing.setUp(systemId);
  }

  endSigning(systemId: number): Promise<void> {
    return this.#parts.signing.end(systemId);
  }

  async close(): Promise<void> {
    for (const cancel of this.#tellings.values()) cancel();
    await this.links.close();
    await Promise.all([this.#forwarding.close(), this.#tlog.close(), this.#parts.signing.close()]);
  }

  async #save(): Promise<void> {
    const { store, clock } = this.#parts;
    const value: LinkSettings = {
      links: this.links
        .status()
        .map(({ address, wired, acceptUnsigned: policy }) => ({ address, wired, acceptUnsigned: policy })),
      forwarding: this.#forwarding.status().map(({ address, twoWay }) => ({ address, twoWay })),
      tlogBudgetBytes: this.#budgetBytes,
    };
    await store.write.saveSetting({ name: SETTING, value, nowMs: clock.nowMs() });
  }

  /** For as long as it is news. */
  #tell(cause: string, subject: string, sentence: string): void {
    const { alerts, clock } = this.#parts;
    alerts.raise({ cause, level: 'ADVISORY', subject, sentence });
    this.#tellings.get(cause)?.();
    this.#tellings.set(
      cause,
      clock.after(TOLD_FOR_MS, () => alerts.clear(cause)),
    );
  }
}

function commandSentence({ from, messageName }: ForwardedCommand): string {
  return `The other ground station at ${from.replace('udpout:', '')} commands this drone (${messageName}).`;
}

async function readSettings(store: Store, log: Log, otherwise: readonly string[]): Promise<LinkSettings> {
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
function restore(saved: LinkSettings, links: LinkSet, forwarding: Forwarding, log: Log): void {
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
