import type { CommandOutcome } from '../ports/aircraft.ts';

/** A reason that comes with a refusal follows its ack within this time. */
export const REASON_WITHIN_MS = 300;
const MOST_REASONS = 3;
/** MAV_SEVERITY_WARNING. */
const LEAST_SEVERITY = 4;

export interface SpokenText {
  readonly severity: number;
  readonly text: string;
}

/** "The drone refused to arm: Accels inconsistent." `doing` is an infinitive: "arm", "return home". */
export function refused(doing: string, resultText: string, texts: readonly SpokenText[]): CommandOutcome {
  const reasons = new Set(
    texts.filter(({ severity }) => severity <= LEAST_SEVERITY).map(({ text }) => reasonOf(text)),
  );
  reasons.delete('');
  if (reasons.size === 0)
    return { state: 'REFUSED', sentence: `The drone refused to ${doing}. ${resultText}` };
  const named = [...reasons].slice(0, MOST_REASONS).join('; ');
  return { state: 'REFUSED', sentence: `The drone refused to ${doing}: ${named}.` };
}

export function unknown(doing: string): CommandOutcome {
  return {
    state: 'UNKNOWN',
    sentence: `No answer from the drone when asked to ${doing}. Whether it obeys is not known: watch it.`,
  };
}

/** Autopilots put before a reason what they were about to do ("PreArm: ", "Arm: "), and a stop behind some. */
function reasonOf(text: string): string {
  return text.replace(/^(PreArm|Arm|Preflight Fail|Arming denied!?):?\s+/i, '').replace(/[.\s]+$/, '');
}
