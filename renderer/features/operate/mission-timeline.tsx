import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { MissionSummary } from '../../../preload/contract/missions.ts';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { localTime } from '../../ui/formatting.ts';
import { earlierSteps, timelineSteps } from './timeline-steps.ts';

export function MissionTimeline({ mission }: { mission: MissionSummary }) {
  const events = useSelected(useStation().timeline, (state) =>
    state.missionId === mission.missionId ? (state.timeline?.events ?? null) : null,
  );
  const [all, setAll] = useState(false);
  const steps = timelineSteps(events ?? [], mission);
  const hidden = all || mission.phase === 'OVER' ? 0 : earlierSteps(steps);
  return (
    <section className="section" aria-label="Mission">
      {mission.abortReason !== null && <p className="timeline-abort">Aborted: {mission.abortReason}</p>}
      {hidden > 0 && (
        <p className="timeline-earlier">
          <Button className="link-button" onPress={() => setAll(true)}>
            Show {hidden} earlier
          </Button>
        </p>
      )}
      <ol className="timeline">
        {steps.slice(hidden).map((step) => (
          <li key={step.id} data-state={step.state} aria-current={step.state === 'NOW' ? 'step' : undefined}>
            <span className="timeline-time">
              {step.atMs === null ? step.countdown : localTime(step.atMs)}
            </span>
            <i aria-hidden="true" />
            <span>
              {step.state === 'TO_COME' && <span className="visually-hidden">Expected: </span>}
              {step.words}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
