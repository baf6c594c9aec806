import { z } from 'zod';
import { call } from './errors.ts';
import { droneId, position, recordId, requiredText } from './geo.ts';
import { missionSummary } from './missions.ts';

/** One line of the go/no-go. Closed list, so that every check is present or the code does not compile. */
export const checkId = z.enum([
  'REGISTERED',
  'STATUS',
  'LINK',
  'DATA_AGE',
  'BATTERY',
  'RANGE',
  'HEALTH',
  'POSITION',
  'DESTINATION_ZONE',
  'ROUTE',
  'WIND',
  'AED',
  'INFERENCE',
  'OCCUPIED',
  'EMERGENCY',
]);
export const checkResult = z.enum(['PASS', 'CAUTION', 'NO_GO']);

export const check = z.object({
  id: checkId,
  result: checkResult,
  /** The whole reason in words: "Battery for the way there, 4 min on scene, and back". */
  sentence: z.string(),
  /** Measured value beside its limit: "100 %, needs 46 %". */
  figure: z.string().nullable(),
  /** A supervisor may override this no-go with a reason. Contact, zones and registration never can be overridden. */
  overridable: z.boolean(),
});
export type Check = z.infer<typeof check>;

export const route = z.object({
  /** From the drone to the destination, both included. */
  waypoints: z.array(position),
  lengthM: z.number(),
  cruiseAltitudeRelativeHomeM: z.number(),
  /** Distance of the route to the nearest zone in force, as PostGIS measured it; null: no zone within 50 km. */
  clearanceM: z.number().nullable(),
  nearestZoneName: z.string().nullable(),
});
export type Route = z.infer<typeof route>;

export const candidate = z.object({
  droneId: z.string(),
  baseStationId: z.string().nullable(),
  verdict: z.enum(['GO', 'NO_GO']),
  checks: z.array(check),
  distanceM: z.number(),
  route: route.nullable(),
  timeToSceneS: z.number().nullable(),
  batteryPercent: z.number().nullable(),
  batteryNeededPercent: z.number().nullable(),
  /** 0 (no concern) … 100. */
  riskScore: z.number().int(),
});
export type Candidate = z.infer<typeof candidate>;

/** What a person entered about the weather at the scene. */
export const weatherInput = z.object({
  windSpeedMps: z.number().min(0).max(75).nullable(),
  windFromDeg: z.number().min(0).max(360).nullable(),
  condition: z.enum(['CLEAR', 'CLOUDY', 'RAIN', 'SNOW', 'FOG']).nullable(),
  temperatureC: z.number().min(-60).max(60).nullable(),
  visibilityM: z.number().int().min(0).max(100_000).nullable(),
});
export type WeatherInput = z.infer<typeof weatherInput>;

export const decision = z.object({
  decisionId: z.string(),
  emergencyId: z.string(),
  destination: position,
  computedAtMs: z.number(),
  /** Machine time that the assessment took. */
  durationMs: z.number(),
  /** Age of the oldest vehicle data that the best candidate rests on; null: no live data. */
  dataAgeMs: z.number().nullable(),
  /** The direction is null where a person entered none: it then counts as head wind everywhere. */
  wind: z.object({ speedMps: z.number(), fromDeg: z.number().nullable(), source: z.string() }).nullable(),
  /** Go first, then by time to scene. */
  candidates: z.array(candidate),
});
export type Decision = z.infer<typeof decision>;

export const dispatch = {
  assess: call.input(z.object({ emergencyId: recordId, weather: weatherInput.optional() })).output(decision),
  /** Accepts a decision not older than 5 s and launches. One call, one launch (F1). */
  launch: call
    .input(
      z.object({
        decisionId: recordId,
        droneId,
        override: z.object({ reason: requiredText('The reason for the override', 1_000) }).optional(),
      }),
    )
    .output(missionSummary),
};
