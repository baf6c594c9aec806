import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { call } from './errors.ts';
import { instantMs, personText, position, recordId } from './geo.ts';

export const emergencyType = z.enum(['cardiac_arrest', 'respiratory_arrest', 'other']);

export const emergencyInput = z.object({
  type: emergencyType,
  position,
  address: personText('The address', 500).nullable(),
  city: personText('The city', 100).nullable(),
  /** Two-letter code of the US state. */
  state: z
    .string()
    .regex(/^[A-Z]{2}$/, 'The state is a two-letter code, for example MA.')
    .nullable(),
  callerPhone: z
    .string()
    .regex(/^[+0-9 ().-]{0,20}$/, "The caller's phone number has at most 20 digits, spaces and + ( ) - only.")
    .nullable(),
  callerOnScene: z.boolean().nullable(),
  bystanderAvailable: z.boolean().nullable(),
  ambulanceOnScene: z.boolean().nullable(),
  trauma: z.boolean().nullable(),
  /** ISO 639-1. */
  callerLanguage: z.string().regex(/^[a-z]{2,3}(-[A-Z]{2})?$/, 'The language is a code such as en or es.'),
  victimAgeYears: z
    .number()
    .int("The victim's age is a whole number of years.")
    .min(0, "The victim's age cannot be negative.")
    .max(130, "The victim's age cannot be more than 130 years.")
    .nullable(),
  callerWords: personText('What the caller says', 5_000).nullable(),
  calledAtMs: instantMs.optional(),
});
export type EmergencyInput = z.infer<typeof emergencyInput>;

export const closeReason = z.enum([
  'NOT_AN_ARREST',
  'AMBULANCE_ON_SCENE',
  'CHILD_UNDER_8',
  'TRAUMA',
  'WEATHER',
  'NO_AIRSPACE_APPROVAL',
  'NO_DELIVERY_AREA',
  'OTHER',
]);
export type CloseReason = z.infer<typeof closeReason>;

export const emergency = emergencyInput.omit({ calledAtMs: true }).extend({
  emergencyId: z.string(),
  calledAtMs: z.number(),
  closed: z.object({ reason: closeReason, note: z.string().nullable(), atMs: z.number() }).nullable(),
  missionId: z.string().nullable(),
});
export type Emergency = z.infer<typeof emergency>;

export const emergencies = {
  create: call.input(emergencyInput).output(emergency),
  update: call.input(emergencyInput.extend({ emergencyId: recordId })).output(emergency),
  /** Feed, latest: the queue: emergencies that are neither closed nor served by a finished mission. */
  watchOpen: call.output(eventIterator(z.object({ emergencies: z.array(emergency) }))),
  get: call.input(z.object({ emergencyId: recordId })).output(emergency),
  /** No drone goes: says why, in a coded reason. */
  close: call
    .input(
      z.object({
        emergencyId: recordId,
        reason: closeReason,
        note: personText('The note', 1_000).nullable(),
      }),
    )
    .output(emergency),
};
