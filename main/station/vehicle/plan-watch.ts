import type { Frame } from '../mavlink/frame.ts';
import { MAV_MISSION_TYPE } from '../mavlink/generated/enums.ts';
import { MISSION_CURRENT } from '../mavlink/generated/messages.ts';
import { firstDifference } from '../mavlink/protocol/compare-plan.ts';
import type { TransferItem } from '../mavlink/protocol/mission-upload.ts';

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

function kindOf(missionType: number): PlanKind | null {
  return MISSION_TYPES.find(([, type]) => type === missionType)?.[0] ?? null;
}

interface SentPlan {
  /** MAV_MISSION_TYPE. */
  readonly missionType: number;
  /** As the vehicle called it; null: it gives none. */
  readonly planId: number | null;
  /** None: it was cleared. */
  readonly items: readonly TransferItem[];
  readonly startsWithHome: boolean;
  /** Monotonic. */
  readonly sinceMs: number;
  readonly sentAtMs: number;
}

export interface PlanStanding {
  readonly kind: PlanKind;
  readonly state: 'NOT_SENT' | 'AS_SENT' | 'DIFFERS';
  readonly sentAtMs: number | null;
  /** The vehicle tells of each change by itself. */
  readonly watched: boolean;
  readonly comparedAtMs: number | null;
  readonly difference: string | null;
}

interface Ours {
  readonly sent: SentPlan;
  planId: number | null;
  toldId: number | null;
  compared: { readonly atMs: number; readonly difference: string | null } | null;
}

/**
 * Whether the vehicle still holds the plans that this station gave it. One that gives its plans ids says in
 * MISSION_CURRENT which it holds (https://mavlink.io/en/services/mission.html, section Detecting mission changes).
 * One that gives none (0) is known only by reading back.
 */
export class PlanWatch {
  readonly #ours = new Map<PlanKind, Ours>();

  /** This station has uploaded, or cleared, one of the plans. */
  sent(sent: SentPlan): void {
    const kind = kindOf(sent.missionType);
    if (kind !== null) this.#ours.set(kind, { sent, planId: sent.planId, toldId: null, compared: null });
  }

  /** What was sent was read back at once. */
  compared(missionType: number, difference: string | null, atMs: number): void {
    const kind = kindOf(missionType);
    const ours = kind === null ? undefined : this.#ours.get(kind);
    if (ours !== undefined) ours.compared = { atMs, difference };
  }

  /** Somebody read what the vehicle holds now. */
  readBack(kind: PlanKind, items: readonly TransferItem[], atMs: number): void {
    const ours = this.#ours.get(kind);
    if (ours === undefined) return;
    const { items: sent, startsWithHome: skipHome } = ours.sent;
    // An autopilot that keeps its home in item 0 may keep that one when it is cleared.
    const held = skipHome && sent.length === 0 ? items.slice(1) : items;
    const difference = firstDifference(sent, held, { skipHome });
    ours.compared = { atMs, difference };
    // Somebody gave it the same again, under another id: it is as this station wants it.
    if (difference === null && ours.planId !== null && ours.toldId !== null) ours.planId = ours.toldId;
  }

  accept(frame: Frame, monotonicMs: number): void {
    if (this.#ours.size === 0) return;
    const { missionId, fenceId, rallyPointsId } = MISSION_CURRENT.read(frame);
    const told: Readonly<Record<PlanKind, number>> = {
      MISSION: missionId,
      FENCE: fenceId,
      RALLY: rallyPointsId,
    };
    for (const [kind, ours] of this.#ours)
      if (monotonicMs - ours.sent.sinceMs >= SETTLE_MS) ours.toldId = told[kind];
  }

  /** The plans of which the vehicle now holds another than was sent. */
  changed(): readonly PlanKind[] {
    return [...this.#ours].flatMap(([kind, ours]) => (differs(ours) ? [kind] : []));
  }

  standings(): PlanStanding[] {
    return MISSION_TYPES.map(([kind]) => {
      const ours = this.#ours.get(kind);
      if (ours === undefined)
        return {
          ...{ kind, state: 'NOT_SENT', sentAtMs: null },
          ...{ watched: false, comparedAtMs: null, difference: null },
        };
      return {
        kind,
        state: differs(ours) ? 'DIFFERS' : 'AS_SENT',
        sentAtMs: ours.sent.sentAtMs,
        watched: ours.planId !== null,
        comparedAtMs: ours.compared?.atMs ?? null,
        difference: ours.compared?.difference ?? null,
      };
    });
  }
}

function differs({ planId, toldId, compared }: Ours): boolean {
  if (compared !== null && compared.difference !== null) return true;
  return planId !== null && toldId !== null && toldId !== planId;
}
