import { Button } from 'react-aria-components';
import type { TrafficAircraft } from '../../../preload/contract/vehicle-tools.ts';
import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import { age, coordinates, heading, inWords, NONE, speed } from '../../ui/formatting.ts';
import {
  aircraftKey,
  aircraftName,
  altitudeWords,
  isStale,
  relativeWords,
  SOURCE_WORDS,
} from './traffic-words.ts';
import { useVehicleDesk } from './vehicle-desk.ts';
import { useTraffic } from './vehicle-feeds.ts';

/** Aircraft of others that the receivers of all drones hear. */
export function TrafficTab() {
  const station = useStation();
  const { units } = useStore(station.settings);
  const ownAmslM = useSelected(
    station.detail,
    (detail) => detail.detail?.vehicle?.position?.altitudeAmslM ?? null,
  );
  const aircraft = useTraffic();
  const desk = useVehicleDesk();
  const showOnMap = (plane: TrafficAircraft): void => {
    desk.chooseAircraft(aircraftKey(plane));
    desk.setOpen(false);
    // The card takes it.
    desk.takeReturn();
    station.view.focusOn(plane);
  };
  if (aircraft === null) return <p className="muted">Waiting for the station to answer…</p>;
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
          <tr key={aircraftKey(plane)} data-stale={isStale(plane)}>
            <th scope="row">
              <Button className="row-button" onPress={() => showOnMap(plane)}>
                {aircraftName(plane)}
                <span className="dim">
                  {` ${SOURCE_WORDS[plane.source]}${plane.callsign === null ? '' : ` ${plane.aircraftId}`}`}
                </span>
              </Button>
            </th>
            <td className="nowrap">{altitudeWords(plane, units)}</td>
            <td className="nowrap">{relativeWords(plane, ownAmslM, units) ?? 'not comparable'}</td>
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
