import { Button } from 'react-aria-components';
import type { MissionStatus } from '../../../preload/contract/missions.ts';
import type { ReviewedMission } from '../../../preload/contract/review.ts';
import { useStore } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Chooser, Field, Segments } from '../../ui/field.tsx';
import { coordinates } from '../../ui/formatting.ts';
import { ConflictTable } from './conflict-table.tsx';
import { Figures } from './figures.tsx';
import { type Review, useReview } from './review-context.ts';
import type { Period, ReviewForm, ReviewPart } from './review-filter.ts';
import { useBaseNames, useMissionList, useReviewFollowsMissions } from './review-queries.ts';
import { moment, resultWords, STATUS_WORDS } from './review-words.ts';
import './review.css';

const PARTS: readonly { value: ReviewPart; label: string }[] = [
  { value: 'missions', label: 'Missions' },
  { value: 'figures', label: 'Figures' },
  { value: 'conflicts', label: 'Conflicts' },
];
const PERIODS: readonly { value: Period; label: string }[] = [
  { value: 'day', label: 'Last 24 hours' },
  { value: 'week', label: 'Last 7 days' },
  { value: 'month', label: 'Last 30 days' },
  { value: 'quarter', label: 'Last 90 days' },
  { value: 'all', label: 'All time' },
  { value: 'dates', label: 'Between dates' },
];
const ALL = 'ALL';
const STATUSES = [
  { value: ALL, label: 'Any status' },
  ...(Object.entries(STATUS_WORDS) as [MissionStatus, string][]).map(([value, label]) => ({ value, label })),
] as const;

/** What was flown, how well, and what conflicts now. */
export function ReviewList() {
  const review = useReview();
  const { part, form } = useStore(review.state);
  useReviewFollowsMissions();
  return (
    <>
      <h2>Review</h2>
      <div className="review-filter">
        <Segments
          label="What to look at"
          labelHidden
          choices={PARTS}
          value={part}
          onChange={(chosen) => review.show(chosen)}
        />
        {part === 'missions' && (
          <div className="two">
            <PeriodChooser review={review} form={form} />
            <BaseChooser review={review} form={form} />
          </div>
        )}
        {part === 'figures' && <PeriodChooser review={review} form={form} />}
        {part !== 'conflicts' && form.period === 'dates' && <DateFields review={review} form={form} />}
        {part === 'missions' && <StatusAndDrone review={review} form={form} />}
      </div>
      {part === 'missions' && <MissionRows />}
      {part === 'figures' && <Figures />}
      {part === 'conflicts' && <ConflictTable />}
    </>
  );
}

interface FieldsProps {
  review: Review;
  form: ReviewForm;
}

function PeriodChooser({ review, form }: FieldsProps) {
  return (
    <Chooser
      label="Launched"
      choices={PERIODS}
      value={form.period}
      onChange={(period) => review.edit({ period })}
    />
  );
}

function DateFields({ review, form }: FieldsProps) {
  return (
    <div className="two">
      <Field label="From" type="date" value={form.fromDay} onChange={(fromDay) => review.edit({ fromDay })} />
      <Field
        label="Until, that day included"
        type="date"
        value={form.untilDay}
        onChange={(untilDay) => review.edit({ untilDay })}
      />
    </div>
  );
}

function BaseChooser({ review, form }: FieldsProps) {
  const bases = useBaseNames();
  return (
    <Chooser
      label="Base"
      choices={[
        { value: ALL, label: 'All bases' },
        ...bases.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      value={form.baseStationId ?? ALL}
      onChange={(base) => review.edit({ baseStationId: base === ALL ? null : base })}
    />
  );
}

function StatusAndDrone({ review, form }: FieldsProps) {
  return (
    <div className="two">
      <Chooser
        label="Status"
        choices={STATUSES}
        value={form.status ?? ALL}
        onChange={(status) => review.edit({ status: status === ALL ? null : status })}
      />
      <Field
        label="Drone"
        value={form.droneId}
        onChange={(typed) => review.edit({ droneId: typed.replace(/[^A-Za-z0-9 ._-]/g, '') })}
        maxLength={50}
        placeholder="Alpha-3"
      />
    </div>
  );
}

function MissionRows() {
  const review = useReview();
  const { missionId } = useStore(review.state);
  const { missions, failure, hasNextPage, fetchNextPage, isFetchingNextPage, isPlaceholderData } =
    useMissionList();
  return (
    <>
      <div className="review-note">
        <FailureNote failure={failure} />
      </div>
      <ul aria-label="Missions" aria-busy={isPlaceholderData} className="review-rows">
        {missions?.map((mission) => (
          <MissionRow
            key={mission.missionId}
            mission={mission}
            selected={mission.missionId === missionId}
            onChoose={review.choose}
          />
        ))}
      </ul>
      <p className="list-empty muted" role="status">
        {missions === undefined
          ? failure === null && 'Looking through the records…'
          : missions.length === 0 && 'No mission fits. Choose a longer time, or take a filter away.'}
      </p>
      {hasNextPage && (
        <p className="review-more">
          <Button className="button small" onPress={() => void fetchNextPage()}>
            {isFetchingNextPage ? 'Loading…' : 'Show older missions'}
          </Button>
        </p>
      )}
    </>
  );
}

interface MissionRowProps {
  mission: ReviewedMission;
  selected: boolean;
  onChoose(missionId: string): void;
}

function MissionRow({ mission, selected, onChoose }: MissionRowProps) {
  const over = mission.status === 'COMPLETED' || mission.status === 'ABORTED';
  return (
    <li>
      <button
        type="button"
        className="review-row"
        aria-current={selected ? 'true' : undefined}
        onClick={() => onChoose(mission.missionId)}
      >
        <span className="review-line">
          <b>{mission.destinationAddress ?? coordinates(mission.destination)}</b>
          <span className={over ? 'chip' : 'chip flying'}>{STATUS_WORDS[mission.status]}</span>
        </span>
        <span className="review-line muted">
          <span>
            {moment(mission.launchedAtMs)} · {mission.droneId}
            {mission.remoteStationId !== null && ` · ${mission.remoteStationId}`}
          </span>
          <span className="review-result">{resultWords(mission)}</span>
        </span>
      </button>
    </li>
  );
}
