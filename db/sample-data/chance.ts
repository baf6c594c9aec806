import { seededRandom, uuidV7 } from '../../main/station/ports/random.ts';

/** Chance of one seed: the same calls give the same answers, ids included. */
export interface Chance {
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** A whole number from low to high, both included. */
  whole(low: number, high: number): number;
  happens(probability: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
  /** One of the keys, each as likely as its weight. */
  weighted<Key extends string>(weights: Readonly<Record<Key, number>>): Key;
  normal(mean: number, deviation: number): number;
  id(atMs: number): string;
  /** Chance of its own for one thing, whatever happens to the others. */
  fork(index: number): Chance;
}

export function chanceOf(seed: number): Chance {
  const random = seededRandom(seed);
  const { next } = random;
  // A seed's first number follows the seed: neighbours would begin alike.
  for (let warmUp = 0; warmUp < 4; warmUp++) next();
  const between = (low: number, high: number): number => low + next() * (high - low);
  return {
    between,
    whole: (low, high) => Math.floor(between(low, high + 1)),
    happens: (probability) => next() < probability,
    pick<Value>(values: readonly Value[]): Value {
      const picked = values[Math.floor(next() * values.length)];
      if (picked === undefined) throw new Error('There is nothing to pick from.');
      return picked;
    },
    weighted<Key extends string>(weights: Readonly<Record<Key, number>>): Key {
      const entries = Object.entries<number>(weights) as [Key, number][];
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [key, weight] of entries) {
        left -= weight;
        if (left < 0) return key;
      }
      throw new Error('There is nothing to choose from.');
    },
    // Box and Muller.
    normal: (mean, deviation) =>
      mean + deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    id: (atMs) => uuidV7(atMs, random),
    fork: (index) => chanceOf(Math.imul(seed + 1, 0x9e37_79b1) ^ Math.imul(index + 1, 0x85eb_ca6b)),
  };
}
