import { ardupilotmega, common } from 'node-mavlink';
import type { Autopilot } from './autopilot.ts';
import { FAULTY_MOTOR, motorWear, roughness } from './motors.ts';
import { gaussian } from './random.ts';
import {
  bootMs,
  bootUs,
  DEGREES,
  headingCdeg,
  type Maker,
  type TelemetrySource,
} from './telemetry-source.ts';
import { message } from './wire.ts';

const SENSOR = common.MavSysStatusSensor;
const ALWAYS_ENABLED =
  SENSOR.SENSOR_3D_GYRO |
  SENSOR.SENSOR_3D_ACCEL |
  SENSOR.SENSOR_3D_MAG |
  SENSOR.SENSOR_ABSOLUTE_PRESSURE |
  SENSOR.SENSOR_GPS |
  SENSOR.SENSOR_ANGULAR_RATE_CONTROL |
  SENSOR.SENSOR_ATTITUDE_STABILIZATION |
  SENSOR.SENSOR_YAW_POSITION |
  SENSOR.AHRS |
  SENSOR.LOGGING |
  SENSOR.SENSOR_BATTERY |
  SENSOR.PREARM_CHECK;
const WHEN_ARMED =
  SENSOR.SENSOR_Z_ALTITUDE_CONTROL | SENSOR.SENSOR_XY_POSITION_CONTROL | SENSOR.SENSOR_MOTOR_OUTPUTS;

/** Vibration from which the accelerometers clip. */
const CLIPPING_FROM = 0.4;

function unhealthy(autopilot: Autopilot): number {
  const { faults, failsafes, bootShare } = autopilot;
  return (
    (bootShare < 0.6 ? SENSOR.SENSOR_3D_ACCEL : 0) |
    (faults.has('gps-loss') || bootShare < 0.4 ? SENSOR.SENSOR_GPS : 0) |
    (autopilot.hasPosition() ? 0 : SENSOR.AHRS) |
    (faults.has('compass-error') ? SENSOR.SENSOR_3D_MAG : 0) |
    (faults.motorIsDead ? SENSOR.SENSOR_MOTOR_OUTPUTS : 0) |
    (faults.has('low-cell') || autopilot.battery.percent <= 10 ? SENSOR.SENSOR_BATTERY : 0) |
    (failsafes.fenceBreached ? SENSOR.GEOFENCE : 0) |
    (!autopilot.armed && autopilot.preArmFailures().length > 0 ? SENSOR.PREARM_CHECK : 0)
  );
}

/** A motor that is turned on the bench shakes what is loose. */
function benchVibrationMps2(source: TelemetrySource): number {
  const { faults, motorTest } = source.autopilot;
  if (motorTest.motor === null) return 0.1;
  const wear = motorTest.motor === FAULTY_MOTOR ? motorWear(source) : 0;
  return 0.6 + 10 * wear + 50 * faults.value('vibration');
}

/** Attitude, air, vibration, estimator and the health of all of them. */
export const sensorMakers: readonly Maker[] = [
  [
    common.SysStatus.MSG_ID,
    ({ autopilot }) => {
      const { battery, parameters, armed } = autopilot;
      const present = ALWAYS_ENABLED | WHEN_ARMED | SENSOR.GEOFENCE;
      const fence = parameters.get('FENCE_ENABLE') === 1 ? SENSOR.GEOFENCE : 0;
      const enabled = ALWAYS_ENABLED | (armed ? WHEN_ARMED : 0) | fence;
      return message(common.SysStatus, {
        onboardControlSensorsPresent: present,
        onboardControlSensorsEnabled: enabled,
        onboardControlSensorsHealth: present & ~unhealthy(autopilot),
        load: armed ? 420 : 310,
        voltageBattery: Math.round(battery.voltageV * 1000),
        currentBattery: Math.round(battery.currentA * 100),
        batteryRemaining: Math.round(battery.percent),
      });
    },
  ],
  [
    common.Attitude.MSG_ID,
    (source) => {
      const { airframe, armed } = source.autopilot;
      const shake =
        armed && !airframe.onGround ? 0.004 * roughness(source) * (1 + 4 * motorWear(source)) : 0.0003;
      return message(common.Attitude, {
        timeBootMs: bootMs(source),
        roll: airframe.rollRad + shake * gaussian(source.random),
        pitch: airframe.pitchRad + shake * gaussian(source.random),
        yaw: airframe.yawRad,
        rollspeed: airframe.rollRateRadps,
        pitchspeed: airframe.pitchRateRadps,
        yawspeed: airframe.yawRateRadps,
      });
    },
  ],
  [
    common.VfrHud.MSG_ID,
    ({ autopilot }) => {
      const { airframe, groundAmslM, armed } = autopilot;
      const throttle = !armed ? 0 : airframe.onGround ? 8 : 42 + airframe.upMps * 4;
      return message(common.VfrHud, {
        airspeed: airframe.airspeedMps,
        groundspeed: airframe.groundSpeedMps,
        heading: Math.round(headingCdeg(airframe.yawRad) / 100) % 360,
        throttle: Math.max(0, Math.min(100, Math.round(throttle))),
        alt: airframe.upM + groundAmslM,
        climb: airframe.upMps,
      });
    },
  ],
  [
    ardupilotmega.Wind.MSG_ID,
    ({ wind }) => {
      const fromDeg = Math.atan2(-wind.eastMps, -wind.northMps) * DEGREES;
      return message(ardupilotmega.Wind, {
        direction: (fromDeg + 360) % 360,
        speed: Math.hypot(wind.northMps, wind.eastMps),
        speedZ: 0,
      });
    },
  ],
  [
    common.Vibration.MSG_ID,
    (source) => {
      const { airframe, armed, faults } = source.autopilot;
      const flying = armed && !airframe.onGround;
      const fault = faults.value('vibration');
      // A worn propeller is out of balance as well.
      const shaken = source.traits.vibrationMps2 * roughness(source) + 25 * motorWear(source) + 59 * fault;
      const level = flying ? shaken : benchVibrationMps2(source);
      const clipping = flying && fault > CLIPPING_FROM ? Math.floor(source.autopilot.bootMs / 40) : 0;
      return message(common.Vibration, {
        timeUsec: bootUs(source),
        vibrationX: level * (1 + 0.1 * gaussian(source.random)),
        vibrationY: level * (1 + 0.1 * gaussian(source.random)),
        vibrationZ: level * (1.3 + 0.1 * gaussian(source.random)),
        clipping0: clipping,
        clipping1: Math.floor(clipping / 2),
      });
    },
  ],
  [
    ardupilotmega.EkfStatusReport.MSG_ID,
    ({ autopilot }) => {
      const { faults } = autopilot;
      const flags = ardupilotmega.EkfStatusFlags;
      const attitude = flags.ATTITUDE | flags.VELOCITY_VERT | flags.POS_VERT_ABS;
      const horizontal =
        flags.VELOCITY_HORIZ |
        flags.POS_HORIZ_REL |
        flags.POS_HORIZ_ABS |
        flags.PRED_POS_HORIZ_REL |
        flags.PRED_POS_HORIZ_ABS;
      const lost = faults.has('gps-loss');
      return message(ardupilotmega.EkfStatusReport, {
        flags: attitude | (autopilot.hasPosition() ? horizontal : flags.CONST_POS_MODE),
        velocityVariance: lost ? 1.1 : 0.06,
        posHorizVariance: lost ? 1.3 : 0.05,
        posVertVariance: 0.04 + 0.66 * faults.value('vibration'),
        compassVariance: faults.has('compass-error') ? 1.2 : 0.05,
      });
    },
  ],
  [
    common.ScaledPressure.MSG_ID,
    (source) => {
      const { airframe, groundAmslM } = source.autopilot;
      return message(common.ScaledPressure, {
        timeBootMs: bootMs(source),
        pressAbs: 1013.25 * (1 - 2.25577e-5 * (airframe.upM + groundAmslM)) ** 5.25588,
        temperature: 2_100,
      });
    },
  ],
];
