/** So many windows lie between what is judged and what it is compared with: they share no sample. */
const LAG_WINDOWS = 5;
/** From fewer, an ordinary gust would pass for how the aircraft always flies. */
const FEWEST_WINDOWS = 8;

/** How this aircraft flies when all is well: the mean of the windows of this flight, without those that look wrong. */
export class FlightReference {
  readonly #waiting: Float32Array[] = [];
  #sum: Float64Array | null = null;
  #count = 0;

  /** What the next window is compared with, or null while too little has been flown. */
  mean(): Float32Array | null {
    const sum = this.#sum;
    if (sum === null || this.#count < FEWEST_WINDOWS) return null;
    return Float32Array.from(sum, (value) => value / this.#count);
  }

  add(features: Float32Array, looksWrong: boolean): void {
    if (looksWrong) {
      // Whatever begins now may have begun a little earlier.
      this.#waiting.length = 0;
      return;
    }
    this.#waiting.push(features);
    if (this.#waiting.length < LAG_WINDOWS) return;
    const oldest = this.#waiting.shift();
    if (oldest === undefined) return;
    this.#sum ??= new Float64Array(oldest.length);
    for (let index = 0; index < oldest.length; index++)
      this.#sum[index] = (this.#sum[index] ?? 0) + (oldest[index] ?? 0);
    this.#count += 1;
  }
}
