import type { ParameterDescription, VehicleToolsStatus } from '../../../preload/contract/vehicle-tools.ts';
import { numberText } from './vehicle-words.ts';

/** "advised 0 to 150 m", "advised at least 1"; null: its maker gives no limits. */
export function rangeText({ lowest, highest, unit }: ParameterDescription): string | null {
  const units = unit === null ? '' : ` ${unit}`;
  if (lowest !== null && highest !== null)
    return `advised ${numberText(lowest)} to ${numberText(highest)}${units}`;
  if (lowest !== null) return `advised at least ${numberText(lowest)}${units}`;
  return highest === null ? null : `advised at most ${numberText(highest)}${units}`;
}

/** As the station does, so that a person is asked before anything is sent: its maker advises against this value. */
export function isAgainstAdvice({ lowest, highest, values }: ParameterDescription, wanted: number): boolean {
  const value = Math.fround(wanted);
  if (lowest !== null && value < Math.fround(lowest)) return true;
  if (highest !== null && value > Math.fround(highest)) return true;
  const listed = lowest === null && highest === null && values.length > 0;
  return listed && !values.some((one) => one.value === wanted);
}

/** "2 Return mode" of a value that its maker names. */
export function valueWords(description: ParameterDescription | null, value: number): string | null {
  return description?.values.find((one) => one.value === value)?.words ?? null;
}

const day = new Intl.DateTimeFormat('en-GB', {
  ...{ day: 'numeric', month: 'short', year: 'numeric' },
  ...{ hour: '2-digit', minute: '2-digit' },
});

/** How old the shown parameters are, and whether they were asked for since the drone came into contact. */
export function asOfText({ readAtMs, verified }: NonNullable<VehicleToolsStatus['parameters']>): string {
  return verified
    ? `Read ${day.format(readAtMs)}`
    : `As of ${day.format(readAtMs)}. Not yet asked whether they still hold.`;
}
