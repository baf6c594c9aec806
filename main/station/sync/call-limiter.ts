import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { RedisConnection } from './redis-connection.ts';
import { RATE_LIMIT_PREFIX, RATE_LIMIT_WINDOW_S } from './redis-keys.ts';

export interface CallLimiter {
  /**
   * Counts one call of this endpoint from this address. Refuses (TOO_MANY_ATTEMPTS) when this station, or all stations
   * together, have counted too many of them within a minute. Never waits for Redis.
   */
  count(endpoint: string, ip: string): Promise<void>;
}

/** Sign-in is also slowed down name by name; this keeps one machine from trying many names. */
const SIGN_INS_A_MINUTE = 60;
const CALLS_A_MINUTE = 1_200;

/**
 * `rate_limit:api:{endpoint}:{ip}` in Redis, and a count of this station's own beside it: the stricter of the two
 * decides, and they are never added up. The shared count is learned behind the call's back, so that a Redis that hangs
 * delays nobody.
 *
 * @param redis answers null while this station has no Redis.
 */
export function createCallLimiter(redis: () => RedisConnection | null, clock: Clock): CallLimiter {
  const signIns = limiterOf(SIGN_INS_A_MINUTE, redis, clock);
  const calls = limiterOf(CALLS_A_MINUTE, redis, clock);
  return {
    count: (endpoint, ip) => (endpoint === 'session.signIn' ? signIns : calls)(`${endpoint}:${ip}`),
  };
}

function limiterOf(
  points: number,
  redis: () => RedisConnection | null,
  clock: Clock,
): (key: string) => Promise<void> {
  const rule = { keyPrefix: RATE_LIMIT_PREFIX, points, duration: RATE_LIMIT_WINDOW_S };
  const own = new RateLimiterMemory(rule);
  /** Until when (machine time, ms) all stations together have counted too many. */
  const fullUntilMs = new Map<string, number>();
  let shared: { connection: RedisConnection; limiter: RateLimiterRedis } | null = null;

  function countInRedis(key: string): void {
    const connection = redis();
    if (connection === null) return;
    if (shared?.connection !== connection)
      shared = { connection, limiter: new RateLimiterRedis({ ...rule, storeClient: connection.client }) };
    const { limiter } = shared;
    void connection.attempt(() =>
      limiter.consume(key).catch((refused: unknown) => {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        fullUntilMs.set(key, clock.machineMs() + refused.msBeforeNext);
      }),
    );
  }

  return async (key) => {
    const fullForMs = (fullUntilMs.get(key) ?? 0) - clock.machineMs();
    if (fullForMs > 0) throw tooMany(fullForMs);
    fullUntilMs.delete(key);
    countInRedis(key);
    try {
      await own.consume(key);
    } catch (refused) {
      if (refused instanceof RateLimiterRes) throw tooMany(refused.msBeforeNext);
      throw refused;
    }
  };
}

function tooMany(waitMs: number): Refusal {
  return new Refusal(
    'TOO_MANY_ATTEMPTS',
    `Too many calls of this kind from here. Try again in ${Math.max(1, Math.ceil(waitMs / 1_000))} s.`,
  );
}
