import type { PlanStanding } from '../../../preload/contract/vehicle-tools.ts';
import { localTime } from '../../ui/formatting.ts';

/** How what the vehicle holds stands to what this station gave it, in words. */
export function standingWords(standing: PlanStanding): string {
  const { state, sentAtMs, comparedAtMs, watched, difference } = standing;
  if (state === 'NOT_SENT' || sentAtMs === null) return 'Not sent by this station since it started.';
  const sent = localTime(sentAtMs);
  if (state === 'DIFFERS')
    return `Differs from what was sent at ${sent}. ${difference ?? 'The drone says that it holds another one: somebody else changed it. Read it to see which.'}`;
  const compared = comparedAtMs === null ? '' : `, read back and the same at ${localTime(comparedAtMs)}`;
  const unwatched = watched
    ? ''
    : ' This drone does not tell of changes by others: read it again to be sure.';
  return `As sent at ${sent}${compared}.${unwatched}`;
}

export function StandingLine({ standing }: { standing: PlanStanding | null }) {
  if (standing === null) return null;
  const differs = standing.state === 'DIFFERS';
  return (
    <p className="plan-standing" data-differs={differs} role="status">
      {differs && <b>≠ </b>}
      {standingWords(standing)}
    </p>
  );
}
