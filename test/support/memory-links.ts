import { FrameParser } from '../../main/station/mavlink/frame-parser.ts';
import type { Clock } from '../../main/station/ports/clock.ts';
import type { FrameLinks, VehiclePath } from '../../main/station/vehicle/vehicle-links.ts';

export interface MemoryPath extends VehiclePath {
  lastHeardMs: number;
  roundTripMs: number | null;
  up: boolean;
  /** Bytes from the vehicle. */
  deliver(bytes: Uint8Array): void;
}

/** Links without sockets: what the station sends reaches the vehicle at once, in memory. */
export class MemoryLinks implements FrameLinks {
  readonly isReplay = false;
  readonly #clock: Clock;
  readonly #listeners = new Set<Parameters<FrameLinks['onFrame']>[0]>();
  readonly #ways: { path: MemoryPath; receive: (bytes: Uint8Array) => void }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many listen to what comes in. */
  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** A way to one vehicle; the first that is up is the one in use. */
  connect(linkId: string, systemId: number, receive: (bytes: Uint8Array) => void): MemoryPath {
    const parser = new FrameParser((frame) => {
      path.lastHeardMs = this.#clock.monotonicMs();
      for (const listener of this.#listeners) listener(frame, path);
    });
    const path: MemoryPath = {
      linkId,
      systemId,
      lastHeardMs: this.#clock.monotonicMs(),
      packetsPerSecond: 0,
      lossPercent: 0,
      roundTripMs: null,
      up: true,
      deliver: (bytes) => {
        if (!path.up) return;
        parser.push(bytes);
        parser.endOfDatagram();
      },
    };
    this.#ways.push({ path, receive });
    return path;
  }

  onFrame(listener: Parameters<FrameLinks['onFrame']>[0]): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  paths(systemId: number): readonly MemoryPath[] {
    return this.#ways.filter(({ path }) => path.systemId === systemId).map(({ path }) => path);
  }

  pathInUse(systemId: number): MemoryPath | null {
    return this.paths(systemId).find(({ up }) => up) ?? null;
  }

  send(systemId: number, bytes: Uint8Array): boolean {
    const path = this.pathInUse(systemId);
    return path !== null && this.sendOn(path, bytes);
  }

  sendOn(path: VehiclePath, bytes: Uint8Array): boolean {
    const way = this.#ways.find((candidate) => candidate.path === path);
    if (way === undefined || !way.path.up) return false;
    way.receive(bytes);
    return true;
  }

  sendToPeers(bytes: Uint8Array): void {
    for (const { path, receive } of this.#ways) if (path.up) receive(bytes);
  }

  measured(path: VehiclePath, roundTripMs: number): void {
    const way = this.#ways.find((candidate) => candidate.path === path);
    if (way !== undefined) way.path.roundTripMs = roundTripMs;
  }
}
