import { MAV_SYS_STATUS_SENSOR as SENSOR } from '../mavlink/generated/enums.ts';
import { STATUSTEXT, SYS_STATUS } from '../mavlink/generated/messages.ts';
import { caution, fail, type HealthCheck, judged, pass } from './check.ts';

/** SYS_STATUS bits (MAV_SYS_STATUS_SENSOR): id, bit, title, whether every drone of the fleet must have it. */
const BITS: readonly (readonly [id: string, bit: number, title: string, needed: boolean])[] = [
  ['gyroscope', SENSOR.SENSOR_3D_GYRO, 'Gyroscope', true],
  ['accelerometer', SENSOR.SENSOR_3D_ACCEL, 'Accelerometer', true],
  ['compass', SENSOR.SENSOR_3D_MAG, 'Compass', true],
  ['barometer', SENSOR.SENSOR_ABSOLUTE_PRESSURE, 'Barometer', true],
  ['airspeed', SENSOR.SENSOR_DIFFERENTIAL_PRESSURE, 'Airspeed sensor', false],
  ['gps', SENSOR.SENSOR_GPS, 'GPS receiver', true],
  ['optical-flow', SENSOR.SENSOR_OPTICAL_FLOW, 'Optical flow', false],
  ['vision-position', SENSOR.SENSOR_VISION_POSITION, 'Vision position', false],
  ['rangefinder', SENSOR.SENSOR_LASER_POSITION, 'Rangefinder', false],
  ['external-position', SENSOR.SENSOR_EXTERNAL_GROUND_TRUTH, 'External position', false],
  ['rate-control', SENSOR.SENSOR_ANGULAR_RATE_CONTROL, 'Rate control', true],
  ['attitude-control', SENSOR.SENSOR_ATTITUDE_STABILIZATION, 'Attitude control', true],
  ['heading-control', SENSOR.SENSOR_YAW_POSITION, 'Heading control', true],
  ['altitude-control', SENSOR.SENSOR_Z_ALTITUDE_CONTROL, 'Altitude control', false],
  ['position-control', SENSOR.SENSOR_XY_POSITION_CONTROL, 'Position control', false],
  ['motor-outputs', SENSOR.SENSOR_MOTOR_OUTPUTS, 'Motor outputs', false],
  ['radio-control', SENSOR.SENSOR_RC_RECEIVER, 'Radio control receiver', false],
  ['gyroscope-2', SENSOR.SENSOR_3D_GYRO2, 'Second gyroscope', false],
  ['accelerometer-2', SENSOR.SENSOR_3D_ACCEL2, 'Second accelerometer', false],
  ['compass-2', SENSOR.SENSOR_3D_MAG2, 'Second compass', false],
  ['geofence', SENSOR.GEOFENCE, 'Geofence', false],
  ['attitude-estimate', SENSOR.AHRS, 'Attitude estimate', true],
  ['terrain', SENSOR.TERRAIN, 'Terrain data', false],
  ['motor-direction', SENSOR.REVERSE_MOTOR, 'Motor direction', false],
  ['onboard-log', SENSOR.LOGGING, 'Onboard log', true],
  ['battery-monitor', SENSOR.SENSOR_BATTERY, 'Battery monitor', true],
  ['proximity', SENSOR.SENSOR_PROXIMITY, 'Proximity sensor', false],
  ['satellite-link', SENSOR.SENSOR_SATCOM, 'Satellite link', false],
  ['obstacle-avoidance', SENSOR.OBSTACLE_AVOIDANCE, 'Obstacle avoidance', false],
  ['propulsion', SENSOR.SENSOR_PROPULSION, 'Propulsion monitor', false],
];

/** Controllers and outputs that an autopilot switches on only while it is armed. */
const ONLY_ARMED: ReadonlySet<number> = new Set([
  SENSOR.SENSOR_Z_ALTITUDE_CONTROL,
  SENSOR.SENSOR_XY_POSITION_CONTROL,
  SENSOR.SENSOR_MOTOR_OUTPUTS,
]);

/** MAV_SYS_STATUS_SENSOR_EXTENDED. */
const RECOVERY_SYSTEM = 1;

/** A parachute, of which SYS_STATUS tells in its extension. */
const recoverySystem = judged('SENSORS', {
  id: 'recovery-system',
  title: 'Recovery system (parachute)',
  messages: [SYS_STATUS],
  limit: 'present, enabled, healthy',
  limitSource: 'MAVLink SYS_STATUS, MAV_SYS_STATUS_SENSOR_EXTENDED',
  remedy: 'Check the parachute’s pack date, its charge and its cable.',
  needed: false,
  judge({ window, nowMs }) {
    const status = window.latest(SYS_STATUS, nowMs);
    if (status === null) return null;
    const has = (mask: number): boolean => (mask & RECOVERY_SYSTEM) !== 0;
    if (!has(status.onboardControlSensorsPresentExtended)) return 'This drone is not fitted with it.';
    if (!has(status.onboardControlSensorsEnabledExtended))
      return caution('switched off', 'The recovery system is present, but switched off.');
    return has(status.onboardControlSensorsHealthExtended)
      ? pass('healthy')
      : fail('unhealthy', 'The autopilot reports the recovery system as unhealthy.');
  },
});

function sensorCheck([id, bit, title, needed]: (typeof BITS)[number]): HealthCheck {
  return judged('SENSORS', {
    id: `sensor-${id}`,
    title,
    messages: [SYS_STATUS],
    limit: 'present, enabled, healthy',
    limitSource: 'MAVLink SYS_STATUS, MAV_SYS_STATUS_SENSOR',
    remedy: `Power-cycle the drone. If it stays unhealthy, check the wiring and calibration of: ${title.toLowerCase()}.`,
    needed,
    judge({ window, nowMs, vehicle }) {
      const status = window.latest(SYS_STATUS, nowMs);
      if (status === null) return null;
      const has = (mask: number): boolean => (mask & bit) !== 0;
      if (!has(status.onboardControlSensorsPresent))
        return needed ? 'The autopilot says that it has none.' : 'This drone is not fitted with it.';
      if (!has(status.onboardControlSensorsEnabled) && bit === SENSOR.GEOFENCE)
        return 'It is switched off: exclusions are flown around by the plan.';
      if (!has(status.onboardControlSensorsEnabled))
        return ONLY_ARMED.has(bit) && !vehicle.armed
          ? 'It is switched on only while the drone is armed.'
          : caution('switched off', `${title}: present, but switched off.`);
      return has(status.onboardControlSensorsHealth)
        ? pass('healthy')
        : fail('unhealthy', `${title}: the autopilot reports it as unhealthy.`);
    },
  });
}

/** Failing pre-arm checks are said about every 30 s: older texts no longer hold. */
const PRE_ARM_TEXT_FOR_MS = 45_000;
const PRE_ARM_WORDS = /^(?:PreArm|Preflight Fail|Arm):?\s*/i;

const preArm = judged('SENSORS', {
  id: 'pre-arm',
  title: 'Pre-arm checks of the autopilot',
  messages: [SYS_STATUS, STATUSTEXT],
  limit: 'all pass',
  limitSource: 'MAV_CMD_RUN_PREARM_CHECKS; MAV_SYS_STATUS_PREARM_CHECK',
  remedy: 'Do what the autopilot asks for, then run the check again.',
  judge({ window, nowMs, vehicle, preArm: asked }) {
    const reasons = vehicle.statusTexts
      .filter(
        ({ text, receivedAtMs }) => PRE_ARM_WORDS.test(text) && nowMs - receivedAtMs <= PRE_ARM_TEXT_FOR_MS,
      )
      .map(({ text }) => text.replace(PRE_ARM_WORDS, ''));
    const status = window.latest(SYS_STATUS, nowMs);
    const reported = status !== null && (status.onboardControlSensorsPresent & SENSOR.PREARM_CHECK) !== 0;
    const healthy = reported && (status.onboardControlSensorsHealth & SENSOR.PREARM_CHECK) !== 0;
    if (vehicle.armed) return 'The drone is armed: pre-arm checks do not run.';
    if (reported && !healthy)
      return fail(
        'not ready',
        reasons.length === 0
          ? 'The autopilot would refuse to arm, and does not say why.'
          : `${reasons.join('. ')}.`,
      );
    if (healthy) return pass('ready to arm');
    if (reasons.length > 0) return fail('not ready', `${reasons.join('. ')}.`);
    return asked === 'ANSWERED' ? pass('no complaint') : null;
  },
});

export const sensorChecks: readonly HealthCheck[] = [preArm, ...BITS.map(sensorCheck), recoverySystem];
