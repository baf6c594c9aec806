import { z } from 'zod';
import type { Parameter } from '../../mavlink/protocol/parameter-value.ts';

const text = z.string().max(4_000);
const number = z.number();

/**
 * The file of parameters of MAVLink's component metadata (https://mavlink.io/en/services/component_information.html,
 * section Parameter metadata). What a version to come adds is not read.
 */
export const parameterFile = z.object({
  version: z.literal(1),
  parameters: z
    .array(
      z.object({
        name: z.string().min(1).max(40),
        shortDesc: text.default(''),
        longDesc: text.default(''),
        units: text.default(''),
        default: number.optional(),
        min: number.optional(),
        max: number.optional(),
        rebootRequired: z.boolean().default(false),
        values: z
          .array(z.object({ value: number, description: text }))
          .max(1_000)
          .default([]),
      }),
    )
    .max(20_000),
});

/** What its maker says of one parameter. */
export interface ParameterDescription {
  readonly name: string;
  readonly summary: string;
  readonly details: string;
  /** "m/s"; null: none. */
  readonly unit: string | null;
  readonly usual: number | null;
  /** Advice, not a limit: the vehicle may take other values. */
  readonly lowest: number | null;
  readonly highest: number | null;
  readonly values: readonly { readonly value: number; readonly words: string }[];
  /** A change counts from the next start on. */
  readonly needsReboot: boolean;
}

export function descriptionsOf(file: z.infer<typeof parameterFile>): Map<string, ParameterDescription> {
  return new Map(
    file.parameters.map(
      ({ name, shortDesc, longDesc, units, min, max, values, rebootRequired, ...given }) => [
        name,
        {
          name,
          summary: shortDesc,
          details: longDesc,
          unit: units === '' ? null : units,
          usual: given.default ?? null,
          lowest: min ?? null,
          highest: max ?? null,
          values: values.map(({ value, description }) => ({ value, words: description })),
          needsReboot: rebootRequired,
        },
      ],
    ),
  );
}

/** Why its maker advises against a value; null: for all that is known it does not. */
export function adviceAgainst(description: ParameterDescription, wanted: Parameter['value']): string | null {
  const { name, lowest, highest, values, unit } = description;
  const value = Math.fround(wanted);
  const units = unit === null ? '' : ` ${unit}`;
  if (lowest !== null && value < Math.fround(lowest))
    return `${name} should be at least ${lowest}${units}: its maker gives ${range(description)}.`;
  if (highest !== null && value > Math.fround(highest))
    return `${name} should be at most ${highest}${units}: its maker gives ${range(description)}.`;
  if (values.length > 0 && lowest === null && highest === null && !values.some((one) => one.value === wanted))
    return `${wanted} is none of the values that its maker gives for ${name}: ${values.map((one) => one.value).join(', ')}.`;
  return null;
}

function range({ lowest, highest, unit }: ParameterDescription): string {
  const units = unit === null ? '' : ` ${unit}`;
  if (lowest !== null && highest !== null) return `${lowest} to ${highest}${units}`;
  return lowest === null ? `at most ${highest}${units}` : `at least ${lowest}${units}`;
}
