import type { Figure } from '../bench/figure.ts';
import { faultsOf, live } from '../support/sync-chaos.ts';

const SHOWN = 5;

/** `rounds` lives of five stations and a server: nothing lost, nothing twice, nothing leaked, all alike at the end. */
export async function run({ seed, rounds }: { seed: number; rounds: number }): Promise<Figure[]> {
  const totals = {
    intents: 0,
    applied: 0,
    conflictLogged: 0,
    quarantined: 0,
    lost: 0,
    duplicated: 0,
    leaked: 0,
    diverged: 0,
    unsafe: 0,
  };
  let shown = 0;
  for (let round = 0; round < rounds; round++) {
    const { verdict, operations } = await live(seed + round);
    for (const name of ['intents', 'applied', 'conflictLogged', 'quarantined'] as const)
      totals[name] += verdict[name];
    for (const name of ['lost', 'duplicated', 'leaked', 'diverged', 'unsafe'] as const)
      totals[name] += verdict[name].length;
    const faults = faultsOf(verdict);
    if (faults.length === 0 || shown++ >= SHOWN) continue;
    console.error(`seed ${seed + round}:\n${faults.join('\n')}\n${operations.join('\n')}`);
  }
  const figure = (name: string, value: number, unit: string, target: string | null): Figure => ({
    suite: 'sync',
    figure: name,
    value,
    unit,
    target,
    ok: target === null || value === 0,
  });
  return [
    figure('rounds', rounds, 'lives', null),
    figure('intents', totals.intents, 'transactions', null),
    figure('applied', totals.applied, 'transactions', null),
    figure('conflictLogged', totals.conflictLogged, 'values', null),
    figure('quarantined', totals.quarantined, 'transactions', null),
    figure('lost', totals.lost, 'changes', '0'),
    figure('duplicated', totals.duplicated, 'changes', '0'),
    figure('leaked', totals.leaked, 'rows', '0'),
    figure('diverged', totals.diverged, 'rows', '0'),
    figure('unsafe', totals.unsafe, 'rows', '0'),
  ];
}
