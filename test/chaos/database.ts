import type { Figure } from '../bench/figure.ts';
import { killWriters } from '../support/crash-kill.ts';
import { type CrashFigures, cutPower, recordWorkload } from '../support/power-cut.ts';

/** Cuts that share one recorded workload: another seed makes another workload. */
const CUTS_A_RECORDING = 50;
const STEPS = 600;

/** So many power cuts and half as many SIGKILLs: what was acknowledged must be there, once, in a database that opens. */
export async function run({ seed, rounds }: { seed: number; rounds: number }): Promise<Figure[]> {
  const cuts: CrashFigures[] = [];
  for (let done = 0; done < rounds; done += CUTS_A_RECORDING) {
    const recording = await recordWorkload({ seed: seed + done, steps: STEPS });
    const some = Math.min(CUTS_A_RECORDING, rounds - done);
    cuts.push(await cutPower(recording, { seed: seed + done, rounds: some }));
  }
  const kills = await killWriters({ seed, rounds: Math.ceil(rounds / 2) });
  return [...figuresOf('power cut', cuts), ...figuresOf('kill -9', [kills])];
}

function figuresOf(crash: string, results: readonly CrashFigures[]): Figure[] {
  for (const { failures } of results) for (const failure of failures) console.error(`${crash}: ${failure}`);
  const sum = (value: (result: CrashFigures) => number): number =>
    results.reduce((total, result) => total + value(result), 0);
  const figure = (name: string, value: number, unit: string, target: string | null): Figure => ({
    suite: 'database',
    figure: `${crash}, ${name}`,
    value,
    unit,
    target,
    ok: target === null || value === 0,
  });
  return [
    figure(
      'rounds',
      sum(({ rounds }) => rounds),
      'rounds',
      null,
    ),
    figure(
      'acknowledged',
      sum(({ acknowledged }) => acknowledged),
      'records',
      null,
    ),
    figure(
      'lost',
      sum(({ lost }) => lost),
      'records',
      '0',
    ),
    figure(
      'duplicated',
      sum(({ duplicated }) => duplicated),
      'records',
      '0',
    ),
    figure(
      'unopenable',
      sum(({ unopenable }) => unopenable),
      'rounds',
      '0',
    ),
    figure(
      'failures of any kind',
      sum(({ failures }) => failures.length),
      'failures',
      '0',
    ),
  ];
}
