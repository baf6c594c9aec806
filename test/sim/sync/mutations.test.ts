import { describe, expect, it } from 'vitest';
import { live } from '../../support/sync-chaos.ts';
import type { Verdict } from '../../support/sync-oracle.ts';
import type { Mutation } from '../../support/sync-world.ts';

/**
 * Faults put in on purpose, and what the oracle then finds. The seed is the first whose life shows it; a change of the
 * engine may move it, so that those after it are tried as well.
 */
const MUTATIONS: readonly [Mutation, number, keyof Verdict][] = [
  ['PLAIN_SEQUENCE', 3, 'diverged'],
  ['ACK_BEFORE_COMMIT', 4, 'lost'],
  ['NO_LEDGER', 1, 'duplicated'],
  ['STATUS_BY_TIME', 61, 'unsafe'],
  ['ECHO', 1, 'duplicated'],
  ['ZONE_BY_TIME', 12, 'unsafe'],
  ['NO_MOVE_OUT', 1, 'leaked'],
  ['NO_CONFLICTS', 1, 'lost'],
  ['CURSOR_BEFORE_PAGE', 8, 'diverged'],
  ['NO_REOFFER', 15, 'lost'],
  ['NO_INCARNATION', 4, 'lost'],
  ['CLOCK_BACK', 11, 'unsafe'],
  ['SIGHT_IGNORED', 8, 'diverged'],
];
const TRIED = 150;

describe('the simulation notices a fault that was put in on purpose', () => {
  it.each(MUTATIONS)('%s: seed %i finds %s', async (mutation, first, kind) => {
    let seed = first;
    for (; seed < first + TRIED; seed++) {
      const { verdict } = await live(seed, mutation);
      const found = verdict[kind];
      if (Array.isArray(found) && found.length > 0) break;
    }
    expect(seed, 'no life shows it').toBeLessThan(first + TRIED);
    expect((await live(seed)).verdict[kind]).toEqual([]);
  });
});
