import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { MissionReview } from '../../../preload/contract/review.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { useStore } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { compassPoint, coordinates, duration, inWords, localTime, NONE, speed } from '../../ui/formatting.ts';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { missionCsv, missionGeoJson } from './mission-export.ts';
import { OutcomeDialog } from './outcome-dialog.tsx';
import { useReview } from './review-context.ts';
import { useMissionReview } from './review-queries.ts';
import { moment, OUTCOME_WORDS, STATUS_WORDS, sinceLaunch, yesNo } from './review-words.ts';
import { saveFile } from './save-file.ts';

/** More than a flight of three hours has at one a second. */
const EXPORTED_POINTS = 20_000;
const TRANSCRIPT_DAYS_MS = 7 * 86_400_000;
const SPEAKERS = { DRONE: 'Drone', BYSTANDER: 'Bystander', AED_DEVICE: 'AED' } as const;

/** Everything that is kept of the chosen mission. */
export function MissionReviewPane() {
  const { missionId } = useStore(useReview().state);
  const { mission, failure } = useMissionReview(missionId);
  if (missionId === null)
    return <p className="side-empty">Choose a mission to see what happened, second by second.</p>;
  if (mission === null || mission.missionId !== missionId)
    return failure === null ? (
      <p className="section muted">Reading the records…</p>
    ) : (
      <div className="section">
        <FailureNote failure={failure} />
      </div>
    );
  return (
    <>
      <header className="section detail-header">
        <h1>{mission.destinationAddress ?? coordinates(mission.destination)}</h1>
        <span className="chip">{STATUS_WORDS[mission.status]}</span>
      </header>
      <ScrollArea label="What happened">
        <Facts mission={mission} />
        <Events mission={mission} />
        <Transcript mission={mission} />
        <Outcome mission={mission} />
      </ScrollArea>
      <Export mission={mission} />
    </>
  );
}

function Facts({ mission }: { mission: MissionReview }) {
  const predicted = mission.estimatedEtaS === null ? '' : ` of ${duration(mission.estimatedEtaS)} predicted`;
  const sinceCall = (atMs: number | null): string =>
    atMs === null ? NONE : duration((atMs - mission.calledAtMs) / 1_000);
  const facts: [label: string, value: string][] = [
    ['Launched', moment(mission.launchedAtMs)],
    ['Drone', mission.droneId],
    ['Station', mission.remoteStationId ?? 'This one'],
    ['Call to launch', sinceCall(mission.launchedAtMs)],
    ['To scene', mission.actualEtaS === null ? NONE : `${duration(mission.actualEtaS)}${predicted}`],
    ['Call to AED taken', sinceCall(mission.aedDeployedAtMs)],
    ['Base', mission.baseStationName ?? 'No base'],
    ['Launched by', mission.dispatcherName ?? NONE],
    ['Weather', useWeatherWords(mission)],
  ];
  return (
    <section className="section" aria-label="Facts">
      <dl className="review-facts">
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {mission.abortReason !== null && <p className="review-aside">Aborted: {mission.abortReason}</p>}
      {mission.overrideReason !== null && (
        <p className="review-aside">Launched against the checks: {mission.overrideReason}</p>
      )}
    </section>
  );
}

function useWeatherWords({ weather }: MissionReview): string {
  const { units } = useStore(useStation().settings);
  if (weather === null) return NONE;
  const words: string[] = [];
  if (weather.condition !== null) words.push(weather.condition.toLowerCase());
  if (weather.temperatureC !== null) words.push(`${Math.round(weather.temperatureC)} °C`);
  if (weather.windSpeedMps !== null) {
    const from = weather.windFromDeg === null ? '' : ` from ${compassPoint(weather.windFromDeg)}`;
    words.push(`${inWords(speed(weather.windSpeedMps, units))}${from}`);
  }
  return words.length === 0 ? NONE : words.join(', ');
}

function Events({ mission }: { mission: MissionReview }) {
  return (
    <section className="section" aria-label="Timeline">
      <div className="section-head">
        <h3>Timeline</h3>
        <span className="dim">since launch</span>
      </div>
      <ol className="timeline review-timeline">
        {mission.events.map((event) => (
          <li key={event.eventId} data-state="DONE">
            <time
              className="timeline-time"
              dateTime={new Date(event.atMs).toISOString()}
              title={localTime(event.atMs)}
            >
              {sinceLaunch(event.secondsSinceLaunch)}
            </time>
            <i aria-hidden="true" />
            <span>{event.sentence === '' ? event.type : event.sentence}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Transcript({ mission }: { mission: MissionReview }) {
  const old = useStation().nowMs() - mission.launchedAtMs > TRANSCRIPT_DAYS_MS;
  return (
    <section className="section" aria-label="Transcript">
      <h3>Transcript</h3>
      {mission.transcript.length === 0 ? (
        <p className="muted">
          {old
            ? 'What was said is kept for 7 days, then removed.'
            : 'Nothing was said, or nothing was heard.'}
        </p>
      ) : (
        <ol className="conversation">
          {mission.transcript.map((line) => (
            <li key={`${line.atMs} ${line.speaker} ${line.text}`} data-speaker={line.speaker}>
              <span className="dim">
                {sinceLaunch((line.atMs - mission.launchedAtMs) / 1_000)} <b>{SPEAKERS[line.speaker]}</b>
                {line.confidence !== null && ` · heard with ${Math.round(line.confidence * 100)} %`}
              </span>
              <span lang={line.language}>{line.text}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Outcome({ mission }: { mission: MissionReview }) {
  const [editing, setEditing] = useState(false);
  const outcome: [label: string, value: string][] = [
    ['AED taken out', yesNo(mission.aedDeployed)],
    ['Bystander used it', yesNo(mission.bystanderUsedAed)],
    ['Shock delivered', yesNo(mission.shockDelivered)],
    ['Ambulance arrived', ambulanceWords(mission)],
    ['Patient', mission.patientOutcome === null ? NONE : OUTCOME_WORDS[mission.patientOutcome]],
  ];
  return (
    <section className="section" aria-label="Outcome">
      <div className="section-head">
        <h3>Outcome</h3>
        <Button className="link-button" onPress={() => setEditing(true)}>
          Record outcome
        </Button>
      </div>
      <dl className="review-facts">
        {outcome.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {editing && <OutcomeDialog mission={mission} onClose={() => setEditing(false)} />}
    </section>
  );
}

function ambulanceWords({ ambulanceArrivedAtMs, arrivedAtMs }: MissionReview): string {
  if (ambulanceArrivedAtMs === null) return NONE;
  if (arrivedAtMs === null) return localTime(ambulanceArrivedAtMs);
  const behindS = (ambulanceArrivedAtMs - arrivedAtMs) / 1_000;
  return `${duration(Math.abs(behindS))} ${behindS < 0 ? 'before' : 'after'} the drone`;
}

function Export({ mission }: { mission: MissionReview }) {
  const { client } = useStation().connection;
  const save = useAction(async (kind: 'csv' | 'geojson') => {
    const track = await client.review.track({
      missionId: mission.missionId,
      maximumPoints: EXPORTED_POINTS,
    });
    const name = `mission-${new Date(mission.launchedAtMs).toISOString().slice(0, 10)}-${mission.missionId.slice(-8)}`;
    if (kind === 'csv') saveFile(`${name}.csv`, 'text/csv', missionCsv(mission, track));
    else saveFile(`${name}.geojson`, 'application/geo+json', missionGeoJson(mission, track));
  });
  return (
    <div className="side-actions">
      <FailureNote failure={save.failure} />
      <div className="two">
        <Button className="button" isDisabled={save.busy} onPress={() => save.run('csv')}>
          Export CSV
        </Button>
        <Button className="button" isDisabled={save.busy} onPress={() => save.run('geojson')}>
          Export GeoJSON
        </Button>
      </div>
    </div>
  );
}
