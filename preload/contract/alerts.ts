import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { call } from './errors.ts';

/** 14 CFR 25.1322. */
export const alertLevel = z.enum(['WARNING', 'CAUTION', 'ADVISORY']);
export type AlertLevel = z.infer<typeof alertLevel>;

export const alert = z.object({
  alertId: z.string(),
  cause: z.string(),
  level: alertLevel,
  subject: z.string(),
  sentence: z.string(),
  droneId: z.string().nullable(),
  missionId: z.string().nullable(),
  raisedAtMs: z.number(),
  repeats: z.number().int(),
  acknowledgedBy: z.string().nullable(),
});
export type Alert = z.infer<typeof alert>;

export const alerts = {
  /** Feed, latest: every alert whose cause still holds, most urgent first. */
  watch: call.output(eventIterator(z.object({ alerts: z.array(alert) }))),
  acknowledge: call.input(z.object({ alertId: z.string().max(100) })).output(z.object({})),
};
