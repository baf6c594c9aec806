import { describe, expect, it } from 'vitest';
import { faultsOf, live } from '../../support/sync-chaos.ts';

/** Any number of lives: `npm run chaos -- sync --seed N --rounds K`. */
const LIVES = 1_200;
const SHARDS = 4;

describe('five stations, one server, and everything that can happen to them', () => {
  for (let shard = 0; shard < SHARDS; shard++)
    it(`nothing lost, twice, leaked or different: lives ${shard + 1} of ${SHARDS}`, async () => {
      for (let seed = shard; seed < LIVES; seed += SHARDS) {
        const { verdict, operations } = await live(seed);
        const faults = faultsOf(verdict);
        expect(faults, `seed ${seed}:\n${faults.join('\n')}\n${operations.join('\n')}`).toEqual([]);
        expect(verdict.intents).toBe(verdict.applied + verdict.quarantined);
      }
    });
});
