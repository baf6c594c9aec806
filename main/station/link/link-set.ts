import { Refusal } from '../../../preload/contract/errors.ts';
import type { LinkOptions, LinkStatus } from '../../../preload/contract/links.ts';
import type { Frame } from '../mavlink/frame.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { LinkPort } from './link-port.ts';
import { parseLinkAddress } from './parse-link-address.ts';
import { bestPath, type LinkPath, type Path } from './path.ts';
import { type FrameSigning, type TrafficTap, UNSIGNED } from './traffic.ts';

/** All links of the station, seen as one: frames in, from wherever they come; bytes out, to a system. */
export interface LinkSet {
  readonly isReplay: boolean;
  status(): LinkStatus[];
  /** Called for each frame that counts. The frame holds only during the call. Returns its unsubscribe. */
  onFrame(listener: FrameListener): () => void;
  /** Called for everything that is heard or sent, whether it counts or not. Returns its unsubscribe. */
  tap(tap: TrafficTap): () => void;
  /** Called when a system is sent to over another path than before. Returns its unsubscribe. */
  onSwitch(listener: (change: PathSwitch) => void): () => void;
  /** The ways to a system that were heard in the last minute. */
  paths(systemId: number): readonly Path[];
  /** The way that `send` takes now; null: none. */
  pathInUse(systemId: number): Path | null;
  /** Sends over the best path. False: there is none, nothing was sent and nothing is kept (F1). */
  send(systemId: number, bytes: Uint8Array): boolean;
  sendOn(path: Path, bytes: Uint8Array): boolean;
  /** To every peer that is called or was heard lately: for the station's own heartbeat. */
  sendToPeers(bytes: Uint8Array): void;
  /** Whether the path goes over a link that was marked as wired. */
  isWired(path: Path): boolean;
  measured(path: Path, roundTripMs: number): void;
  /** Refuses with INVALID_INPUT or CONFLICT. Returns the link's id. */
  add(address: string, options: LinkOptions): string;
  change(linkId: string, options: LinkOptions): void;
  remove(linkId: string): Promise<void>;
  reconnect(linkId: string): void;
  close(): Promise<void>;
}

export interface PathSwitch {
  readonly systemId: number;
  readonly fromLinkId: string;
  readonly toLinkId: string;
  /** It was left because nothing came over it, or it was closed; else the other one loses less. */
  readonly silent: boolean;
}

type FrameListener = (frame: Frame, path: Path) => void;

export const DEFAULT_LINK_OPTIONS: LinkOptions = { wired: false, acceptUnsigned: 'UNLESS_KEYED' };
const TICK_MS = 1_000;
const MOST_LINKS = 64;

export interface LinkSetParts {
  addresses: readonly string[];
  clock: Clock;
  log: Log;
  signing?: FrameSigning;
}

/** Opens a link for each address. Refuses an address that cannot be read, before any is opened. */
export function openLinks(parts: LinkSetParts): LinkSet {
  return new OpenLinks(parts);
}

class OpenLinks implements LinkSet {
  readonly isReplay = false;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #signing: FrameSigning;
  readonly #ports = new Map<string, LinkPort>();
  /** Asked for every frame: lists that are replaced when they change. */
  #listeners: readonly FrameListener[] = [];
  #taps: readonly TrafficTap[] = [];
  readonly #switchListeners = new Set<(change: PathSwitch) => void>();
  readonly #pathsBySystem = new Map<number, LinkPath[]>();
  readonly #inUse = new Map<number, LinkPath>();
  readonly #stopTicking: () => void;
  readonly #tapAll: TrafficTap = {
    received: (frame) => {
      for (const tap of this.#taps) tap.received(frame);
    },
    passed: (bytes) => {
      for (const tap of this.#taps) tap.passed(bytes);
    },
    sent: (bytes) => {
      for (const tap of this.#taps) tap.sent(bytes);
    },
  };

  constructor({ addresses, clock, log, signing }: LinkSetParts) {
    this.#clock = clock;
    this.#log = log;
    this.#signing = signing ?? UNSIGNED;
    const parsed = addresses.map(parseLinkAddress);
    for (const address of parsed)
      if (!this.#ports.has(address.text)) this.#open(address.text, DEFAULT_LINK_OPTIONS, true);
    this.#stopTicking = clock.every(TICK_MS, () => {
      for (const port of this.#ports.values()) port.tick();
    });
  }

  status(): LinkStatus[] {
    return [...this.#ports.values()].map((port) => port.status());
  }

  onFrame(listener: FrameListener): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  tap(tap: TrafficTap): () => void {
    this.#taps = [...this.#taps, tap];
    return () => {
      this.#taps = this.#taps.filter((other) => other !== tap);
    };
  }

  onSwitch(listener: (change: PathSwitch) => void): () => void {
    this.#switchListeners.add(listener);
    return () => void this.#switchListeners.delete(listener);
  }

  paths(systemId: number): readonly LinkPath[] {
    let paths = this.#pathsBySystem.get(systemId);
    if (paths === undefined) {
      paths = [...this.#ports.values()].flatMap((port) => port.pathsTo(systemId));
      this.#pathsBySystem.set(systemId, paths);
    }
    return paths;
  }

  pathInUse(systemId: number): LinkPath | null {
    const before = this.#inUse.get(systemId) ?? null;
    const nowMs = this.#clock.monotonicMs();
    const best = bestPath(this.paths(systemId), before, nowMs);
    if (best === before) return best;
    if (best === null) this.#inUse.delete(systemId);
    else this.#inUse.set(systemId, best);
    if (before !== null) this.#switched(before, best, nowMs);
    return best;
  }

  send(systemId: number, bytes: Uint8Array): boolean {
    const path = this.pathInUse(systemId);
    return path?.carrier.sendTo(path, bytes) ?? false;
  }

  sendOn(path: Path, bytes: Uint8Array): boolean {
    const own = this.#own(path);
    return own?.carrier.sendTo(own, bytes) ?? false;
  }

  sendToPeers(bytes: Uint8Array): void {
    for (const port of this.#ports.values()) port.sendToPeers(bytes);
    this.#tapAll.sent(bytes);
  }

  isWired(path: Path): boolean {
    return this.#ports.get(path.linkId)?.options.wired === true;
  }

  measured(path: Path, roundTripMs: number): void {
    const own = this.#own(path);
    if (own !== undefined) own.roundTripMs = roundTripMs;
  }

  add(address: string, options: LinkOptions): string {
    const { text } = parseLinkAddress(address);
    if (this.#ports.has(text)) throw new Refusal('CONFLICT', `The link ${text} is there already.`);
    if (this.#ports.size >= MOST_LINKS)
      throw new Refusal('CONFLICT', `A station has at most ${MOST_LINKS} links. Remove one first.`);
    this.#open(text, options, false);
    return text;
  }

  change(linkId: string, options: LinkOptions): void {
    this.#portOf(linkId).options = options;
  }

  async remove(linkId: string): Promise<void> {
    const port = this.#portOf(linkId);
    if (port.fixed)
      throw new Refusal(
        'CONFLICT',
        `The link ${linkId} was given when the station was started. Start it without that option to be rid of it.`,
      );
    this.#ports.delete(linkId);
    this.#pathsBySystem.clear();
    await port.close();
  }

  reconnect(linkId: string): void {
    this.#portOf(linkId).reconnect();
  }

  async close(): Promise<void> {
    this.#stopTicking();
    await Promise.all([...this.#ports.values()].map((port) => port.close()));
  }

  #open(text: string, options: LinkOptions, fixed: boolean): void {
    const taken = new Set([...this.#ports.values()].map(({ number }) => number));
    let number = 0;
    while (taken.has(number)) number++;
    const port = new LinkPort({
      address: parseLinkAddress(text),
      number,
      fixed,
      options,
      clock: this.#clock,
      log: this.#log,
      signing: this.#signing,
      tap: this.#tapAll,
      onFrame: (frame, path) => {
        for (const listener of this.#listeners) listener(frame, path);
      },
      onPathsChange: () => this.#pathsBySystem.clear(),
    });
    this.#ports.set(text, port);
  }

  #switched(before: LinkPath, best: LinkPath | null, nowMs: number): void {
    const { systemId, linkId: fromLinkId } = before;
    this.#log.info('link.switched', { systemId, from: fromLinkId, to: best?.linkId ?? null });
    if (best === null || best.linkId === fromLinkId) return;
    const silent = !before.carrier.isOpen || before.isSilent(nowMs);
    for (const listener of this.#switchListeners)
      listener({ systemId, fromLinkId, toLinkId: best.linkId, silent });
  }

  #own(path: Path): LinkPath | undefined {
    return this.paths(path.systemId).find((candidate) => candidate === path);
  }

  #portOf(linkId: string): LinkPort {
    const port = this.#ports.get(linkId);
    if (port === undefined) throw new Refusal('NOT_FOUND', `There is no link ${linkId} any more.`);
    return port;
  }
}
