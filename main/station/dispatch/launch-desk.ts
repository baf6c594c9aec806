import type { Candidate } from '../../../preload/contract/dispatch.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { MissionSummary } from '../../../preload/contract/missions.ts';
import type { Assessor } from './assess.ts';
import type { MissionControl } from './mission-control.ts';
import type { ActingPerson } from './mission-state.ts';

export interface LaunchRequest {
  decisionId: string;
  droneId: string;
  overrideReason: string | null;
  person: ActingPerson;
}

/** Where an accepted decision becomes a launch, or is refused with its reasons. */
export function createLaunchDesk(parts: { assessor: Assessor; missions: MissionControl }) {
  const { assessor, missions } = parts;

  return {
    /** @throws {Refusal} NO_GO with every reason, unless all of them may be overridden and the person gave a reason. */
    async launch({ decisionId, droneId, overrideReason, person }: LaunchRequest): Promise<MissionSummary> {
      // Judged by what is known now, however young the decision on the screen is (F3).
      const { decision, candidate } = await assessor.recheck(decisionId, droneId, person.dispatcherId);
      const reasons = candidate.checks.filter((check) => check.result === 'NO_GO');
      const final = reasons.filter((check) => overrideReason === null || !check.overridable);
      if (final.length > 0) throw new Refusal('NO_GO', `${droneId} may not launch. ${sentences(final)}`);
      const kept = assessor.decisionFor(decisionId);
      if (kept === null)
        throw new Refusal('DECISION_EXPIRED', 'This go/no-go check is too old. Assess again.');
      return missions.launch({
        decision,
        candidate,
        emergency: kept.emergency,
        person,
        override: reasons.length > 0 && overrideReason !== null ? { reason: overrideReason } : null,
        weather: kept.weather,
      });
    },
  };
}

function sentences(checks: readonly Candidate['checks'][number][]): string {
  return checks
    .map(({ sentence, figure }) => `${sentence}${figure === null ? '' : ` (${figure})`}.`)
    .join(' ')
    .replaceAll('..', '.');
}
