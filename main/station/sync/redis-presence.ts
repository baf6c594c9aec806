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
  missions(): readonly OwnMission[];
  drones(): readonly HeardDrone[];
  /** Of these missions, those of which no change waits to be pushed: only what PostgreSQL has may be in the cache. */
  settled(missionIds: readonly string[]): Promise<readonly string[]>;
}

export interface RedisPresenceOptions {
  redis: RedisConnection;
  stationId: string;
  sources: PresenceSources;
  clock: Clock;
  log: Log;
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
export class RedisPresence {
  readonly #options: RedisPresenceOptions;
  /** What PostgreSQL is known to have, by mission. */
  readonly #published = new Map<string, MissionStatus>();
  /** Missions that are over and no longer in the cache. */
  readonly #removed = new Set<string>();
  readonly #drones = new Map<string, { free: boolean; toldAtMs: number }>();
  readonly #people = new Map<string, { activeAtMs: number; toldAtMs: number }>();
  readonly #stops: (() => void)[];
  #busy = false;

  constructor(options: RedisPresenceOptions) {
    this.#options = options;
    this.#stops = [
      options.clock.every(EVERY_MS, () => this.#tellNow()),
      options.redis.onUp(() => {
        this.#drones.clear();
        this.#removed.clear();
        for (const person of this.#people.values()) person.toldAtMs = 0;
        this.#tellNow();
      }),
    ];
  }

  /** A person did something. */
  active(dispatcherId: string): void {
    const nowMs = this.#options.clock.nowMs();
    const known = this.#people.get(dispatcherId);
    if (known === undefined) this.#people.set(dispatcherId, { activeAtMs: nowMs, toldAtMs: 0 });
    else if (nowMs - known.activeAtMs >= REFRESH_SESSION_MS) known.activeAtMs = nowMs;
  }

  /** A person signed out. */
  left(dispatcherId: string): void {
    this.#people.delete(dispatcherId);
    void this.#options.redis.attempt((client) => client.del(sessionKey(dispatcherId)));
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #tellNow(): void {
    if (this.#busy) return;
    this.#busy = true;
    // Only the station's own database can fail here: what it does not say now is told in the next second.
    this.#tell()
      .catch((error: unknown) =>
        this.#options.log.warn('presence-not-told', {
          error: error instanceof Error ? error.name : 'unknown',
        }),
      )
      .finally(() => {
        this.#busy = false;
      });
  }

  async #tell(): Promise<void> {
    const { redis } = this.#options;
    const redisNowMs = redis.redisNowMs();
    if (redisNowMs === null || !redis.usable()) return;
    await this.#tellMissions(redisNowMs);
    await this.#tellDrones(redisNowMs);
    await this.#tellPeople();
  }

  async #tellMissions(redisNowMs: number): Promise<void> {
    const { redis, sources } = this.#options;
    const missions = sources.missions().slice(0, MOST_KEYS);
    const running = new Set(missions.map(({ missionId }) => missionId));
    const settled = new Set(await sources.settled([...running]));
    const over = [...this.#published.keys()].filter((missionId) => !running.has(missionId));
    for (const missionId of this.#removed) if (!running.has(missionId)) this.#removed.delete(missionId);
    const lines: { key: string; fields: string[] }[] = [];
    for (const mission of missions) {
      const { missionId } = mission;
      const status = settled.has(missionId) ? mission.status : this.#published.get(missionId);
      if (status === undefined || this.#removed.has(missionId)) continue;
      if (mission.over && settled.has(missionId)) over.push(missionId);
      else {
        this.#published.set(missionId, status);
        lines.push({ key: missionStateKey(missionId), fields: this.#stateOf(mission, status, redisNowMs) });
      }
    }
    if (lines.length === 0 && over.length === 0) return;
    const done = await redis.batch((pipeline) => {
      for (const { key, fields } of lines) pipeline.hset(key, ...fields);
      for (const missionId of over) pipeline.del(missionStateKey(missionId));
    });
    if (done === null) return;
    for (const missionId of over) {
      this.#published.delete(missionId);
      if (running.has(missionId)) this.#removed.add(missionId);
    }
  }

  #stateOf(mission: OwnMission, status: MissionStatus, redisNowMs: number): string[] {
    const { clock, stationId } = this.#options;
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

  async #tellDrones(redisNowMs: number): Promise<void> {
    const { redis, sources, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const due = sources
      .drones()
      .filter(({ droneId, free, heardMsAgo }) => {
        const told = this.#drones.get(droneId);
        const news = told?.free !== free || nowMs - told.toldAtMs >= REFRESH_AVAILABLE_MS;
        return news && heardMsAgo < AVAILABLE_FOR_MS;
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
    if (done !== null)
      for (const { droneId, free } of due) this.#drones.set(droneId, { free, toldAtMs: nowMs });
  }

  async #tellPeople(): Promise<void> {
    const { redis, stationId } = this.#options;
    const due = [...this.#people]
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
