import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import { GPS_FIX_TYPE, MAV_LANDED_STATE } from '../mavlink/generated/enums.ts';
import type {
  Attitude,
  AutopilotVersion,
  GlobalPositionInt,
  GpsRawInt,
  HomePosition,
  MissionCurrent,
  VfrHud,
  Wind,
  WindCov,
} from '../mavlink/generated/messages.ts';

/** What MAVLink sends for "not known" (common.xml): the largest value of the field's type. */
const UNKNOWN_UINT16 = 0xffff;
const UNKNOWN_UINT8 = 0xff;

/** Null while the autopilot has no position: it then sends 0, 0. */
export function positionOf(message: GlobalPositionInt, nowMs: number): VehicleState['position'] {
  if (message.lat === 0 && message.lon === 0) return null;
  return {
    latitudeDeg: message.lat / 1e7,
    longitudeDeg: message.lon / 1e7,
    altitudeAmslM: message.alt / 1e3,
    altitudeRelativeHomeM: message.relativeAlt / 1e3,
    receivedAtMs: nowMs,
  };
}

export function attitudeOf(message: Attitude, nowMs: number): VehicleState['attitude'] {
  const { roll, pitch, yaw } = message;
  if (!Number.isFinite(roll + pitch + yaw)) return null;
  return {
    rollDeg: degrees(roll),
    pitchDeg: degrees(pitch),
    headingDeg: compass(degrees(yaw)),
    receivedAtMs: nowMs,
  };
}

export function velocityOf(message: VfrHud, nowMs: number): VehicleState['velocity'] {
  const { airspeed, groundspeed, climb } = message;
  if (!Number.isFinite(groundspeed + climb)) return null;
  return {
    groundSpeedMps: groundspeed,
    airSpeedMps: Number.isFinite(airspeed) ? airspeed : null,
    climbRateMps: climb,
    receivedAtMs: nowMs,
  };
}

/** From the position message, for autopilots that send no VFR_HUD. Its velocity is north, east, down in cm/s. */
export function groundVelocityOf(message: GlobalPositionInt, nowMs: number): VehicleState['velocity'] {
  return {
    groundSpeedMps: Math.hypot(message.vx, message.vy) / 100,
    airSpeedMps: null,
    climbRateMps: -message.vz / 100,
    receivedAtMs: nowMs,
  };
}

type GpsReading = NonNullable<VehicleState['gps']>;
const FIXES: Readonly<Record<number, Pick<GpsReading, 'quality' | 'fixText'>>> = {
  [GPS_FIX_TYPE.NO_GPS]: { quality: 'NO_FIX', fixText: 'No GPS receiver' },
  [GPS_FIX_TYPE.NO_FIX]: { quality: 'NO_FIX', fixText: 'No fix' },
  // Without a height there is nothing to fly by.
  [GPS_FIX_TYPE.GPS_FIX_TYPE_2D_FIX]: { quality: 'NO_FIX', fixText: '2D fix' },
  [GPS_FIX_TYPE.GPS_FIX_TYPE_3D_FIX]: { quality: 'GPS', fixText: '3D fix' },
  [GPS_FIX_TYPE.DGPS]: { quality: 'DGPS', fixText: 'Differential fix' },
  [GPS_FIX_TYPE.RTK_FLOAT]: { quality: 'RTK', fixText: 'RTK float' },
  [GPS_FIX_TYPE.RTK_FIXED]: { quality: 'RTK', fixText: 'RTK fixed' },
  [GPS_FIX_TYPE.STATIC]: { quality: 'GPS', fixText: 'Static fix' },
  [GPS_FIX_TYPE.PPP]: { quality: 'DGPS', fixText: 'Precise point fix' },
};

export function gpsOf(message: GpsRawInt, nowMs: number): VehicleState['gps'] {
  const fix = FIXES[message.fixType] ?? { quality: 'NO_FIX', fixText: 'Unknown fix' };
  return {
    ...fix,
    satellites: message.satellitesVisible === UNKNOWN_UINT8 ? null : message.satellitesVisible,
    hdop: message.eph === UNKNOWN_UINT16 ? null : message.eph / 100,
    receivedAtMs: nowMs,
  };
}

export function homeOf(message: HomePosition): VehicleState['home'] {
  if (message.latitude === 0 && message.longitude === 0) return null;
  return {
    latitudeDeg: message.latitude / 1e7,
    longitudeDeg: message.longitude / 1e7,
    altitudeAmslM: message.altitude / 1e3,
  };
}

export function windOf(message: Wind, nowMs: number): VehicleState['wind'] {
  if (!Number.isFinite(message.speed + message.direction)) return null;
  return { speedMps: message.speed, fromDeg: compass(message.direction), receivedAtMs: nowMs };
}

/** WIND_COV tells where the wind blows to, in north and east. */
export function windCovOf(message: WindCov, nowMs: number): VehicleState['wind'] {
  const { windX, windY } = message;
  if (!Number.isFinite(windX + windY)) return null;
  return {
    speedMps: Math.hypot(windX, windY),
    fromDeg: compass(degrees(Math.atan2(-windY, -windX))),
    receivedAtMs: nowMs,
  };
}

/** `total` is an extension: 0 from autopilots that do not send it, 65535 when there is no mission. */
export function missionItemOf(message: MissionCurrent, nowMs: number): VehicleState['missionItem'] {
  const total = message.total === 0 || message.total === UNKNOWN_UINT16 ? null : message.total;
  return { sequence: message.seq, total, receivedAtMs: nowMs };
}

const LANDED_STATES: Readonly<Record<number, VehicleState['landedState']>> = {
  [MAV_LANDED_STATE.ON_GROUND]: 'ON_GROUND',
  [MAV_LANDED_STATE.IN_AIR]: 'IN_AIR',
  [MAV_LANDED_STATE.TAKEOFF]: 'TAKING_OFF',
  [MAV_LANDED_STATE.LANDING]: 'LANDING',
};

export function landedStateOf(landedState: number): VehicleState['landedState'] {
  return LANDED_STATES[landedState] ?? 'UNKNOWN';
}

/** flight_sw_version has major, minor, patch and release type, a byte each from the top. */
export function firmwareVersionOf({ flightSwVersion }: AutopilotVersion): string | null {
  if (flightSwVersion === 0) return null;
  return `${flightSwVersion >>> 24}.${(flightSwVersion >>> 16) & 0xff}.${(flightSwVersion >>> 8) & 0xff}`;
}

function degrees(radians: number): number {
  return (radians * 180) / Math.PI;
}

/** Into 0 ≤ heading < 360. */
function compass(angleDeg: number): number {
  return ((angleDeg % 360) + 360) % 360;
}
