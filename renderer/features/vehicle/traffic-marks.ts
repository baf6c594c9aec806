import { useMemo } from 'react';
import type { TrafficMark } from '../../map/traffic-marks.ts';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { isStale, trafficLabel } from './traffic-words.ts';
import { useTraffic } from './vehicle-feeds.ts';

const NO_TRAFFIC: readonly TrafficMark[] = [];

/** Manned aircraft for the map, with their altitude relative to the selected drone. */
export function useTrafficMarks(): readonly TrafficMark[] {
  const station = useStation();
  const units = useSelected(station.settings, (settings) => settings.units);
  const aircraft = useTraffic();
  return useMemo(() => {
    if (aircraft === null || aircraft.length === 0) return NO_TRAFFIC;
    // The drone's own altitude is read once for each news of the traffic, not with each of its own.
    const ownAmslM = station.detail.get().detail?.vehicle?.position?.altitudeAmslM ?? null;
    return aircraft.map((plane) => ({
      key: plane.icaoAddress,
      position: { latitudeDeg: plane.latitudeDeg, longitudeDeg: plane.longitudeDeg },
      headingDeg: plane.headingDeg,
      label: trafficLabel(plane, ownAmslM, units),
      stale: isStale(plane),
    }));
  }, [aircraft, station, units]);
}
