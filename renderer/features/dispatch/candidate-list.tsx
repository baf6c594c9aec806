import { Button } from 'react-aria-components';
import type { Candidate, Decision } from '../../../preload/contract/dispatch.ts';
import { duration } from '../../ui/formatting.ts';
import { useIntake } from './intake-context.ts';

/** All drones in the order the station ranked them; choosing one shows its checks and its route. */
export function CandidateList({ decision, shown }: { decision: Decision; shown: Candidate }) {
  const intake = useIntake();
  return (
    <section aria-label="Ranked drones">
      <h2>
        <span>Drones, best first</span>
        <span className="dim">time to scene</span>
      </h2>
      <ol>
        {decision.candidates.map((candidate, index) => (
          <li key={candidate.droneId}>
            <Button
              className="candidate"
              aria-current={candidate.droneId === shown.droneId ? 'true' : undefined}
              onPress={() => intake.choose(candidate.droneId)}
            >
              <b>{index + 1}</b>
              <span className="candidate-words">
                <b>{candidate.droneId}</b> <span className="muted">{candidateWords(candidate)}</span>
              </span>
              <span className={candidate.verdict === 'GO' ? 'chip ready' : 'chip'}>
                {candidate.verdict === 'GO' ? 'Go' : 'No-go'}
              </span>
              <b className={candidate.verdict === 'GO' ? 'candidate-time' : 'candidate-time dim'}>
                {candidate.timeToSceneS === null ? '–' : duration(candidate.timeToSceneS)}
              </b>
            </Button>
          </li>
        ))}
      </ol>
    </section>
  );
}

function candidateWords(candidate: Candidate): string {
  const words: string[] = [];
  if (candidate.baseStationId !== null) words.push(candidate.baseStationId);
  if (candidate.batteryPercent !== null) words.push(`${Math.round(candidate.batteryPercent)} %`);
  const against = candidate.checks.find((check) => check.result === 'NO_GO');
  if (against !== undefined) words.push(against.sentence);
  return words.join(' · ');
}
