import { Refusal } from '../../../preload/contract/errors.ts';
import type { ModelMatch } from '../../../preload/contract/models.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store } from '../store/store.ts';

/** As a drone says it. */
export interface ReportedModel {
  /** '': it does not say. */
  readonly version: string;
  /** First eight bytes of the SHA-256 of the file, hexadecimal; null: it does not say. */
  readonly hashStart: string | null;
}

interface Known {
  readonly match: ModelMatch | null;
  readonly askedAtMs: number;
}

/** The list may change at any station of the fleet. */
const ASK_AGAIN_MS = 15_000;
const MOST_KNOWN = 500;

/** Whether the models that drones report are in the fleet's list: asked of the database, answered from memory. */
export class ModelMatches {
  readonly #read: Pick<Store['read'], 'reportedModel'>;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(read: Pick<Store['read'], 'reportedModel'>, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  /** Null where the drone does not say, and until the first answer has come. */
  of({ version, hashStart }: ReportedModel): ModelMatch | null {
    if (version === '') return null;
    const key = `${version} ${hashStart ?? ''}`;
    const known = this.#known.get(key);
    const nowMs = this.#clock.monotonicMs();
    if (known === undefined || nowMs - known.askedAtMs >= ASK_AGAIN_MS) {
      if (this.#known.size >= MOST_KNOWN) this.#known.clear();
      this.#known.set(key, { match: known?.match ?? null, askedAtMs: nowMs });
      void this.#ask(key, { version, hashStart });
    }
    return known?.match ?? null;
  }

  /** Asks afresh; until the answer comes, what was known stays. */
  forget(): void {
    for (const [key, { match }] of this.#known)
      this.#known.set(key, { match, askedAtMs: Number.NEGATIVE_INFINITY });
  }

  async #ask(key: string, model: ReportedModel): Promise<void> {
    try {
      const match = await this.#read.reportedModel(model);
      this.#known.set(key, { match, askedAtMs: this.#clock.monotonicMs() });
    } catch (error) {
      // The database's failure has an alert of its own; what was known stays.
      if (!(error instanceof Refusal)) throw error;
    }
  }
}
