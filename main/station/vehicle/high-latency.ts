import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { Frame } from '../mavlink/frame.ts';
import { type Heartbeat, HIGH_LATENCY2, type HighLatency2 } from '../mavlink/generated/messages.ts';

/** Degrees travel in steps of two. */
const DEGREES_A_STEP = 2;
const SPEED_STEPS_PER_MPS = 5;

/**
 * What HIGH_LATENCY2 says: the one message of a vehicle on a satellite link
 * (https://mavlink.io/en/services/high_latency.html). Heights are above sea level, so its height above home is known
 * only where home is.
 */
export function highLatencyOf(
  message: HighLatency2,
  home: VehicleState['home'],
  nowMs: number,
): Pick<VehicleState, 'position' | 'velocity' | 'battery' | 'wind'> {
  const { latitude, longitude, altitude, groundspeed, airspeed, climbRate, battery } = message;
  const hasPosition = home !== null && (latitude !== 0 || longitude !== 0);
  return {
    position: hasPosition
      ? {
          latitudeDeg: latitude / 1e7,
          longitudeDeg: longitude / 1e7,
          altitudeAmslM: altitude,
          altitudeRelativeHomeM: altitude - home.altitudeAmslM,
          receivedAtMs: nowMs,
        }
      : null,
    velocity: {
      groundSpeedMps: groundspeed / SPEED_STEPS_PER_MPS,
      airSpeedMps: airspeed / SPEED_STEPS_PER_MPS,
      climbRateMps: climbRate / 10,
      receivedAtMs: nowMs,
    },
    battery: {
      remainingPercent: battery < 0 ? null : battery,
      voltageV: null,
      currentA: null,
      timeLeftS: null,
      temperatureC: null,
      receivedAtMs: nowMs,
    },
    wind: {
      speedMps: message.windspeed / SPEED_STEPS_PER_MPS,
      fromDeg: message.windHeading * DEGREES_A_STEP,
      receivedAtMs: nowMs,
    },
  };
}

/** As a heartbeat: the message has everything in it but whether the vehicle is armed, which stays as it was. */
export function heartbeatOf(frame: Frame, before: Heartbeat | null): Heartbeat {
  const { type, autopilot, customMode } = HIGH_LATENCY2.read(frame);
  return {
    type,
    autopilot,
    // Sixteen bits: PX4 sends the main and sub mode, which are the upper half of custom_mode.
    customMode: autopilot === PX4 ? customMode * 0x1_0000 : customMode,
    baseMode: before?.baseMode ?? 0,
    systemStatus: before?.systemStatus ?? 0,
    mavlinkVersion: before?.mavlinkVersion ?? 3,
  };
}

/** MAV_AUTOPILOT_PX4. */
const PX4 = 12;
