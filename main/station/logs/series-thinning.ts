interface Bucket {
  count: number;
  lowestAtS: number;
  lowest: number;
  highestAtS: number;
  highest: number;
}

/**
 * Thins a series out while it is read: of every stretch of time its lowest and its highest value stay, so that no peak
 * is lost. Its memory depends on the points asked for, never on the length of the series.
 */
export class SeriesThinning {
  readonly #most: number;
  #buckets: Bucket[] = [];
  #perBucket = 1;
  #samples = 0;

  /** @param points at most so many come out, at least 4 */
  constructor(points: number) {
    this.#most = Math.max(2, Math.floor(points / 2));
  }

  get samples(): number {
    return this.#samples;
  }

  /** Values that are no numbers are left out: a chart has nothing to show for them. */
  add(atS: number, value: number): void {
    if (!Number.isFinite(value) || !Number.isFinite(atS)) return;
    this.#samples++;
    const last = this.#buckets.at(-1);
    if (last !== undefined && last.count < this.#perBucket) {
      widen(last, { count: 1, lowestAtS: atS, lowest: value, highestAtS: atS, highest: value });
      return;
    }
    if (this.#buckets.length === this.#most) this.#halve();
    const open = this.#buckets.at(-1);
    const single = { count: 1, lowestAtS: atS, lowest: value, highestAtS: atS, highest: value };
    if (open !== undefined && open.count < this.#perBucket) widen(open, single);
    else this.#buckets.push(single);
  }

  points(): { seconds: number[]; values: number[] } {
    const points = this.#buckets.flatMap(({ lowestAtS, lowest, highestAtS, highest }) => {
      const low = [lowestAtS, lowest] as const;
      const high = [highestAtS, highest] as const;
      if (lowestAtS === highestAtS && lowest === highest) return [low];
      return lowestAtS <= highestAtS ? [low, high] : [high, low];
    });
    // Logs have rare steps back in time: a chart needs its times in order.
    points.sort(([one], [other]) => one - other);
    return { seconds: points.map(([atS]) => atS), values: points.map(([, value]) => value) };
  }

  #halve(): void {
    const halved: Bucket[] = [];
    for (const [index, bucket] of this.#buckets.entries()) {
      const last = halved.at(-1);
      if (index % 2 === 1 && last !== undefined) widen(last, bucket);
      else halved.push(bucket);
    }
    this.#buckets = halved;
    this.#perBucket *= 2;
  }
}

function widen(bucket: Bucket, other: Bucket): void {
  bucket.count += other.count;
  if (other.lowest < bucket.lowest) {
    bucket.lowest = other.lowest;
    bucket.lowestAtS = other.lowestAtS;
  }
  if (other.highest > bucket.highest) {
    bucket.highest = other.highest;
    bucket.highestAtS = other.highestAtS;
  }
}
