import type { AttemptRule } from '../../../db/queries/query-map-people.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store } from '../store/store.ts';
import type { SecretBox } from './secret-box.ts';

const MINUTE_MS = 60_000;
/** After five failures in a row each further one doubles the wait, from 10 s to 15 min. */
const RULE: AttemptRule = {
  freeAttempts: 5,
  firstWaitMs: 10_000,
  longestWaitMs: 15 * MINUTE_MS,
  forgottenAfterMs: 24 * 60 * MINUTE_MS,
  rememberedNames: 10_000,
};

/** Slows down guessing, name by name. Kept in the database: a restart sets nobody free. */
export interface AttemptLimiter {
  /** Refuses (TOO_MANY_ATTEMPTS) while the name has to wait; else counts a failure, and returns how many in a row. */
  begin(name: string): Promise<number>;
  /** The attempt that was begun was neither right nor wrong. */
  forgive(name: string): Promise<void>;
  clear(name: string): Promise<void>;
}

export function createAttemptLimiter(options: {
  store: Store;
  clock: Clock;
  box: SecretBox;
}): AttemptLimiter {
  const { store, clock, box } = options;
  const nameKey = (name: string): string => box.keyedHash(name);
  return {
    async begin(name) {
      const { waitMs, failures } = await store.write.beginSignInAttempt({
        nameKey: nameKey(name),
        nowMs: clock.nowMs(),
        rule: RULE,
      });
      if (waitMs > 0)
        throw new Refusal('TOO_MANY_ATTEMPTS', `Too many attempts. Try again in ${inWords(waitMs)}.`);
      return failures;
    },
    forgive: (name) => store.write.forgiveSignInAttempt({ nameKey: nameKey(name), nowMs: clock.nowMs() }),
    clear: (name) => store.write.clearSignInAttempts({ nameKey: nameKey(name) }),
  };
}

function inWords(waitMs: number): string {
  return waitMs < 2 * MINUTE_MS ? `${Math.ceil(waitMs / 1000)} s` : `${Math.ceil(waitMs / MINUTE_MS)} min`;
}
