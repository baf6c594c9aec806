import { Refusal } from '../../../preload/contract/errors.ts';
import type { Frame } from '../mavlink/frame.ts';
import { FrameParser } from '../mavlink/frame-parser.ts';
import { SequenceLoss } from '../mavlink/sequence-loss.ts';
import type { ReplayClock } from './replay-clock.ts';

const AUTOPILOT_COMPONENT = 1;
const STATION_SYSTEM = 255;

interface ReplayPath {
  readonly linkId: string;
  readonly systemId: number;
  lastHeardMs: number;
  readonly packetsPerSecond: number;
  readonly loss: SequenceLoss;
  readonly lossPercent: number;
  readonly roundTripMs: null;
}

/** A recording in the place of the links: frames come in, and there is no way out. */
export class ReplayLinks {
  readonly isReplay = true;
  readonly #clock: ReplayClock;
  readonly #name: string;
  readonly #listeners = new Set<(frame: Frame, path: ReplayPath) => void>();
  readonly #paths = new Map<number, ReplayPath>();
  readonly #parser = new FrameParser((frame) => this.#take(frame));

  constructor(name: string, clock: ReplayClock) {
    this.#name = name;
    this.#clock = clock;
  }

  play(frame: Uint8Array): void {
    this.#parser.push(frame);
    this.#parser.endOfDatagram();
  }

  onFrame(listener: (frame: Frame, path: ReplayPath) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  paths(systemId: number): readonly ReplayPath[] {
    const path = this.#paths.get(systemId);
    return path === undefined ? [] : [path];
  }

  pathInUse(systemId: number): ReplayPath | null {
    return this.#paths.get(systemId) ?? null;
  }

  /** The one place that sends: what is seen here happened long ago, and a vehicle of its number may fly now (F1, F2). */
  send(): never {
    throw new Refusal('FORBIDDEN', 'This is a replay. Nothing was sent. Leave the replay to command drones.');
  }

  sendOn(): boolean {
    return false;
  }

  sendToPeers(): void {}

  measured(): void {}

  #take(frame: Frame): void {
    const { systemId, componentId, sequence } = frame;
    if (systemId === STATION_SYSTEM) return;
    let path = this.#paths.get(systemId);
    if (path === undefined) {
      const loss = new SequenceLoss(this.#clock);
      path = {
        linkId: this.#name,
        systemId,
        lastHeardMs: 0,
        packetsPerSecond: 0,
        loss,
        get lossPercent() {
          return loss.percent() ?? 0;
        },
        roundTripMs: null,
      };
      this.#paths.set(systemId, path);
    }
    path.lastHeardMs = this.#clock.monotonicMs();
    if (componentId === AUTOPILOT_COMPONENT) path.loss.record(sequence);
    for (const listener of this.#listeners) listener(frame, path);
  }
}
