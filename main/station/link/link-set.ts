import type { LinkStatus } from '../../../preload/contract/system.ts';
import type { Frame } from '../mavlink/frame.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { LinkPort } from './link-port.ts';
import { parseLinkAddress } from './parse-link-address.ts';
import { bestPath, type LinkPath, type Path } from './path.ts';

/** All links of the station, seen as one: frames in, from wherever they come; bytes out, to a system. */
export interface LinkSet {
  status(): LinkStatus[];
  /** Called for each frame with a right checksum. The frame holds only during the call. Returns its unsubscribe. */
  onFrame(listener: FrameListener): () => void;
  /** The ways to a system that were heard in the last minute. */
  paths(systemId: number): readonly Path[];
  /** The way that `send` takes now; null: none. */
  pathInUse(systemId: number): Path | null;
  /** Sends over the best path. False: there is none, nothing was sent and nothing is kept (F1). */
  send(systemId: number, bytes: Uint8Array): boolean;
  sendOn(path: Path, bytes: Uint8Array): boolean;
  /** To every peer that is called or was heard lately: for the station's own heartbeat. */
  sendToPeers(bytes: Uint8Array): void;
  close(): Promise<void>;
}

type FrameListener = (frame: Frame, path: Path) => void;

const TICK_MS = 1_000;

/** Opens a link for each address. Refuses an address that cannot be read, before any is opened. */
export function openLinks(parts: { addresses: readonly string[]; clock: Clock; log: Log }): LinkSet {
  return new OpenLinks(parts.addresses, parts.clock, parts.log);
}

class OpenLinks implements LinkSet {
  readonly #log: Log;
  readonly #ports: LinkPort[];
  readonly #listeners = new Set<FrameListener>();
  readonly #pathsBySystem = new Map<number, LinkPath[]>();
  readonly #inUse = new Map<number, LinkPath>();
  readonly #stopTicking: () => void;

  constructor(given: readonly string[], clock: Clock, log: Log) {
    this.#log = log;
    const addresses = new Map(given.map(parseLinkAddress).map((address) => [address.text, address]));
    this.#ports = [...addresses.values()].map(
      (address) =>
        new LinkPort({
          address,
          clock,
          log,
          onFrame: (frame, path) => {
            for (const listener of this.#listeners) listener(frame, path);
          },
          onPathsChange: () => this.#pathsBySystem.clear(),
        }),
    );
    this.#stopTicking = clock.every(TICK_MS, () => {
      for (const port of this.#ports) port.tick();
    });
  }

  status(): LinkStatus[] {
    return this.#ports.map((port) => port.status());
  }

  onFrame(listener: FrameListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  paths(systemId: number): readonly LinkPath[] {
    let paths = this.#pathsBySystem.get(systemId);
    if (paths === undefined) {
      paths = this.#ports.flatMap((port) => port.pathsTo(systemId));
      this.#pathsBySystem.set(systemId, paths);
    }
    return paths;
  }

  pathInUse(systemId: number): LinkPath | null {
    const before = this.#inUse.get(systemId) ?? null;
    const best = bestPath(this.paths(systemId), before);
    if (best === before) return best;
    if (best === null) this.#inUse.delete(systemId);
    else this.#inUse.set(systemId, best);
    if (before !== null)
      this.#log.info('link.switched', { systemId, from: before.linkId, to: best?.linkId ?? null });
    return best;
  }

  send(systemId: number, bytes: Uint8Array): boolean {
    const path = this.pathInUse(systemId);
    return path?.link.send(path.peer, bytes) ?? false;
  }

  sendOn(path: Path, bytes: Uint8Array): boolean {
    const own = this.paths(path.systemId).find((candidate) => candidate === path);
    return own?.link.send(own.peer, bytes) ?? false;
  }

  sendToPeers(bytes: Uint8Array): void {
    for (const port of this.#ports) port.sendToPeers(bytes);
  }

  async close(): Promise<void> {
    this.#stopTicking();
    await Promise.all(this.#ports.map((port) => port.close()));
  }
}
