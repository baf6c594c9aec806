import { useMemo } from 'react';
import type { TrafficAircraft } from '../../../preload/contract/vehicle-tools.ts';
import type { TrafficMark } from '../../map/traffic-marks.ts';
import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import { aircraftKey, aircraftName, isStale, trafficLabel } from './traffic-words.ts';
import { useVehicleDesk } from './vehicle-desk.ts';
import { useTraffic } from './vehicle-feeds.ts';

const NONE_HEARD: readonly TrafficAircraft[] = [];

/** Aircraft of others, and their marks on the map with the altitude relative to the selected drone. */
export function useTrafficOnMap(): { aircraft: readonly TrafficAircraft[]; marks: readonly TrafficMark[] } {
  const station = useStation();
  const units = useSelected(station.settings, (settings) => settings.units);
  const chosen = useStore(useVehicleDesk().aircraft);
  const heard = useTraffic();
  const aircraft = heard === null || heard.length === 0 ? NONE_HEARD : heard;
  const marks = useMemo(() => {
    // The drone's own altitude is read once for each news of the traffic, not with each of its own.
    const ownAmslM = station.detail.get().detail?.vehicle?.position?.altitudeAmslM ?? null;
    return aircraft.map((plane) => ({
      key: aircraftKey(plane),
      position: { latitudeDeg: plane.latitudeDeg, longitudeDeg: plane.longitudeDeg },
      headingDeg: plane.headingDeg,
      label: trafficLabel(plane, ownAmslM, units),
      name: aircraftName(plane),
      selected: aircraftKey(plane) === chosen,
      stale: isStale(plane),
    }));
  }, [aircraft, station, units, chosen]);
  return { aircraft, marks };
}
