import { describe, expect, it } from 'vitest';
import { live } from '../../support/sync-chaos.ts';
import type { Verdict } from '../../support/sync-oracle.ts';
import type { Mutation } from '../../support/sync-world.ts';

/** Faults put in on purpose, a seed whose life shows each, and what the oracle then finds. */
const MUTATIONS: readonly [Mutation, number, keyof Verdict][] = [
  ['PLAIN_SEQUENCE', 5, 'diverged'],
  ['ACK_BEFORE_COMMIT', 1, 'lost'],
  ['NO_LEDGER', 4, 'duplicated'],
  ['STATUS_BY_TIME', 102, 'unsafe'],
  ['ECHO', 1, 'duplicated'],
  ['ZONE_BY_TIME', 43, 'unsafe'],
  ['NO_MOVE_OUT', 4, 'leaked'],
  ['NO_CONFLICTS', 3, 'lost'],
  ['CURSOR_BEFORE_PAGE', 3, 'diverged'],
  ['NO_REOFFER', 2, 'lost'],
  ['NO_INCARNATION', 14, 'lost'],
  ['CLOCK_BACK', 18, 'unsafe'],
  ['SIGHT_IGNORED', 4, 'diverged'],
];

describe('the simulation notices a fault that was put in on purpose', () => {
  it.each(MUTATIONS)('%s: seed %i finds %s', async (mutation, seed, kind) => {
    const sound = await live(seed);
    const faulty = await live(seed, mutation);
    expect(sound.verdict[kind]).toEqual([]);
    expect(faulty.verdict[kind]).not.toEqual([]);
  });
});
