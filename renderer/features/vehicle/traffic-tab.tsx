import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import { age, altitude, coordinates, heading, inWords, NONE, speed } from '../../ui/formatting.ts';
import { useTraffic } from './vehicle-feeds.ts';

/** Manned aircraft that the receivers of all drones hear. */
export function TrafficTab() {
  const station = useStation();
  const { units } = useStore(station.settings);
  const ownAmslM = useSelected(
    station.detail,
    (detail) => detail.detail?.vehicle?.position?.altitudeAmslM ?? null,
  );
  const aircraft = useTraffic();
  if (aircraft === null) return <p className="muted">Waiting for the station to answer …</p>;
  if (aircraft.length === 0)
    return (
      <p className="muted">
        No receiver of any drone hears an aircraft. That does not say that there is none.
      </p>
    );
  return (
    <table className="table figures" aria-label="Traffic">
      <thead>
        <tr>
          <th scope="col">Aircraft</th>
          <th scope="col">Altitude</th>
          <th scope="col">Relative to this drone</th>
          <th scope="col" className="number">
            Track
          </th>
          <th scope="col" className="number">
            Speed
          </th>
          <th scope="col">Where</th>
          <th scope="col" className="number">
            Heard
          </th>
        </tr>
      </thead>
      <tbody>
        {aircraft.map((plane) => (
          <tr key={plane.icaoAddress} data-stale={plane.ageMs > 3_000}>
            <th scope="row">
              {plane.callsign ?? plane.icaoAddress}
              {plane.callsign !== null && <span className="dim"> {plane.icaoAddress}</span>}
            </th>
            <td className="nowrap">
              {plane.altitudeM === null
                ? NONE
                : `${inWords(altitude(plane.altitudeM, units))} ${plane.altitudeDatum === 'AMSL' ? 'AMSL' : 'pressure'}`}
            </td>
            <td className="nowrap">
              {plane.altitudeM === null || plane.altitudeDatum === 'PRESSURE' || ownAmslM === null
                ? 'not comparable'
                : relative(plane.altitudeM - ownAmslM, (metres) => inWords(altitude(metres, units)))}
            </td>
            <td className="number">{plane.headingDeg === null ? NONE : `${heading(plane.headingDeg)}°`}</td>
            <td className="number nowrap">{inWords(speed(plane.groundSpeedMps, units))}</td>
            <td className="nowrap">{coordinates(plane)}</td>
            <td className="number nowrap">{age(plane.ageMs / 1_000)} ago</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function relative(differenceM: number, words: (metres: number) => string): string {
  return `${words(Math.abs(differenceM))} ${differenceM < 0 ? 'below' : 'above'}`;
}
