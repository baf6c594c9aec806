import { z } from 'zod';
import { missionStatus } from '../../../preload/contract/missions.ts';

/** The keys of the data specification, exactly; nothing else is kept in Redis. */
export const missionStateKey = (missionId: string): string => `mission:${missionId}:state`;
export const droneAvailableKey = (droneId: string): string => `drone:${droneId}:available`;
export const sessionKey = (dispatcherId: string): string => `dispatcher:${dispatcherId}:session`;
/** rate-limiter-flexible puts `:{endpoint}:{ip}` behind it. */
export const RATE_LIMIT_PREFIX = 'rate_limit:api';

export const AVAILABLE_FOR_MS = 60_000;
export const SESSION_FOR_S = 24 * 60 * 60;
export const RATE_LIMIT_WINDOW_S = 60;

/** Says that the centre has news, and how far they reach. Losing one costs a poll. */
export const POKE_CHANNEL = 'skyrescue:poke';

/** `true`: heard within the last 60 s and free. `false`: heard, and not free. No key: unknown, and never free. */
export const availability = z.enum(['true', 'false']);

const integer = z
  .string()
  .regex(/^-?\d{1,15}$/)
  .transform(Number);
const decimal = z
  .string()
  .regex(/^-?\d{1,5}(\.\d{1,10})?$/)
  .transform(Number);

/** The fields of `mission:{id}:state`: the specification's four, then what a map needs. Empty: not known. */
export const missionState = z.object({
  status: missionStatus,
  drone_id: z.string().min(1).max(50),
  elapsed_seconds: integer,
  eta_remaining: z.union([integer, z.literal('').transform(() => null)]),
  station_id: z.string().min(1).max(50),
  latitude: z.union([decimal, z.literal('').transform(() => null)]),
  longitude: z.union([decimal, z.literal('').transform(() => null)]),
  altitude_relative_home_m: z.union([decimal, z.literal('').transform(() => null)]),
  heading_deg: z.union([decimal, z.literal('').transform(() => null)]),
  speed_mps: z.union([decimal, z.literal('').transform(() => null)]),
  /** Redis's own time (UTC, ms) of what the other fields say. */
  as_of_ms: integer,
});
export const MISSION_STATE_FIELDS = Object.keys(missionState.shape) as (keyof typeof missionState.shape)[];

const cursor = z.object({
  epoch: z.string().max(100),
  txid: z.string().regex(/^\d{1,20}$/),
  seq: z.string().regex(/^\d{1,20}$/),
});
/** Who pushed, and the server's position after it. */
export const poke = z.object({ stationId: z.string().max(50), horizon: cursor });
