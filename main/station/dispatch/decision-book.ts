import type { Decision, WeatherInput } from '../../../preload/contract/dispatch.ts';
import type { Emergency } from '../../../preload/contract/emergencies.ts';
import type { Clock } from '../ports/clock.ts';
import type { CandidateFacts } from './candidate-facts.ts';

/** A decision and everything that a launch by it needs. */
export interface KeptDecision {
  decision: Decision;
  emergency: Emergency;
  /** What a person entered; null: nothing. */
  weather: WeatherInput | null;
  /** By drone id: what each listed candidate was judged by. */
  facts: ReadonlyMap<string, CandidateFacts>;
  /** The zones that the routes were proven against. */
  zoneRevision: number;
  routedAtMs: number;
}

const KEPT_MS = 10 * 60_000;
const MOST_KEPT = 100;

/** The decisions of the last ten minutes, at most 100: the oldest go first. */
export class RecentDecisions {
  readonly #clock: Clock;
  readonly #kept = new Map<string, KeptDecision & { atMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  keep(kept: KeptDecision): void {
    this.#kept.set(kept.decision.decisionId, { ...kept, atMs: this.#clock.monotonicMs() });
    for (const [decisionId, { atMs }] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT && this.#clock.monotonicMs() - atMs <= KEPT_MS) break;
      this.#kept.delete(decisionId);
    }
  }

  find(decisionId: string): KeptDecision | null {
    const kept = this.#kept.get(decisionId);
    return kept && this.#clock.monotonicMs() - kept.atMs <= KEPT_MS ? kept : null;
  }
}
