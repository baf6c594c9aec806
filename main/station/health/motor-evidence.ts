import { ESC_STATUS, ESC_TELEMETRY_1_TO_4, SYS_STATUS } from '../mavlink/generated/messages.ts';
import type { MotorEvidence } from './check.ts';
import type { MessageWindow } from './message-window.ts';

const UNKNOWN_CURRENT_CA = -1;
const MOTORS = 4;
/** What the battery gave before the motor turned. */
const IDLE_MS = 5_000;

interface Reported {
  readonly rpm: readonly number[];
  readonly currentA: readonly number[];
  /** Zero: not measured. */
  readonly temperatureC: readonly number[];
}

/**
 * What one motor did between two instants. Only one was told to turn, so the output that turned fastest is the one:
 * ArduCopter tests motors in the order in which they stand, and their controllers report by output. Where none turned,
 * and where controllers say nothing of the current, that of the whole vehicle stands in: by how much it rose.
 */
export function motorEvidence(
  window: MessageWindow,
  turned: { fromMs: number; untilMs: number },
): MotorEvidence {
  const reports = reported(window, turned);
  const speeds = outputs((output) => highest(reports.map(({ rpm }) => Math.abs(rpm[output] ?? Number.NaN))));
  const known = speeds.filter((rpm) => rpm !== null);
  const rpm = known.length === 0 ? null : Math.max(...known);
  const output = rpm === null || rpm === 0 ? null : speeds.indexOf(rpm);
  const of = (values: (report: Reported) => readonly number[]): number | null =>
    output === null
      ? null
      : highest(reports.map((report) => values(report)[output] ?? Number.NaN).filter((value) => value !== 0));
  return {
    rpm,
    currentA: of(({ currentA }) => currentA) ?? riseA(window, turned),
    temperatureC: of(({ temperatureC }) => temperatureC),
    output: output === null ? null : output + 1,
  };
}

function reported(
  window: MessageWindow,
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
): Reported[] {
  const during = ({ atMs }: { atMs: number }): boolean => atMs <= untilMs;
  const telemetry = window.since(ESC_TELEMETRY_1_TO_4, fromMs).filter(during);
  const status = window.since(ESC_STATUS, fromMs).filter(during);
  return [
    ...telemetry.map(({ fields: { rpm, current, temperature } }) => ({
      rpm,
      currentA: current.map((centiamperes) => centiamperes / 100),
      temperatureC: temperature,
    })),
    ...status
      .filter(({ fields }) => fields.index === 0)
      .map(({ fields: { rpm, current } }) => ({ rpm, currentA: current, temperatureC: [] })),
  ];
}

function riseA(
  window: MessageWindow,
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
): number | null {
  const currents = window
    .since(SYS_STATUS, fromMs - IDLE_MS)
    .filter(({ fields, atMs }) => fields.currentBattery !== UNKNOWN_CURRENT_CA && atMs <= untilMs)
    .map(({ fields, atMs }) => ({ currentA: fields.currentBattery / 100, turning: atMs > fromMs }));
  const idleA = highest(currents.filter(({ turning }) => !turning).map(({ currentA }) => currentA));
  const turningA = highest(currents.filter(({ turning }) => turning).map(({ currentA }) => currentA));
  return idleA === null || turningA === null ? null : Math.max(0, turningA - idleA);
}

function outputs<Value>(of: (output: number) => Value): Value[] {
  return Array.from({ length: MOTORS }, (_, output) => of(output));
}

function highest(values: readonly number[]): number | null {
  const known = values.filter(Number.isFinite);
  return known.length === 0 ? null : Math.max(...known);
}
