import { ESC_STATUS, ESC_TELEMETRY_1_TO_4, SYS_STATUS } from '../mavlink/generated/messages.ts';
import type { MotorEvidence } from './check.ts';
import type { MessageWindow } from './message-window.ts';

const UNKNOWN_CURRENT_CA = -1;

/**
 * What one motor did between two instants: the highest speed and current that its controller reported. Motors are
 * counted from 1, as MAV_CMD_DO_MOTOR_TEST and the controllers' messages both do for a quadcopter.
 *
 * @returns nulls where the controllers say nothing; the current of the whole vehicle stands in for the motor's, because
 *   only this one turned
 */
export function motorEvidence(
  window: MessageWindow,
  motor: number,
  turned: { fromMs: number; untilMs: number },
): MotorEvidence {
  const index = motor - 1;
  const during = ({ atMs }: { atMs: number }): boolean => atMs <= turned.untilMs;
  const telemetry = window.since(ESC_TELEMETRY_1_TO_4, turned.fromMs).filter(during);
  const status = window
    .since(ESC_STATUS, turned.fromMs)
    .filter((heard) => during(heard) && heard.fields.index === 0);
  const rpm = [
    ...telemetry.map(({ fields }) => fields.rpm[index]),
    ...status.map(({ fields }) => fields.rpm[index]),
  ];
  const currentA = [
    ...telemetry.map(({ fields }) => (fields.current[index] ?? 0) / 100),
    ...status.map(({ fields }) => fields.current[index]),
  ];
  const packA = window
    .since(SYS_STATUS, turned.fromMs)
    .filter(during)
    .filter(({ fields }) => fields.currentBattery !== UNKNOWN_CURRENT_CA)
    .map(({ fields }) => fields.currentBattery / 100);
  const temperatureC = telemetry
    .map(({ fields }) => fields.temperature[index])
    .filter((celsius) => celsius !== 0);
  return {
    rpm: highest(rpm),
    currentA: highest(currentA) ?? highest(packA),
    temperatureC: highest(temperatureC),
  };
}

function highest(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value): value is number => value !== undefined && Number.isFinite(value));
  return known.length === 0 ? null : Math.max(...known);
}
