import { ESC_STATUS, ESC_TELEMETRY_1_TO_4 } from '../mavlink/generated/messages.ts';
import {
  caution,
  type Finding,
  fail,
  type HealthCheck,
  type HealthFacts,
  judged,
  type MotorEvidence,
  pass,
} from './check.ts';

/** Motors of the fleet's quadcopters. */
export const MOTORS = 4;

/** A controller that only twitches reports less. */
const LEAST_RPM = 100;
/** Of a motor without propeller; less may be the monitor's noise, and proves nothing. */
const LEAST_CURRENT_A = 0.2;

const NOT_TURNED = 'The motors have not been turned in this check.';
const MUTE = 'The speed controllers do not report this.';

/** One quantity of all motors: how far the farthest is from the median, in percent of it. */
function spread(
  check: { id: string; title: string; caution: number; fail: number; limitSource: string },
  value: (motor: MotorEvidence) => number | null,
): HealthCheck {
  return judged('PROPULSION', {
    id: check.id,
    title: check.title,
    messages: [ESC_TELEMETRY_1_TO_4, ESC_STATUS],
    limit: `≤ ${check.caution} %, never above ${check.fail} %`,
    bounds: { unit: '%', worse: 'ABOVE', caution: check.caution, fail: check.fail },
    limitSource: check.limitSource,
    remedy: 'Compare propeller, bearing and cable of that motor with the others. Replace what differs.',
    judge({ motors }) {
      if (motors.size < MOTORS) return NOT_TURNED;
      const known = [...motors].flatMap(([motor, evidence]) => {
        const measured = value(evidence);
        return measured === null ? [] : [{ motor, measured }];
      });
      if (known.length < MOTORS) return MUTE;
      const sorted = known.map(({ measured }) => measured).sort((one, other) => one - other);
      const middle = ((sorted[1] ?? 0) + (sorted[2] ?? 0)) / 2;
      if (middle <= 0) return fail('0', 'The motors did not turn.');
      const worst = known.reduce((one, other) =>
        Math.abs(other.measured - middle) > Math.abs(one.measured - middle) ? other : one,
      );
      const percent = (100 * Math.abs(worst.measured - middle)) / middle;
      return within(
        percent,
        check,
        `Motor ${worst.motor} differs from the others by ${percent.toFixed(0)} %.`,
      );
    },
  });
}

function within(percent: number, limit: { caution: number; fail: number }, sentence: string): Finding {
  const measured = `${percent.toFixed(0)} %`;
  if (percent > limit.fail) return { ...fail(measured, sentence), value: percent };
  return { ...(percent > limit.caution ? caution(measured, sentence) : pass(measured)), value: percent };
}

function motorCheck(motor: number): HealthCheck {
  return judged('PROPULSION', {
    id: `motor-${motor}`,
    title: `Motor ${motor} turns`,
    messages: [ESC_TELEMETRY_1_TO_4, ESC_STATUS],
    limit: 'turns when it is told to, ≤ 80 °C',
    limitSource: 'MAV_CMD_DO_MOTOR_TEST; usual limit of speed controllers is 80 to 100 °C',
    remedy: 'Check the motor’s cable and its speed controller before the next flight.',
    judge({ motors }: HealthFacts) {
      const evidence = motors.get(motor);
      if (evidence === undefined) return NOT_TURNED;
      const { rpm, currentA, temperatureC, output } = evidence;
      if (rpm === null && (currentA === null || currentA < LEAST_CURRENT_A)) return MUTE;
      const measured = [
        rpm === null ? null : `${rpm.toFixed(0)} rpm`,
        currentA === null ? null : `${currentA.toFixed(1)} A`,
        temperatureC === null ? null : `${temperatureC.toFixed(0)} °C`,
        output === null || output === motor ? null : `output ${output}`,
      ]
        .filter((text) => text !== null)
        .join(', ');
      if (rpm !== null && rpm < LEAST_RPM)
        return fail(measured, `Motor ${motor} was told to turn and did not.`);
      if (temperatureC !== null && temperatureC > 80)
        return fail(measured, `The speed controller of motor ${motor} is too hot.`);
      return pass(measured);
    },
  });
}

const MOST_APART_C = 10;
const TOO_FAR_APART_C = 25;

const temperatures = judged('PROPULSION', {
  id: 'motor-temperature',
  title: 'Temperature of the speed controllers',
  messages: [ESC_TELEMETRY_1_TO_4],
  limit: `≤ ${MOST_APART_C} °C apart, never above ${TOO_FAR_APART_C} °C`,
  bounds: { unit: '°C', worse: 'ABOVE', caution: MOST_APART_C, fail: TOO_FAR_APART_C },
  limitSource: 'Fleet limit: at the same little load all get equally warm',
  remedy: 'Compare propeller, bearing and cooling of the warmest with the others.',
  needed: false,
  judge({ motors }) {
    if (motors.size < MOTORS) return NOT_TURNED;
    const known = [...motors].flatMap(([motor, { temperatureC }]) =>
      temperatureC === null ? [] : [{ motor, temperatureC }],
    );
    if (known.length < MOTORS) return MUTE;
    const sorted = known.toSorted((one, other) => one.temperatureC - other.temperatureC);
    const warmest = sorted.at(-1);
    const coolest = sorted[0];
    if (warmest === undefined || coolest === undefined) return MUTE;
    const value = warmest.temperatureC - coolest.temperatureC;
    const measured = `${value.toFixed(0)} °C apart`;
    const sentence = `Motor ${warmest.motor} is ${value.toFixed(0)} °C warmer than motor ${coolest.motor}.`;
    if (value > TOO_FAR_APART_C) return { ...fail(measured, sentence), value };
    return { ...(value > MOST_APART_C ? caution(measured, sentence) : pass(measured)), value };
  },
});

export const propulsionChecks: readonly HealthCheck[] = [
  ...Array.from({ length: MOTORS }, (_, index) => motorCheck(index + 1)),
  spread(
    { id: 'motor-rpm', title: 'Speed of the motors', caution: 8, fail: 20, limitSource: 'Fleet limit' },
    ({ rpm }) => rpm,
  ),
  spread(
    {
      id: 'motor-current',
      title: 'Current of the motors',
      caution: 20,
      fail: 40,
      limitSource: 'Fleet limit',
    },
    ({ currentA }) => currentA,
  ),
  temperatures,
];
