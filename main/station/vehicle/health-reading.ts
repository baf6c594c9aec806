import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import { MAV_SYS_STATUS_SENSOR as SENSOR } from '../mavlink/generated/enums.ts';
import type { SysStatus } from '../mavlink/generated/messages.ts';

/** SYS_STATUS bits in words. The pre-arm bit is no sensor, and the last bit only announces more. */
const SENSOR_NAMES: readonly (readonly [bit: number, name: string])[] = [
  [SENSOR.SENSOR_3D_GYRO, 'gyroscope'],
  [SENSOR.SENSOR_3D_ACCEL, 'accelerometer'],
  [SENSOR.SENSOR_3D_MAG, 'compass'],
  [SENSOR.SENSOR_ABSOLUTE_PRESSURE, 'barometer'],
  [SENSOR.SENSOR_DIFFERENTIAL_PRESSURE, 'airspeed sensor'],
  [SENSOR.SENSOR_GPS, 'GPS'],
  [SENSOR.SENSOR_OPTICAL_FLOW, 'optical flow'],
  [SENSOR.SENSOR_VISION_POSITION, 'vision position'],
  [SENSOR.SENSOR_LASER_POSITION, 'rangefinder'],
  [SENSOR.SENSOR_EXTERNAL_GROUND_TRUTH, 'external position'],
  [SENSOR.SENSOR_ANGULAR_RATE_CONTROL, 'rate control'],
  [SENSOR.SENSOR_ATTITUDE_STABILIZATION, 'attitude control'],
  [SENSOR.SENSOR_YAW_POSITION, 'heading control'],
  [SENSOR.SENSOR_Z_ALTITUDE_CONTROL, 'altitude control'],
  [SENSOR.SENSOR_XY_POSITION_CONTROL, 'position control'],
  [SENSOR.SENSOR_MOTOR_OUTPUTS, 'motor outputs'],
  [SENSOR.SENSOR_RC_RECEIVER, 'radio control receiver'],
  [SENSOR.SENSOR_3D_GYRO2, 'second gyroscope'],
  [SENSOR.SENSOR_3D_ACCEL2, 'second accelerometer'],
  [SENSOR.SENSOR_3D_MAG2, 'second compass'],
  [SENSOR.GEOFENCE, 'geofence'],
  [SENSOR.AHRS, 'attitude estimate'],
  [SENSOR.TERRAIN, 'terrain data'],
  [SENSOR.REVERSE_MOTOR, 'motor direction'],
  [SENSOR.LOGGING, 'onboard log'],
  [SENSOR.SENSOR_BATTERY, 'battery'],
  [SENSOR.SENSOR_PROXIMITY, 'proximity sensor'],
  [SENSOR.SENSOR_SATCOM, 'satellite link'],
  [SENSOR.OBSTACLE_AVOIDANCE, 'obstacle avoidance'],
  [SENSOR.SENSOR_PROPULSION, 'propulsion'],
];

export function healthOf(
  message: SysStatus,
  autopilot: VehicleState['autopilot'],
  nowMs: number,
): VehicleState['health'] {
  const present = message.onboardControlSensorsPresent;
  const enabled = message.onboardControlSensorsEnabled;
  const healthy = message.onboardControlSensorsHealth;
  const failing = present & enabled & ~healthy;
  const hasFence = (present & SENSOR.GEOFENCE) !== 0;
  return {
    unhealthy:
      failing === 0 ? [] : SENSOR_NAMES.filter(([bit]) => (failing & bit) !== 0).map(([, name]) => name),
    readyToArm: (present & SENSOR.PREARM_CHECK) === 0 ? null : (healthy & SENSOR.PREARM_CHECK) !== 0,
    // ArduPilot sets the bit exactly when it has a fence; others may have one without saying so.
    fenceEnforced: hasFence ? (enabled & SENSOR.GEOFENCE) !== 0 : autopilot === 'ARDUPILOT' ? false : null,
    receivedAtMs: nowMs,
  };
}
