import type { ReactNode } from 'react';
import type { BaseAvailability, BaseSuccess, ResponseTime } from '../../../preload/contract/review.ts';
import { useStation } from '../../state/station.ts';
import { useStore } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { coordinates, distance, duration, inWords, NONE } from '../../ui/formatting.ts';
import { useReview } from './review-context.ts';
import { useFigures, useNearestDrone } from './review-queries.ts';
import { bytes } from './review-words.ts';

const STATUS_NAMES = {
  READY: 'Ready',
  CHARGING: 'Charging',
  IN_FLIGHT: 'In flight',
  MAINTENANCE: 'Maintenance',
  OFFLINE: 'Offline',
} as const;
const NO_BASE = 'No base';

/** How fast and how well it went, and what stands ready now. */
export function Figures() {
  const { figures, failure } = useFigures();
  if (figures === null)
    return (
      <div className="review-note">
        <FailureNote failure={failure} />
        {failure === null && <p className="muted">Adding up…</p>}
      </div>
    );
  return (
    <>
      <dl className="review-tiles">
        <Tile label="Average response" value={seconds(figures.response.averageS)}>
          {arrivals(figures.response)}
        </Tile>
        <Tile label="Last 24 hours" value={seconds(figures.lastDay.averageS)}>
          {arrivals(figures.lastDay)}
        </Tile>
        <Tile label="Missions in flight" value={String(figures.activeMissions)}>
          now
        </Tile>
        <Tile label="Records on disk" value={bytes(figures.databaseBytes)}>
          of this station
        </Tile>
      </dl>
      <SuccessTable rows={figures.successByBase} />
      <NearestDrone />
      <section className="review-table" aria-label="Fleet by status">
        <h3>Fleet now</h3>
        <dl className="review-statuses">
          {figures.dronesByStatus.map(({ status, drones }) => (
            <div key={status}>
              <dt>{STATUS_NAMES[status]}</dt>
              <dd>{drones}</dd>
            </div>
          ))}
        </dl>
        <AvailabilityTable rows={figures.availability} />
      </section>
    </>
  );
}

function Tile({ label, value, children }: { label: string; value: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <b>{value}</b>
        <span className="dim">{children}</span>
      </dd>
    </div>
  );
}

function seconds(value: number | null): string {
  return value === null ? NONE : duration(value);
}

function arrivals({ launched, arrived, medianS }: ResponseTime): string {
  if (medianS === null) return launched === 0 ? 'no launch' : 'no arrival';
  return `median ${duration(medianS)} of ${arrived.toLocaleString('en')} arrivals`;
}

function SuccessTable({ rows }: { rows: readonly BaseSuccess[] }) {
  return (
    <section className="review-table" aria-label="Success rate by base station">
      <h3>Success rate by base</h3>
      {rows.length === 0 ? (
        <p className="muted">No mission ended in this time.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Base</th>
              <th scope="col">AED taken</th>
              <th scope="col">completed</th>
              <th scope="col">aborted</th>
              <th scope="col">to scene</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.baseStationId ?? NO_BASE}>
                <th scope="row">{row.name ?? NO_BASE}</th>
                <td>
                  <b>{row.successPercent === null ? NONE : `${row.successPercent.toFixed(1)} %`}</b>
                </td>
                <td>{row.completed}</td>
                <td>{row.aborted}</td>
                <td>{seconds(row.averageEtaS)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function AvailabilityTable({ rows }: { rows: readonly BaseAvailability[] }) {
  return (
    <table aria-label="Drones at each base by status">
      <thead>
        <tr>
          <th scope="col">Base</th>
          <th scope="col">Ready</th>
          <th scope="col">
            <abbr title="Average battery of the ready drones">Battery</abbr>
          </th>
          <th scope="col">Charging</th>
          <th scope="col">In flight</th>
          <th scope="col">
            <abbr title="In maintenance or offline">Out</abbr>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.baseStationId ?? NO_BASE}>
            <th scope="row">{row.name ?? NO_BASE}</th>
            <td>
              <b>{row.ready}</b>
            </td>
            <td>
              {row.averageReadyBatteryPercent === null
                ? NONE
                : `${Math.round(row.averageReadyBatteryPercent)} %`}
            </td>
            <td>{row.charging}</td>
            <td>{row.inFlight}</td>
            <td>{row.maintenance + row.offline}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Coverage, one question at a time: a place on the map, and who would come. */
function NearestDrone() {
  const { place } = useStore(useReview().state);
  const { units } = useStore(useStation().settings);
  const { data } = useNearestDrone();
  return (
    <section className="review-table" aria-label="Nearest ready drone">
      <h3>Nearest ready drone</h3>
      <p role="status" className={place === null ? 'muted' : undefined}>
        {place === null && 'Click the map to see who is nearest, by the records.'}
        {place !== null && data === undefined && 'Looking…'}
        {data === null && place !== null && 'No drone is ready with half its battery.'}
        {data != null && place !== null && (
          <>
            <b>{data.droneId}</b> at {data.batteryPercent} %, {inWords(distance(data.distanceM, units))} from{' '}
            {coordinates(place)}
          </>
        )}
      </p>
    </section>
  );
}
