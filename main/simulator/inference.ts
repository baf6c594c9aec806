import type { MavLinkData } from 'node-mavlink';
import type { Airframe } from './airframe.ts';
import { type Dialect, utf8Characters } from './dialect.ts';
import type { ActiveFaults } from './faults.ts';
import { between, gaussian, type Random } from './random.ts';

const LOADING_MS = 5_000;
const NORMAL_TEMPERATURE_C = 58;
const HOT_TEMPERATURE_C = 99;
export const THROTTLED_FROM_C = 90;
const STATE_NUMBER = { LOADING: 1, RUNNING: 2, DEGRADED: 3, STOPPED: 4 } as const;

const MODEL_VERSION = 'scene-2.3.1';
const MODEL_HASH: readonly number[] = [0x5c, 0x1e, 0x9a, 0x07, 0xd4, 0x33, 0xb2, 0x6f];

/** The scene model on the companion computer. */
export class Inference {
  temperatureC = 34;
  readonly #dialect: Dialect;
  readonly #faults: ActiveFaults;
  readonly #random: Random;
  #bootMs = 0;
  #droppedFrames = 0;
  /** How many people the next scene has. */
  readonly #bystanders: number;

  constructor(dialect: Dialect, faults: ActiveFaults, random: Random) {
    this.#dialect = dialect;
    this.#faults = faults;
    this.#random = random;
    this.#bystanders = 1 + Math.floor(random() * 3);
  }

  get state(): keyof typeof STATE_NUMBER {
    if (this.#faults.has('inference-stopped')) return 'STOPPED';
    if (this.#bootMs < LOADING_MS) return 'LOADING';
    if (this.#faults.has('inference-degraded') || this.temperatureC >= THROTTLED_FROM_C) return 'DEGRADED';
    return 'RUNNING';
  }

  /** Share of the accelerator in use, 0 to 1. */
  get load(): number {
    return { LOADING: 0.3, RUNNING: 0.62, DEGRADED: 0.97, STOPPED: 0 }[this.state];
  }

  step(dtMs: number): void {
    this.#bootMs += dtMs;
    const hot = this.#faults.has('hot-accelerator');
    const targetC = hot ? HOT_TEMPERATURE_C : this.state === 'STOPPED' ? 36 : NORMAL_TEMPERATURE_C;
    this.temperatureC += ((targetC - this.temperatureC) * dtMs) / (hot ? 12_000 : 60_000);
  }

  /** SKYRESCUE_INFERENCE_STATUS. @param awayFromBaseM horizontal distance */
  status(airframe: Airframe, awayFromBaseM: number, nowMs: number): MavLinkData {
    const { state } = this;
    const works = state === 'RUNNING' || state === 'DEGRADED';
    const framesPerSecond = state === 'RUNNING' ? 24 : state === 'DEGRADED' ? 6 : 0;
    const latencyMs = state === 'RUNNING' ? 38 : 160;
    if (state === 'DEGRADED') this.#droppedFrames += 18;
    const seesScene = works && awayFromBaseM > 50 && airframe.upM < 60;
    const seesPeople = seesScene && !this.#faults.has('person-free-scene');
    const zone = seesScene ? 0.95 - 0.5 * Math.min(1, airframe.upM / 60) : Number.NaN;
    const noise = 1 + 0.04 * gaussian(this.#random);
    return this.#dialect.inferenceStatus.create({
      timeUsec: BigInt(Math.round(nowMs * 1000)),
      framesPerSecond: framesPerSecond * noise,
      latencyMean: works ? latencyMs * noise : 0,
      latencyP95: works ? latencyMs * 1.6 * noise : 0,
      landingZoneConfidence: state === 'DEGRADED' ? zone * 0.6 : zone,
      landingZoneOffsetX: seesScene ? between(this.#random, -0.8, 0.8) : Number.NaN,
      landingZoneOffsetY: seesScene ? between(this.#random, -0.8, 0.8) : Number.NaN,
      droppedFrames: this.#droppedFrames,
      acceleratorTemperature: Math.round(this.temperatureC * 100),
      state: STATE_NUMBER[state],
      persons: seesPeople ? this.#bystanders : 0,
      obstacles: works && airframe.upM > 1 && airframe.upM < 40 ? Math.floor(this.#random() * 3) : 0,
      modelHash: MODEL_HASH,
      modelVersion: utf8Characters(MODEL_VERSION),
    });
  }
}
