import type { MissionSummary } from '../../../preload/contract/missions.ts';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { localTime } from '../../ui/formatting.ts';
import { timelineSteps } from './timeline-steps.ts';

export function MissionTimeline({ mission }: { mission: MissionSummary }) {
  const events = useSelected(useStation().timeline, (state) =>
    state.missionId === mission.missionId ? (state.timeline?.events ?? null) : null,
  );
  const steps = timelineSteps(events ?? [], mission);
  return (
    <section className="section" aria-label="Mission">
      {mission.abortReason !== null && <p className="timeline-abort">Aborted: {mission.abortReason}</p>}
      <ol className="timeline">
        {steps.map((step) => (
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
