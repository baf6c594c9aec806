import type { MissionStatus } from '../../../preload/contract/missions.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RedisConnection } from './redis-connection.ts';
import {
  AVAILABLE_FOR_MS,
  droneAvailableKey,
  MISSION_STATE_FIELDS,
  missionStateKey,
  SESSION_FOR_S,
  sessionKey,
} from './redis-keys.ts';

/** A mission of this station that is not over, or was over only now. */
export interface OwnMission {
  readonly missionId: string;
  readonly droneId: string;
  readonly status: MissionStatus;
  readonly over: boolean;
  readonly launchedAtMs: number;
  readonly timeToSceneS: number | null;
  readonly place: DronePlace | null;
}

interface DronePlace {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly altitudeRelativeHomeM: number;
  readonly headingDeg: number | null;
  readonly groundSpeedMps: number | null;
}

/** A registered drone that this station hears itself. */
export interface HeardDrone {
  readonly droneId: string;
  readonly free: boolean;
  /** Age of its last heartbeat. */
  readonly heardMsAgo: number;
}

export interface PresenceSources {
  /** Null until the server has named this station. */
  stationId(): string | null;
  missions(): readonly OwnMission[];
  drones(): readonly HeardDrone[];
  /** Of these missions, those of which no change waits to be pushed: only what PostgreSQL has may be in the cache. */
  settled(missionIds: readonly string[]): Promise<readonly string[]>;
}

export interface RedisPresence {
  /** A person did something. */
  active(dispatcherId: string): void;
  /** A person's last session ended. */
  left(dispatcherId: string): void;
  close(): void;
}

const EVERY_MS = 1_000;
/** A free drone is refreshed this often; one that is no longer free is told at once. */
const REFRESH_AVAILABLE_MS = 15_000;
const REFRESH_SESSION_MS = 60_000;
/** More than one station flies and hears; above it the rest waits for the next second. */
const MOST_KEYS = 2_000;

/**
 * Keeps what this station knows in Redis, second by second, from the station's own state alone: after Redis was
 * emptied, restarted or away, the next second brings everything back.
 */
export function createRedisPresence(options: {
  redis: RedisConnection;
  sources: PresenceSources;
  clock: Clock;
  log: Log;
}): RedisPresence {
  const { redis, sources, clock, log } = options;
  /** What PostgreSQL is known to have, by mission. */
  const published = new Map<string, MissionStatus>();
  /** Missions that are over and no longer in the cache. */
  const removed = new Set<string>();
  const drones = new Map<string, { free: boolean; toldAtMs: number }>();
  const people = new Map<string, { activeAtMs: number; toldAtMs: number }>();
  let busy = false;

  async function tellMissions(redisNowMs: number, stationId: string): Promise<void> {
    const missions = sources.missions().slice(0, MOST_KEYS);
    const settled = new Set(await sources.settled(missions.map(({ missionId }) => missionId)));
    const lines: string[][] = [];
    const over: string[] = [];
    for (const mission of missions) {
      const known = published.get(mission.missionId);
      const status = settled.has(mission.missionId) ? mission.status : known;
      if (status === undefined || removed.has(mission.missionId)) continue;
      if (mission.over && settled.has(mission.missionId)) over.push(mission.missionId);
      else {
        published.set(mission.missionId, status);
        lines.push([
          missionStateKey(mission.missionId),
          ...stateFields(mission, status, stationId, redisNowMs),
        ]);
      }
    }
    const running = new Set(missions.map(({ missionId }) => missionId));
    for (const missionId of published.keys()) if (!running.has(missionId)) over.push(missionId);
    for (const missionId of removed) if (!running.has(missionId)) removed.delete(missionId);
    if (lines.length === 0 && over.length === 0) return;
    const done = await redis.batch((pipeline) => {
      for (const [key = '', ...fields] of lines) pipeline.hset(key, ...fields);
      for (const missionId of over) pipeline.del(missionStateKey(missionId));
    });
    if (done === null) return;
    for (const missionId of over) {
      published.delete(missionId);
      if (running.has(missionId)) removed.add(missionId);
    }
  }

  function stateFields(mission: OwnMission, status: MissionStatus, stationId: string, redisNowMs: number) {
    const { place } = mission;
    const values: Record<(typeof MISSION_STATE_FIELDS)[number], string> = {
      status,
      drone_id: mission.droneId,
      elapsed_seconds: whole(Math.max(0, clock.nowMs() - mission.launchedAtMs) / 1_000),
      eta_remaining: whole(mission.timeToSceneS),
      station_id: stationId,
      latitude: place?.latitudeDeg.toFixed(7) ?? '',
      longitude: place?.longitudeDeg.toFixed(7) ?? '',
      altitude_relative_home_m: place?.altitudeRelativeHomeM.toFixed(1) ?? '',
      heading_deg: place?.headingDeg?.toFixed(1) ?? '',
      speed_mps: place?.groundSpeedMps?.toFixed(1) ?? '',
      as_of_ms: whole(redisNowMs),
    };
    return MISSION_STATE_FIELDS.flatMap((field) => [field, values[field]]);
  }

  async function tellDrones(redisNowMs: number): Promise<void> {
    const nowMs = clock.monotonicMs();
    const due = sources
      .drones()
      .filter(({ droneId, free, heardMsAgo }) => {
        if (heardMsAgo >= AVAILABLE_FOR_MS) return false;
        const told = drones.get(droneId);
        return told === undefined || told.free !== free || nowMs - told.toldAtMs >= REFRESH_AVAILABLE_MS;
      })
      .slice(0, MOST_KEYS);
    if (due.length === 0) return;
    const done = await redis.batch((pipeline) => {
      for (const { droneId, free, heardMsAgo } of due) {
        // That a drone was taken is news of this moment; that it is free is as old as its last heartbeat.
        const untilMs = redisNowMs + AVAILABLE_FOR_MS - (free ? heardMsAgo : 0);
        pipeline.eval(NEWER_HEARTBEAT, 1, droneAvailableKey(droneId), String(free), whole(untilMs));
      }
    });
    if (done !== null) for (const { droneId, free } of due) drones.set(droneId, { free, toldAtMs: nowMs });
  }

  async function tellPeople(stationId: string): Promise<void> {
    const due = [...people]
      .filter(([, { activeAtMs, toldAtMs }]) => activeAtMs > toldAtMs)
      .slice(0, MOST_KEYS);
    if (due.length === 0) return;
    const done = await redis.batch((pipeline) => {
      for (const [dispatcherId, { activeAtMs }] of due) {
        const lastActivity = new Date(activeAtMs).toISOString();
        pipeline.hset(sessionKey(dispatcherId), 'last_activity', lastActivity, 'station_id', stationId);
        pipeline.expire(sessionKey(dispatcherId), SESSION_FOR_S);
      }
    });
    if (done !== null) for (const [, person] of due) person.toldAtMs = person.activeAtMs;
  }

  async function tell(): Promise<void> {
    const stationId = sources.stationId();
    const redisNowMs = redis.redisNowMs();
    if (stationId === null || redisNowMs === null || !redis.usable()) return;
    await tellMissions(redisNowMs, stationId);
    await tellDrones(redisNowMs);
    await tellPeople(stationId);
  }

  function tellNow(): void {
    if (busy) return;
    busy = true;
    // Only the station's own database can fail here: what it does not say now is told in the next second.
    tell()
      .catch((error: unknown) =>
        log.warn('presence-not-told', { error: error instanceof Error ? error.name : 'unknown' }),
      )
      .finally(() => {
        busy = false;
      });
  }

  const stopTelling = clock.every(EVERY_MS, tellNow);
  const stopRebuilding = redis.onUp(() => {
    drones.clear();
    removed.clear();
    for (const person of people.values()) person.toldAtMs = 0;
    tellNow();
  });
  return {
    active(dispatcherId) {
      const nowMs = clock.nowMs();
      const known = people.get(dispatcherId);
      if (known === undefined) people.set(dispatcherId, { activeAtMs: nowMs, toldAtMs: 0 });
      else if (nowMs - known.activeAtMs >= REFRESH_SESSION_MS) known.activeAtMs = nowMs;
    },
    left(dispatcherId) {
      people.delete(dispatcherId);
      void redis.attempt((client) => client.del(sessionKey(dispatcherId)));
    },
    close() {
      stopTelling();
      stopRebuilding();
    },
  };
}

/**
 * The end of a key's life tells from which moment its value is: a heartbeat that was held up on its way is older than
 * what is there, and must neither revive a drone nor free one that was taken since.
 */
const NEWER_HEARTBEAT = `
local now = redis.call('TIME')
local untilMs = tonumber(ARGV[2])
if untilMs <= now[1] * 1000 + now[2] / 1000 then return 0 end
if redis.call('PEXPIRETIME', KEYS[1]) > untilMs then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2])
return 1`;

function whole(value: number | null): string {
  return value === null ? '' : String(Math.round(value));
}
