import type { VehicleState } from '../../preload/contract/vehicle.ts';

/** Every part that has a time of receipt. */
type Part =
  | 'position'
  | 'attitude'
  | 'velocity'
  | 'battery'
  | 'gps'
  | 'health'
  | 'wind'
  | 'missionItem'
  | 'inference'
  | 'aed';

/** As VehicleState, with parts given in part: what is left out comes from a healthy drone. */
export type VehicleChanges = Partial<Omit<VehicleState, Part>> & {
  [Name in Part]?: Partial<NonNullable<VehicleState[Name]>> | null;
};

/** A healthy, disarmed ArduCopter on its base in Boston, heard just now; `changes` say what is different. */
export function vehicleState(nowMs: number, changes: VehicleChanges = {}): VehicleState {
  const receivedAtMs = nowMs - 400;
  const healthy: Required<VehicleState> = {
    systemId: 1,
    isReplay: false,
    autopilot: 'ARDUPILOT',
    firmware: 'ArduCopter 4.6.3',
    contact: 'LIVE',
    lastHeardMsAgo: 400,
    position: {
      latitudeDeg: 42.355,
      longitudeDeg: -71.064,
      altitudeAmslM: 12,
      altitudeRelativeHomeM: 0,
      receivedAtMs,
    },
    attitude: { rollDeg: 0, pitchDeg: 0, headingDeg: 90, receivedAtMs },
    velocity: { groundSpeedMps: 0, airSpeedMps: null, climbRateMps: 0, receivedAtMs },
    battery: {
      remainingPercent: 96,
      voltageV: 50.1,
      currentA: 0.8,
      timeLeftS: null,
      temperatureC: 24,
      receivedAtMs,
    },
    gps: { quality: 'GPS', fixText: '3D fix', satellites: 16, hdop: 0.7, receivedAtMs },
    modeText: 'Guided',
    modeKind: 'GUIDED',
    armed: false,
    landedState: 'ON_GROUND',
    home: { latitudeDeg: 42.355, longitudeDeg: -71.064, altitudeAmslM: 12 },
    health: { unhealthy: [], readyToArm: true, fenceEnforced: true, receivedAtMs },
    wind: { speedMps: 4, fromDeg: 270, receivedAtMs },
    missionItem: null,
    inference: {
      state: 'RUNNING',
      modelVersion: '1.4.0',
      framesPerSecond: 24,
      latencyMeanMs: 38,
      latencyP95Ms: 55,
      persons: 0,
      obstacles: 0,
      landingZoneConfidence: null,
      landingZoneConfidences: [],
      temperatureC: 51,
      receivedAtMs,
    },
    aed: {
      compartment: 'CLOSED',
      present: true,
      removed: false,
      selfTestPassed: true,
      batteryPercent: 94,
      padExpiryMs: nowMs + 300 * 86_400_000,
      temperatureC: 21,
      receivedAtMs,
    },
    onboardSenses: null,
    temperatureC: 31,
    links: [
      { linkId: 'udp-14550', lossPercent: 0, lastHeardMsAgo: 400, packetsPerSecond: 58, roundTripMs: 40 },
    ],
    statusTexts: [],
  };
  const missionItem = { sequence: 0, total: null, receivedAtMs };
  return {
    ...healthy,
    ...changes,
    position: part(healthy.position, changes.position),
    attitude: part(healthy.attitude, changes.attitude),
    velocity: part(healthy.velocity, changes.velocity),
    battery: part(healthy.battery, changes.battery),
    gps: part(healthy.gps, changes.gps),
    health: part(healthy.health, changes.health),
    wind: part(healthy.wind, changes.wind),
    missionItem: changes.missionItem ? { ...missionItem, ...changes.missionItem } : null,
    inference: part(healthy.inference, changes.inference),
    aed: part(healthy.aed, changes.aed),
  };
}

function part<Value extends object>(
  healthy: Value | null,
  change: Partial<Value> | null | undefined,
): Value | null {
  if (change === null || healthy === null) return null;
  return { ...healthy, ...change };
}
