import {
  EKF_STATUS_REPORT,
  ESTIMATOR_STATUS,
  GPS_RAW_INT,
  RAW_IMU,
  SCALED_IMU,
  SCALED_IMU2,
  SCALED_IMU3,
  SYSTEM_TIME,
  VIBRATION,
} from '../mavlink/generated/messages.ts';
import { caution, fail, type HealthCheck, type HealthFacts, judged, numeric, pass } from './check.ts';

const UNKNOWN_UINT8 = 0xff;
const UNKNOWN_UINT16 = 0xffff;

const gps = ({ window, nowMs }: HealthFacts) => window.latest(GPS_RAW_INT, nowMs);

const FIX_WORDS = ['no GPS', 'no fix', '2D fix', '3D fix', 'DGPS', 'RTK float', 'RTK fixed'];
const FIX_2D = 2;
const FIX_3D = 3;

const fix = judged('NAVIGATION', {
  id: 'gps-fix',
  title: 'GPS fix',
  messages: [GPS_RAW_INT],
  limit: '3D fix or better',
  limitSource: 'MAVLink GPS_FIX_TYPE; go/no-go of a launch',
  remedy: 'Move the drone under open sky and wait two minutes.',
  judge(facts) {
    const message = gps(facts);
    if (message === null) return null;
    const words = FIX_WORDS[message.fixType] ?? 'other fix';
    if (message.fixType >= FIX_3D) return pass(words);
    return fail(words, message.fixType === FIX_2D ? 'A 2D fix has no altitude.' : 'The receiver has no fix.');
  },
});

/** ESTIMATOR_STATUS of PX4 and EKF_STATUS_REPORT of ArduPilot: innovation test ratios. */
function variance(
  id: string,
  title: string,
  ofReport: 'velocityVariance' | 'posHorizVariance' | 'posVertVariance' | 'compassVariance',
  ofStatus: 'velRatio' | 'posHorizRatio' | 'posVertRatio' | 'magRatio',
): HealthCheck {
  return numeric('NAVIGATION', {
    id,
    title,
    messages: [EKF_STATUS_REPORT, ESTIMATOR_STATUS],
    unit: '',
    worse: 'ABOVE',
    caution: 0.5,
    fail: 0.8,
    digits: 2,
    limitSource: 'ArduCopter FS_EKF_THRESH default 0.8; a ratio of 1 is rejected by the filter',
    remedy:
      'Keep the drone still, away from metal and cars, for a minute. Then calibrate the sensor it names.',
    measure({ window, nowMs }) {
      const reports = window.all(EKF_STATUS_REPORT, nowMs).map(({ fields }) => fields[ofReport]);
      const ratios = window.all(ESTIMATOR_STATUS, nowMs).map(({ fields }) => fields[ofStatus]);
      const all = [...reports, ...ratios].filter(Number.isFinite);
      return all.length === 0 ? null : median(all);
    },
  });
}

type Vector = readonly [x: number, y: number, z: number];
const length = ([x, y, z]: Vector): number => Math.hypot(x, y, z);

/** Angle between two fields in the plane of the vehicle, degrees: where the field is steep, the whole vectors hardly differ. */
function angleDeg(one: Vector, other: Vector): number {
  const turn = Math.atan2(one[1], one[0]) - Math.atan2(other[1], other[0]);
  return (Math.abs(Math.atan2(Math.sin(turn), Math.cos(turn))) * 180) / Math.PI;
}

/** The magnetic field as each compass sees it, mgauss. Compasses that are not fitted say zero. */
function fields({ window, nowMs }: HealthFacts): Vector[] {
  const imus = [
    window.latest(RAW_IMU, nowMs) ?? window.latest(SCALED_IMU, nowMs),
    window.latest(SCALED_IMU2, nowMs),
    window.latest(SCALED_IMU3, nowMs),
  ];
  return imus
    .flatMap((imu): Vector[] => (imu === null ? [] : [[imu.xmag, imu.ymag, imu.zmag]]))
    .filter((field) => length(field) > 0);
}

const compassAgreement = numeric('NAVIGATION', {
  id: 'compass-agreement',
  title: 'Compasses agree',
  messages: [RAW_IMU, SCALED_IMU, SCALED_IMU2, SCALED_IMU3],
  unit: '°',
  worse: 'ABOVE',
  caution: 30,
  fail: 60,
  digits: 0,
  limitSource: 'ArduPilot arming check: compasses inconsistent beyond 60° in the horizontal plane',
  remedy: 'Move away from metal. Calibrate the compasses; replace the one that stays wrong.',
  needed: false,
  measure(facts) {
    const [first, ...others] = fields(facts);
    if (first === undefined || others.length === 0) return null;
    return Math.max(...others.map((other) => angleDeg(first, other)));
  },
});

const MAGNETIC_FIELD_MGAUSS = { least: 185, most: 875, likelyLeast: 250, likelyMost: 700 };

const fieldStrength = judged('NAVIGATION', {
  id: 'magnetic-field',
  title: 'Magnetic field strength',
  messages: [RAW_IMU, SCALED_IMU, SCALED_IMU2, SCALED_IMU3],
  limit: `${MAGNETIC_FIELD_MGAUSS.least} to ${MAGNETIC_FIELD_MGAUSS.most} mgauss`,
  limitSource: 'ArduPilot arming check of the compass field; Earth’s field is 220 to 670 mgauss (WMM)',
  remedy: 'Carry the drone away from metal, loudspeakers and power lines.',
  judge(facts) {
    const strengths = fields(facts).map(length);
    if (strengths.length === 0) return null;
    const low = Math.min(...strengths);
    const high = Math.max(...strengths);
    const measured =
      low === high ? `${low.toFixed(0)} mgauss` : `${low.toFixed(0)}–${high.toFixed(0)} mgauss`;
    const { least, most, likelyLeast, likelyMost } = MAGNETIC_FIELD_MGAUSS;
    if (low < least || high > most) return fail(measured, 'The magnetic field here is not Earth’s.');
    if (low < likelyLeast || high > likelyMost) return caution(measured, 'The magnetic field is disturbed.');
    return pass(measured);
  },
});

const vibration = (axis: 'X' | 'Y' | 'Z'): HealthCheck =>
  numeric('NAVIGATION', {
    id: `vibration-${axis.toLowerCase()}`,
    title: `Vibration, ${axis} axis`,
    messages: [VIBRATION],
    unit: 'm/s²',
    worse: 'ABOVE',
    caution: 30,
    fail: 60,
    digits: 1,
    limitSource: 'ArduPilot, Measuring Vibration: normally below 30, problems above 60 m/s²',
    remedy:
      'Look for a loose arm, a damaged propeller, a hard mount of the autopilot. Balance the propellers.',
    measure({ window, nowMs }) {
      const levels = window.all(VIBRATION, nowMs).map((heard) => heard.fields[`vibration${axis}`]);
      return levels.length === 0 ? null : Math.max(...levels);
    },
  });

const clipping = numeric('NAVIGATION', {
  id: 'accelerometer-clipping',
  title: 'Accelerometer clipping',
  messages: [VIBRATION],
  unit: 'in the window',
  worse: 'ABOVE',
  caution: 0,
  fail: 100,
  digits: 0,
  limitSource: 'ArduPilot, Measuring Vibration: clipping counts above 100 are a serious problem',
  remedy: 'As for vibration. Do not fly: the altitude estimate drifts.',
  measure({ window, nowMs }) {
    const counts = window
      .all(VIBRATION, nowMs)
      .map(({ fields: { clipping0, clipping1, clipping2 } }) => clipping0 + clipping1 + clipping2);
    const first = counts[0];
    const last = counts.at(-1);
    // One message says how often since boot, not how often now.
    return first === undefined || last === undefined || counts.length < 2 ? null : Math.max(0, last - first);
  },
});

const clock = numeric('NAVIGATION', {
  id: 'time',
  title: 'Clock of the drone',
  messages: [SYSTEM_TIME],
  unit: 's off',
  worse: 'ABOVE',
  caution: 2,
  fail: 30,
  digits: 1,
  limitSource: 'Records of a flight are compared with those of the call by the second',
  remedy: 'Wait for a GPS fix. If the clock stays wrong, check this station’s own clock.',
  measure({ window, nowMs }) {
    const heard = window.all(SYSTEM_TIME, nowMs).at(-1);
    // Zero: the drone does not know the time.
    if (heard === undefined || heard.fields.timeUnixUsec === 0n) return null;
    return Math.abs(Number(heard.fields.timeUnixUsec / 1_000n) - heard.atMs) / 1_000;
  },
});

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export const navigationChecks: readonly HealthCheck[] = [
  fix,
  numeric('NAVIGATION', {
    id: 'gps-satellites',
    title: 'GPS satellites',
    messages: [GPS_RAW_INT],
    unit: 'in use',
    worse: 'BELOW',
    caution: 10,
    fail: 6,
    digits: 0,
    limitSource: 'Go/no-go of a launch: at least 6; ten are usual under open sky',
    remedy: 'Move the drone under open sky and wait two minutes.',
    measure(facts) {
      const satellites = gps(facts)?.satellitesVisible ?? UNKNOWN_UINT8;
      return satellites === UNKNOWN_UINT8 ? null : satellites;
    },
  }),
  numeric('NAVIGATION', {
    id: 'gps-hdop',
    title: 'GPS horizontal dilution',
    messages: [GPS_RAW_INT],
    unit: 'HDOP',
    worse: 'ABOVE',
    caution: 1.4,
    fail: 2.5,
    digits: 1,
    limitSource: 'ArduPilot GPS_HDOP_GOOD default 1.4',
    remedy: 'Move the drone away from walls and roofs.',
    measure(facts) {
      const eph = gps(facts)?.eph ?? UNKNOWN_UINT16;
      return eph === UNKNOWN_UINT16 ? null : eph / 100;
    },
  }),
  variance('ekf-velocity', 'Estimator: velocity', 'velocityVariance', 'velRatio'),
  variance('ekf-position', 'Estimator: horizontal position', 'posHorizVariance', 'posHorizRatio'),
  variance('ekf-altitude', 'Estimator: altitude', 'posVertVariance', 'posVertRatio'),
  variance('ekf-compass', 'Estimator: compass', 'compassVariance', 'magRatio'),
  compassAgreement,
  fieldStrength,
  vibration('X'),
  vibration('Y'),
  vibration('Z'),
  clipping,
  clock,
];
