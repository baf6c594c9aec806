import { Refusal } from '../../../preload/contract/errors.ts';
import type { Clock } from '../ports/clock.ts';

const FREE_ATTEMPTS = 5;
const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** More names than any station has people: beyond it the oldest is forgotten. */
const REMEMBERED_NAMES = 10_000;

export interface AttemptLimiter {
  /** Refuses while the name has to wait. */
  beforeAttempt(name: string): void;
  failed(name: string): void;
  succeeded(name: string): void;
}

/** After five failures in a row each further one doubles the wait, from 10 s to 15 min. */
export function createAttemptLimiter(clock: Clock): AttemptLimiter {
  const failures = new Map<string, { count: number; waitUntilMs: number }>();
  return {
    beforeAttempt(name) {
      const waitMs = (failures.get(name)?.waitUntilMs ?? 0) - clock.monotonicMs();
      if (waitMs > 0)
        throw new Refusal(
          'TOO_MANY_ATTEMPTS',
          `Too many attempts. Try again in ${Math.ceil(waitMs / 1000)} s.`,
        );
    },
    failed(name) {
      const count = (failures.get(name)?.count ?? 0) + 1;
      const waitMs =
        count < FREE_ATTEMPTS ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (count - FREE_ATTEMPTS));
      failures.delete(name);
      failures.set(name, { count, waitUntilMs: clock.monotonicMs() + waitMs });
      const oldest = failures.size > REMEMBERED_NAMES ? failures.keys().next().value : undefined;
      if (oldest !== undefined) failures.delete(oldest);
    },
    succeeded(name) {
      failures.delete(name);
    },
  };
}
