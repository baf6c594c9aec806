import type { Figure } from '../figure.ts';

/** A figure that may be at most `limit`, when there is one. */
export function figure(name: string, value: number, unit: string, limit: number | null = null): Figure {
  return {
    suite: 'database',
    figure: name,
    value: Number(value.toPrecision(4)),
    unit,
    target: limit === null ? null : `<= ${limit}`,
    ok: limit === null || value <= limit,
  };
}

/** A figure that must be at least `limit`. */
export function figureAtLeast(name: string, value: number, unit: string, limit: number): Figure {
  return { ...figure(name, value, unit), target: `>= ${limit}`, ok: value >= limit };
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}
