import { Button } from 'react-aria-components';
import type { HealthBounds, SignedHealthCheck } from '../../../preload/contract/health.ts';
import { NONE } from '../../ui/formatting.ts';
import { moment } from '../review/review-words.ts';
import { useMaintenance } from './maintenance-context.ts';
import { DECISION_WORDS, problemWords } from './maintenance-words.ts';
import { TrendChart, type TrendPoint } from './trend-chart.tsx';

/** Every signed check of a drone, newest first. */
export function CheckHistory({ checks }: { checks: readonly SignedHealthCheck[] }) {
  const maintenance = useMaintenance();
  return (
    <section className="maintenance-section" aria-label="History">
      <h3>History</h3>
      {checks.length === 0 ? (
        <p className="muted">No health check of this drone was signed yet.</p>
      ) : (
        <table className="table">
          <caption className="visually-hidden">Signed health checks</caption>
          <thead>
            <tr>
              <th scope="col">Signed</th>
              <th scope="col">By</th>
              <th scope="col">Decision</th>
              <th scope="col">Found</th>
              <th scope="col">Flight hours</th>
              <th scope="col">Firmware</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {checks.map((check) => (
              <tr key={check.healthCheckId}>
                <th scope="row" className="nowrap">
                  {moment(check.signedAtMs)}
                </th>
                <td>{check.signedName}</td>
                <td>
                  <span className={check.decision === 'READY' ? 'chip ready' : 'chip'}>
                    {DECISION_WORDS[check.decision]}
                  </span>
                </td>
                <td>{problemWords(check) ?? 'no problem'}</td>
                <td>{check.flightHours === null ? NONE : check.flightHours.toFixed(1)}</td>
                <td>{check.firmware ?? NONE}</td>
                <td className="table-action">
                  <Button
                    className="button small"
                    aria-label={`Report of ${moment(check.signedAtMs)}`}
                    onPress={() => maintenance.openReport(check.healthCheckId)}
                  >
                    Report
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** What wears out, and by which values it shows. Several values: the worst of them counts. */
const TRENDS: readonly { title: string; checkIds: readonly string[] }[] = [
  { title: 'Weakest cell', checkIds: ['battery-cell'] },
  { title: 'Spread of the cells', checkIds: ['battery-cell-spread'] },
  { title: 'Internal resistance of the pack', checkIds: ['battery-resistance'] },
  { title: 'Vibration, worst axis', checkIds: ['vibration-x', 'vibration-y', 'vibration-z'] },
  { title: 'Speed of the motors, spread', checkIds: ['motor-rpm'] },
  { title: 'Current of the motors, spread', checkIds: ['motor-current'] },
  { title: 'AED door, slower of opening and closing', checkIds: ['door-release'] },
];

/** How the values that wear moves went over the checks. */
export function Trends({ checks }: { checks: readonly SignedHealthCheck[] }) {
  const trends = TRENDS.flatMap(({ title, checkIds }) => {
    const bounds = boundsOf(checks, checkIds);
    return bounds === null ? [] : [{ title, bounds, points: pointsOf(checks, checkIds, bounds) }];
  });
  if (trends.length === 0) return null;
  const drawn = trends.filter(({ points }) => points.length > 0);
  const without = trends.filter(({ points }) => points.length === 0).map(({ title }) => title);
  return (
    <section className="maintenance-section" aria-label="Trends">
      <h3>Trends over the signed checks</h3>
      <div className="trends">
        {drawn.map(({ title, bounds, points }) => (
          <TrendChart key={title} {...{ title, bounds, points }} unit={bounds.unit} />
        ))}
        <TrendChart title="Flight hours" unit="h" bounds={null} points={flightHours(checks)} />
      </div>
      {without.length > 0 && <p className="muted">Nothing on record yet: {without.join('; ')}.</p>}
    </section>
  );
}

function flightHours(checks: readonly SignedHealthCheck[]): TrendPoint[] {
  return checks
    .flatMap(({ signedAtMs, flightHours: value }) => (value === null ? [] : [{ atMs: signedAtMs, value }]))
    .reverse();
}

/** The limits as they were at the newest check: they are what is in force. */
function boundsOf(checks: readonly SignedHealthCheck[], checkIds: readonly string[]): HealthBounds | null {
  for (const { automatic } of checks) {
    const item = automatic.find(({ checkId, bounds }) => checkIds.includes(checkId) && bounds !== null);
    if (item !== undefined) return item.bounds;
  }
  return null;
}

function pointsOf(
  checks: readonly SignedHealthCheck[],
  checkIds: readonly string[],
  { worse }: HealthBounds,
): TrendPoint[] {
  const worst = worse === 'ABOVE' ? Math.max : Math.min;
  return checks
    .flatMap(({ signedAtMs, automatic }) => {
      const values = automatic
        .filter(({ checkId }) => checkIds.includes(checkId))
        .map(({ value }) => value)
        .filter((value) => value !== null);
      return values.length === 0 ? [] : [{ atMs: signedAtMs, value: worst(...values) }];
    })
    .reverse();
}
