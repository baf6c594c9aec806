import type { TelemetrySample } from './telemetry-sampler.ts';
import { featuresOf, HOP_SAMPLES, WINDOW_SAMPLES } from './window-features.ts';

/** The last samples of one flight; every two seconds they make a window. */
export class FlightWindows {
  #samples: TelemetrySample[] = [];
  #untilNext = 0;

  /** The features of the window that ends with this sample, or null when none does. A gap begins anew. */
  push(sample: TelemetrySample | null): Float32Array | null {
    if (sample === null) {
      this.#samples = [];
      this.#untilNext = 0;
      return null;
    }
    this.#samples.push(sample);
    if (this.#samples.length > WINDOW_SAMPLES) this.#samples.shift();
    this.#untilNext -= 1;
    if (this.#samples.length < WINDOW_SAMPLES || this.#untilNext > 0) return null;
    this.#untilNext = HOP_SAMPLES;
    return featuresOf(this.#samples);
  }
}
