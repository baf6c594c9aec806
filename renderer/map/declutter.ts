/** A rectangle in CSS pixels. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface LabelCandidate<T> {
  box: Box;
  /** The higher wins the place. */
  priority: number;
  label: T;
}

export const overlaps = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** The first place at which a label covers nothing that is `reserved`; where each covers something, the first. */
export function freePlace<Place extends Box>(
  places: readonly [Place, ...Place[]],
  reserved: readonly Box[],
): Place {
  return places.find((place) => !reserved.some((box) => overlaps(box, place))) ?? places[0];
}

/**
 * The labels that can be shown without covering each other or what is `reserved`, best priority first; among equals
 * the earlier wins, so that labels do not take turns. At most `limit`.
 */
export function declutter<T>(
  candidates: readonly LabelCandidate<T>[],
  reserved: readonly Box[],
  limit: number,
): LabelCandidate<T>[] {
  const placed: LabelCandidate<T>[] = [];
  const byPriority = [...candidates].sort((a, b) => b.priority - a.priority);
  for (const candidate of byPriority) {
    if (placed.length >= limit) break;
    if (reserved.some((box) => overlaps(box, candidate.box))) continue;
    if (placed.some((other) => overlaps(other.box, candidate.box))) continue;
    placed.push(candidate);
  }
  return placed;
}
