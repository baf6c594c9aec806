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

  // Each of these lives has found a fault of the protocol while it was being built.
  it.each([
    [10, 'a clock that is days behind must not make an edit lose to what it replaces'],
    [66, 'a refused edit must not keep a row that may no longer be seen'],
    [67, 'an own event must not come without the mission that it belongs to'],
    [95, 'an edit must not make a part of a row on a server that was restored to before the row'],
    [144, 'a removal must not be joined with a zone that the server does not know'],
    [262, 'telemetry in flight over a restore must not hide what the server lost'],
    [341, 'what was refused and is taken when offered again must not stay refused'],
    [495, 'the late greeting of a crashed program must not stop the one that runs'],
    [4895, 'copies of one disk must not take numbers of a restored server for a shared past'],
  ])('seed %i: %s', async (seed) => {
    const { verdict } = await live(seed);
    expect(faultsOf(verdict)).toEqual([]);
  });
});
