import type { ReplayStatus } from '../../../preload/contract/links.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { Aircraft } from '../ports/aircraft.ts';
import type { Clock } from '../ports/clock.ts';
import { ReplayClock } from './replay-clock.ts';
import { ReplayLinks } from './replay-links.ts';
import type { TlogCursor, TlogFile } from './tlog-file.ts';

/** The vehicles of a recording. */
export interface ReplayVehicles {
  find(systemId: number): Aircraft | null;
  all(): readonly Aircraft[];
  states(): VehicleState[];
  onChange(listener: () => void): () => void;
  close(): void;
}

export interface ReplayParts<Shown extends ReplayVehicles> {
  makeVehicles: (links: ReplayLinks, clock: Clock) => Shown;
  clock: Clock;
  changed: () => void;
}

/** Before the moment that is sought, so much is played at once: who is there, and in what state. */
const RUN_UP_MS = 30_000;
/** So many frames at a stretch, and live links get their turn. */
const FRAMES_A_TURN = 2_000;

/** One recording that is played. A seek begins with vehicles that know nothing. */
export class ReplayPlayer<Shown extends ReplayVehicles> {
  readonly #name: string;
  readonly #file: TlogFile;
  readonly #parts: ReplayParts<Shown>;
  #stage: { clock: ReplayClock; links: ReplayLinks; vehicles: Shown; cursor: TlogCursor };
  #positionMs: number;
  speed = 1;
  playing = true;

  constructor(name: string, file: TlogFile, parts: ReplayParts<Shown>) {
    this.#name = name;
    this.#file = file;
    this.#parts = parts;
    this.#positionMs = file.startMs;
    this.#stage = this.#newStage(file.startMs);
  }

  get vehicles(): Shown {
    return this.#stage.vehicles;
  }

  get atEnd(): boolean {
    return this.#positionMs === this.#file.endMs;
  }

  status(): ReplayStatus {
    const { startMs, endMs } = this.#file;
    return {
      name: this.#name,
      startMs,
      endMs,
      positionMs: this.#positionMs,
      speed: this.speed,
      playing: this.playing,
      vehicles: this.vehicles.states().length,
    };
  }

  /** Moves on by so much time of the present. */
  async step(passedMs: number): Promise<void> {
    if (!this.playing) return;
    await this.#playUntil(Math.min(this.#file.endMs, this.#positionMs + passedMs * this.speed));
    if (this.atEnd) this.playing = false;
  }

  async seek(wantedMs: number): Promise<void> {
    const { startMs, endMs } = this.#file;
    const positionMs = Math.min(endMs, Math.max(startMs, wantedMs));
    this.vehicles.close();
    this.#stage = this.#newStage(Math.max(startMs, positionMs - RUN_UP_MS));
    await this.#playUntil(positionMs);
  }

  async begin(): Promise<void> {
    await this.seek(this.#file.startMs);
  }

  async close(): Promise<void> {
    this.playing = false;
    this.vehicles.close();
    await this.#file.close();
  }

  #newStage(fromMs: number) {
    const { makeVehicles, clock: present, changed } = this.#parts;
    const clock = new ReplayClock(present, fromMs);
    const links = new ReplayLinks(this.#name, clock);
    const vehicles = makeVehicles(links, clock);
    vehicles.onChange(changed);
    return { clock, links, vehicles, cursor: this.#file.from(fromMs) };
  }

  async #playUntil(untilMs: number): Promise<void> {
    const { clock, links, cursor } = this.#stage;
    for (let frames = 1; await cursor.ready(); frames++) {
      if (cursor.timeMs > untilMs) break;
      clock.moveTo(cursor.timeMs, untilMs);
      links.play(cursor.frame);
      cursor.advance();
      if (frames % FRAMES_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    clock.moveTo(untilMs);
    this.#positionMs = untilMs;
  }
}
