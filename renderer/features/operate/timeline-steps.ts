import type { MissionEvent, MissionStatus, MissionSummary } from '../../../preload/contract/missions.ts';
import { duration } from '../../ui/formatting.ts';

export interface TimelineStep {
  readonly id: string;
  readonly state: 'DONE' | 'NOW' | 'TO_COME';
  /** When it happened (UTC, ms); null for what is still expected. */
  readonly atMs: number | null;
  /** What stands in the place of the time: the countdown to it. */
  readonly countdown: string | null;
  readonly words: string;
}

const SHOWN_DONE = 3;

const EXPECTED: readonly { status: MissionStatus; words: string }[] = [
  { status: 'IN_FLIGHT', words: 'Takes off' },
  { status: 'ARRIVED', words: 'Arrives on scene' },
  { status: 'LANDED', words: 'Lands' },
  { status: 'AED_DEPLOYED', words: 'AED released' },
  { status: 'RETURNING', words: 'Returns' },
  { status: 'COMPLETED', words: 'Back at its base' },
];

/** Status moves forward only (F5): what comes after the present one is still expected. */
const ORDER: readonly MissionStatus[] = ['LAUNCHED', ...EXPECTED.map((step) => step.status)];

/** What happened, oldest first, then what is still expected of this mission. */
export function timelineSteps(events: readonly MissionEvent[], mission: MissionSummary): TimelineStep[] {
  const done = events
    .toSorted((a, b) => a.atMs - b.atMs)
    .map((event): TimelineStep => {
      const { eventId: id, atMs, sentence: words } = event;
      return { id, state: 'DONE', atMs, countdown: null, words };
    });
  const reached = ORDER.indexOf(mission.status);
  if (mission.phase === 'OVER' || reached < 0) return done;
  const toCome = EXPECTED.filter((step) => ORDER.indexOf(step.status) > reached).map(
    (step, index): TimelineStep => ({
      id: step.status,
      state: index === 0 ? 'NOW' : 'TO_COME',
      atMs: null,
      countdown:
        step.status === 'ARRIVED' && mission.timeToSceneS !== null ? duration(mission.timeToSceneS) : null,
      words: step.words,
    }),
  );
  return [...done, ...toCome];
}

/** While it flies the present step must be in sight: how many of the oldest steps to leave out until asked for. */
export function earlierSteps(steps: readonly TimelineStep[]): number {
  const done = steps.filter((step) => step.state === 'DONE').length;
  // Hiding a single line would take the line that says so.
  return done > SHOWN_DONE + 1 ? done - SHOWN_DONE : 0;
}
