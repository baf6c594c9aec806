import type { ZoneGeometry } from '../../db/sync/merge.ts';
import type { Json } from '../../db/sync/wire.ts';

const bounds = (shape: Json): number[] => String(shape).split('-').map(Number);

/** Zones on a line: "3-7" is from 3 to 7. Cover and hull of intervals are exact, so that any run can be judged. */
export const intervalGeometry: ZoneGeometry = {
  covers(outer, inner) {
    const [outerFrom = 0, outerTo = 0] = bounds(outer);
    const [innerFrom = 0, innerTo = 0] = bounds(inner);
    return outerFrom <= innerFrom && innerTo <= outerTo;
  },
  hull(left, right) {
    const [leftFrom = 0, leftTo = 0] = bounds(left);
    const [rightFrom = 0, rightTo = 0] = bounds(right);
    return `${Math.min(leftFrom, rightFrom)}-${Math.max(leftTo, rightTo)}`;
  },
};
