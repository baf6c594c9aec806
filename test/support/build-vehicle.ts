import type { VehicleState } from '../../preload/contract/vehicle.ts';

/** A healthy vehicle on the ground in Boston, all its data from `nowMs`. */
export function buildVehicle(nowMs: number, parts: Partial<VehicleState> = {}): VehicleState {
  return {
    systemId: 7,
    isReplay: false,
    autopilot: 'ARDUPILOT',
    firmware: 'ArduCopter 4.6.3',
    contact: 'LIVE',
    lastHeardMsAgo: 0,
    position: {
      latitudeDeg: 42.36,
      longitudeDeg: -71.06,
      altitudeAmslM: 20,
      altitudeRelativeHomeM: 0,
      receivedAtMs: nowMs,
    },
    attitude: { rollDeg: 0, pitchDeg: 0, headingDeg: 90, receivedAtMs: nowMs },
    velocity: { groundSpeedMps: 0, airSpeedMps: null, climbRateMps: 0, receivedAtMs: nowMs },
    battery: {
      remainingPercent: 95,
      voltageV: 50,
      currentA: 1,
      timeLeftS: null,
      temperatureC: 25,
      receivedAtMs: nowMs,
    },
    gps: { quality: 'RTK', fixText: 'RTK fixed', satellites: 18, hdop: 0.7, receivedAtMs: nowMs },
    modeText: 'Guided',
    modeKind: 'GUIDED',
    armed: false,
    landedState: 'ON_GROUND',
    home: { latitudeDeg: 42.36, longitudeDeg: -71.06, altitudeAmslM: 20 },
    health: { unhealthy: [], readyToArm: true, fenceEnforced: true, receivedAtMs: nowMs },
    wind: null,
    missionItem: null,
    inference: null,
    aed: {
      compartment: 'CLOSED',
      present: true,
      removed: false,
      selfTestPassed: true,
      batteryPercent: 90,
      padExpiryMs: null,
      temperatureC: 20,
      receivedAtMs: nowMs,
    },
    temperatureC: null,
    links: [],
    statusTexts: [],
    ...parts,
  };
}
