import type { Frame } from '../mavlink/frame.ts';
import { MAV_MISSION_TYPE } from '../mavlink/generated/enums.ts';
import { MISSION_CURRENT } from '../mavlink/generated/messages.ts';

/** What was on its way while the plan was uploaded still tells the old id. */
const SETTLE_MS = 3_000;

export type PlanKind = 'MISSION' | 'FENCE' | 'RALLY';

const MISSION_TYPES: readonly (readonly [kind: PlanKind, missionType: number])[] = [
  ['MISSION', MAV_MISSION_TYPE.MISSION],
  ['FENCE', MAV_MISSION_TYPE.FENCE],
  ['RALLY', MAV_MISSION_TYPE.RALLY],
];

export function missionTypeOf(kind: PlanKind): number {
  return MISSION_TYPES.find(([known]) => known === kind)?.[1] ?? MAV_MISSION_TYPE.MISSION;
}

/**
 * Whether the vehicle still holds the plans that this station gave it. One that gives its plans ids says in
 * MISSION_CURRENT which it holds (https://mavlink.io/en/services/mission.html, section Detecting mission changes).
 * One that gives none (0) cannot be watched.
 */
export class PlanWatch {
  readonly #ours = new Map<PlanKind, { readonly planId: number; readonly sinceMs: number }>();
  readonly #changed = new Set<PlanKind>();

  /** This station has uploaded, or cleared, one of the plans. */
  sent(missionType: number, planId: number | null, monotonicMs: number): void {
    const kind = MISSION_TYPES.find(([, type]) => type === missionType)?.[0];
    if (kind === undefined) return;
    this.#changed.delete(kind);
    if (planId === null) this.#ours.delete(kind);
    else this.#ours.set(kind, { planId, sinceMs: monotonicMs });
  }

  accept(frame: Frame, monotonicMs: number): void {
    if (this.#ours.size === 0) return;
    const { missionId, fenceId, rallyPointsId } = MISSION_CURRENT.read(frame);
    const told: Readonly<Record<PlanKind, number>> = {
      MISSION: missionId,
      FENCE: fenceId,
      RALLY: rallyPointsId,
    };
    for (const [kind, { planId, sinceMs }] of this.#ours) {
      if (monotonicMs - sinceMs < SETTLE_MS) continue;
      if (told[kind] === planId) this.#changed.delete(kind);
      else this.#changed.add(kind);
    }
  }

  /** The plans of which the vehicle now holds another than was sent. */
  changed(): readonly PlanKind[] {
    return [...this.#changed];
  }
}
