import type { Candidate, Check, Decision } from '../../../preload/contract/dispatch.ts';

/** Worst first: what forbids the launch, then what to keep in mind, then what is well. */
const ORDER: Record<Check['result'], number> = { NO_GO: 0, CAUTION: 1, PASS: 2 };

export function worstFirst(checks: readonly Check[]): Check[] {
  return checks.toSorted((a, b) => ORDER[a.result] - ORDER[b.result]);
}

/** Everything that forbids the launch may be overridden by somebody who is allowed to. */
export function isOverridable(candidate: Candidate): boolean {
  const forbidding = candidate.checks.filter((check) => check.result === 'NO_GO');
  return forbidding.length > 0 && forbidding.every((check) => check.overridable);
}

/** "1 caution · decided in 0.08 s on data 0.4 s old" */
export function verdictWords(candidate: Candidate, decision: Decision): string {
  const words: string[] = [];
  const forbidding = count(candidate, 'NO_GO');
  const cautions = count(candidate, 'CAUTION');
  if (forbidding > 0)
    words.push(forbidding === 1 ? '1 reason against it' : `${forbidding} reasons against it`);
  if (cautions > 0) words.push(cautions === 1 ? '1 caution' : `${cautions} cautions`);
  const data = decision.dataAgeMs === null ? '' : ` on data ${seconds(decision.dataAgeMs)} s old`;
  words.push(`decided in ${(decision.durationMs / 1000).toFixed(2)} s${data}`);
  return words.join(' · ');
}

function count(candidate: Candidate, result: Check['result']): number {
  return candidate.checks.filter((check) => check.result === result).length;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
