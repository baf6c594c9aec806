import { along, distanceM, headingDeg, type Place, positionOf } from './ground.ts';
import { CRUISE_HEIGHT_M, type SampleMission } from './sample-mission.ts';

export interface SampleFix {
  atMs: number;
  latitudeDeg: number;
  longitudeDeg: number;
  altitudeAmslM: number;
  speedMps: number;
  headingDeg: number;
  batteryPercent: number;
  toDestinationM: number;
}

/** Telemetry of the product comes once a second; every other one is enough to look at. */
const EVERY_MS = 2_000;
const BATTERY_PER_MINUTE = 2.6;

/** The flight as it would have been recorded: up, out, down, up, home, down, with the wander of a GPS. */
export function* sampleFlight(mission: SampleMission): Generator<SampleFix> {
  const { times, launchedAtMs, drone, chance: whole } = mission;
  const chance = whole.fork(1);
  const full = chance.between(94, 100);
  const ground = drone.base.groundAmslM;
  for (let ms = 0; ms <= times.endMs; ms += EVERY_MS) {
    const { place, heightM, speedMps, heading } = sightAt(mission, ms);
    const seen = {
      eastM: place.eastM + chance.normal(0, 0.4),
      northM: place.northM + chance.normal(0, 0.4),
    };
    yield {
      atMs: launchedAtMs + ms,
      ...positionOf(seen),
      altitudeAmslM: ground + heightM + chance.normal(0, 0.2),
      speedMps: Math.max(0, speedMps + chance.normal(0, speedMps > 0 ? 0.4 : 0.02)),
      headingDeg: heading,
      batteryPercent: Math.max(5, Math.round(full - (ms / 60_000) * BATTERY_PER_MINUTE)),
      toDestinationM: distanceM(seen, mission.emergency.place),
    };
  }
}

function sightAt(mission: SampleMission, ms: number) {
  const { times, turnedAt, groundSpeedMps, abortReason } = mission;
  const home = mission.drone.base.place;
  const scene = mission.emergency.place;
  const far = along(home, scene, turnedAt);
  const out = headingDeg(home, scene);
  const back = (out + 180) % 360;
  const still = (place: Place, heightM: number, heading: number) => ({
    place,
    heightM,
    speedMps: 0,
    heading,
  });
  const share = (fromMs: number, untilMs: number): number => (ms - fromMs) / Math.max(1, untilMs - fromMs);
  if (ms < times.takeoffMs) return still(home, 0, out);
  if (ms < times.cruiseMs) return still(home, CRUISE_HEIGHT_M * share(times.takeoffMs, times.cruiseMs), out);
  if (ms < times.arrivedMs)
    return {
      place: along(home, far, share(times.cruiseMs, times.arrivedMs)),
      ...{ heightM: CRUISE_HEIGHT_M, speedMps: groundSpeedMps, heading: out },
    };
  if (ms < times.landedMs)
    return still(far, CRUISE_HEIGHT_M * (1 - share(times.arrivedMs, times.landedMs)), out);
  if (ms < times.leftMs) return still(far, 0, out);
  const cruiseHomeMs = abortReason === null ? times.leftMs + 20_000 : times.leftMs;
  if (ms < cruiseHomeMs) return still(far, CRUISE_HEIGHT_M * share(times.leftMs, cruiseHomeMs), back);
  if (ms < times.homeMs)
    return {
      place: along(far, home, share(cruiseHomeMs, times.homeMs)),
      ...{ heightM: CRUISE_HEIGHT_M, speedMps: groundSpeedMps, heading: back },
    };
  return still(home, CRUISE_HEIGHT_M * Math.max(0, 1 - share(times.homeMs, times.endMs)), back);
}
