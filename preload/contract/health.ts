import { z } from 'zod';

/** Never a pass for missing data: what was not heard is not testable. WAITING: the time window is still filling. */
export const healthResult = z.enum(['WAITING', 'PASS', 'CAUTION', 'FAIL', 'NOT_TESTABLE']);
export type HealthResult = z.infer<typeof healthResult>;

export const healthGroup = z.enum([
  'SENSORS',
  'NAVIGATION',
  'BATTERY',
  'PROPULSION',
  'AED',
  'LINK',
  'COMPUTER',
  'CONFIGURATION',
]);
export type HealthGroup = z.infer<typeof healthGroup>;

/** One automatic item of a health check, as it stands now. */
export const healthItem = z.object({
  checkId: z.string(),
  title: z.string(),
  group: healthGroup,
  result: healthResult,
  /** The measured value with its unit; null where nothing was measured. */
  measured: z.string().nullable(),
  /** The same as a number, for trends; null where it is none. */
  value: z.number().nullable(),
  /** The limit that it is held against, with its unit. */
  limit: z.string(),
  /** Where the limit comes from. */
  limitSource: z.string(),
  /** The messages that it is measured from. */
  messages: z.array(z.string()),
  /** What was found, in words; null for a pass that needs none. */
  sentence: z.string().nullable(),
  /** What to do; null for a pass. */
  remedy: z.string().nullable(),
  /** False: many drones do not have it, and its absence does not stand in the way of a release. */
  needed: z.boolean(),
});
export type HealthItem = z.infer<typeof healthItem>;
