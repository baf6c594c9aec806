import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RedisConnection } from './redis-connection.ts';
import {
  availability,
  droneAvailableKey,
  MISSION_STATE_FIELDS,
  missionState,
  missionStateKey,
} from './redis-keys.ts';

/** What another station says of its mission at this moment. */
export interface LiveMission {
  readonly stationId: string;
  readonly droneId: string;
  readonly timeToSceneS: number | null;
  readonly place: {
    readonly latitudeDeg: number;
    readonly longitudeDeg: number;
    readonly altitudeRelativeHomeM: number | null;
    readonly headingDeg: number | null;
    readonly groundSpeedMps: number | null;
  } | null;
  /** How old it is now. */
  ageMs(): number;
}

export interface RedisLive {
  /** Null: nothing is known that is younger than a minute. */
  mission(missionId: string): LiveMission | null;
  /** UNKNOWN is never free. */
  availability(droneId: string): 'FREE' | 'TAKEN' | 'UNKNOWN';
  subscribe(changed: () => void): () => void;
  close(): void;
}

const MISSIONS_EVERY_MS = 1_000;
const DRONES_EVERY_MS = 5_000;
/** What is older is not shown: the mission itself stays, as the records know it. */
const FORGET_AFTER_MS = 60_000;
const MOST_KEYS = 1_000;

/**
 * Reads what other stations put into Redis, for those missions and drones alone that the records already show to this
 * station: the cache can add a position, never a mission. Every value is checked before it is used.
 */
export function createRedisLive(options: {
  redis: RedisConnection;
  /** Other stations' missions that are not over, and other stations' drones, as the records have them. */
  remote: { missionIds(): readonly string[]; droneIds(): readonly string[] };
  clock: Clock;
  log: Log;
}): RedisLive {
  const { redis, remote, clock, log } = options;
  const missions = new Map<string, LiveMission>();
  let availabilities = new Map<string, { free: boolean; readAtMs: number }>();
  const listeners = new Set<() => void>();
  let toldMalformed = false;

  function malformed(key: string): null {
    if (!toldMalformed) log.warn('redis-value-malformed', { key: key.slice(0, 100) });
    toldMalformed = true;
    return null;
  }

  function readMission(
    key: string,
    [error, values]: [Error | null, unknown],
    redisNowMs: number,
  ): LiveMission | null {
    if (error !== null || !Array.isArray(values)) return malformed(key);
    if (values.every((value) => value === null)) return null;
    const fields = Object.fromEntries(MISSION_STATE_FIELDS.map((field, index) => [field, values[index]]));
    const parsed = missionState.safeParse(fields);
    if (!parsed.success) return malformed(key);
    const { latitude, longitude, ...state } = parsed.data;
    const readAtMs = clock.machineMs();
    // Redis's own time on both sides: no station's clock can make a value look young.
    const ageThenMs = Math.max(0, redisNowMs - state.as_of_ms);
    return {
      stationId: state.station_id,
      droneId: state.drone_id,
      timeToSceneS: state.eta_remaining,
      place:
        latitude === null || longitude === null
          ? null
          : {
              latitudeDeg: latitude,
              longitudeDeg: longitude,
              altitudeRelativeHomeM: state.altitude_relative_home_m,
              headingDeg: state.heading_deg,
              groundSpeedMps: state.speed_mps,
            },
      ageMs: () => ageThenMs + clock.machineMs() - readAtMs,
    };
  }

  async function readMissions(): Promise<void> {
    const missionIds = remote.missionIds().slice(0, MOST_KEYS);
    const redisNowMs = redis.redisNowMs();
    const answers =
      missionIds.length === 0 || redisNowMs === null
        ? null
        : await redis.batch((pipeline) => {
            for (const missionId of missionIds)
              pipeline.hmget(missionStateKey(missionId), ...MISSION_STATE_FIELDS);
          });
    const wanted = new Set(missionIds);
    for (const [missionId, known] of missions)
      if (!wanted.has(missionId) || known.ageMs() > FORGET_AFTER_MS) missions.delete(missionId);
    if (answers === null || redisNowMs === null) return;
    missionIds.forEach((missionId, index) => {
      const key = missionStateKey(missionId);
      const read = readMission(key, answers[index] ?? [null, null], redisNowMs);
      if (read !== null && read.ageMs() <= FORGET_AFTER_MS) missions.set(missionId, read);
      else missions.delete(missionId);
    });
  }

  async function readDrones(): Promise<void> {
    const droneIds = remote.droneIds().slice(0, MOST_KEYS);
    const values =
      droneIds.length === 0
        ? null
        : await redis.attempt((client) => client.mget(...droneIds.map(droneAvailableKey)));
    const readAtMs = clock.machineMs();
    // Nothing heard is nothing known: an old answer is not kept beyond the life that the key itself would have had.
    if (values === null) return;
    availabilities = new Map(
      droneIds.flatMap((droneId, index) => {
        const value = values[index] ?? null;
        if (value === null) return [];
        const parsed = availability.safeParse(value);
        if (!parsed.success) malformed(droneAvailableKey(droneId));
        return parsed.success ? [[droneId, { free: parsed.data === 'true', readAtMs }] as const] : [];
      }),
    );
  }

  function every(periodMs: number, read: () => Promise<void>): () => void {
    let busy = false;
    return clock.every(periodMs, () => {
      if (busy) return;
      busy = true;
      read()
        .catch((error: unknown) =>
          log.warn('redis-not-read', { error: error instanceof Error ? error.name : 'unknown' }),
        )
        .finally(() => {
          busy = false;
          for (const listener of listeners) listener();
        });
    });
  }

  const stops = [every(MISSIONS_EVERY_MS, readMissions), every(DRONES_EVERY_MS, readDrones)];
  return {
    mission: (missionId) => {
      const known = missions.get(missionId) ?? null;
      return known !== null && known.ageMs() <= FORGET_AFTER_MS ? known : null;
    },
    availability(droneId) {
      const known = availabilities.get(droneId);
      if (known === undefined || clock.machineMs() - known.readAtMs > KNOWN_FOR_MS) return 'UNKNOWN';
      return known.free ? 'FREE' : 'TAKEN';
    },
    subscribe(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    close() {
      for (const stop of stops) stop();
    },
  };
}

/** An answer of Redis is used this long: two missed reads. */
const KNOWN_FOR_MS = 2.5 * DRONES_EVERY_MS;
