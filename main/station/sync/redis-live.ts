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

export interface RedisLiveOptions {
  redis: RedisConnection;
  /** Other stations' missions that are not over, and other stations' drones, as the records have them. */
  remote: { missionIds(): readonly string[]; droneIds(): readonly string[] };
  clock: Clock;
  log: Log;
}

const MISSIONS_EVERY_MS = 1_000;
const DRONES_EVERY_MS = 5_000;
/** An answer about a drone is used this long: two missed reads. */
const DRONES_KNOWN_FOR_MS = 2.5 * DRONES_EVERY_MS;
/** What is older is not shown: the mission itself stays, as the records know it. */
const FORGET_AFTER_MS = 60_000;
const MOST_KEYS = 1_000;

/**
 * Reads what other stations put into Redis, for those missions and drones alone that the records already show to this
 * station: the cache can add a position, never a mission. Every value is checked before it is used.
 */
export class RedisLive {
  readonly #options: RedisLiveOptions;
  readonly #missions = new Map<string, LiveMission>();
  readonly #listeners = new Set<() => void>();
  readonly #stops: (() => void)[];
  #drones = new Map<string, { free: boolean; readAtMs: number }>();
  #toldMalformed = false;

  constructor(options: RedisLiveOptions) {
    this.#options = options;
    this.#stops = [
      this.#every(MISSIONS_EVERY_MS, () => this.#readMissions()),
      this.#every(DRONES_EVERY_MS, () => this.#readDrones()),
    ];
  }

  /** Null: nothing is known that is younger than a minute. */
  mission(missionId: string): LiveMission | null {
    const known = this.#missions.get(missionId) ?? null;
    return known !== null && known.ageMs() <= FORGET_AFTER_MS ? known : null;
  }

  /** UNKNOWN is never free. */
  availability(droneId: string): 'FREE' | 'TAKEN' | 'UNKNOWN' {
    const known = this.#drones.get(droneId);
    if (known === undefined || this.#options.clock.machineMs() - known.readAtMs > DRONES_KNOWN_FOR_MS)
      return 'UNKNOWN';
    return known.free ? 'FREE' : 'TAKEN';
  }

  /** Returns its unsubscribe. */
  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #every(periodMs: number, read: () => Promise<void>): () => void {
    const { clock, log } = this.#options;
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
          for (const listener of this.#listeners) listener();
        });
    });
  }

  async #readMissions(): Promise<void> {
    const { redis, remote } = this.#options;
    const missionIds = remote.missionIds().slice(0, MOST_KEYS);
    const wanted = new Set(missionIds);
    for (const [missionId, known] of this.#missions)
      if (!wanted.has(missionId) || known.ageMs() > FORGET_AFTER_MS) this.#missions.delete(missionId);
    const redisNowMs = redis.redisNowMs();
    if (missionIds.length === 0 || redisNowMs === null) return;
    const answers = await redis.batch((pipeline) => {
      for (const missionId of missionIds) pipeline.hmget(missionStateKey(missionId), ...MISSION_STATE_FIELDS);
    });
    if (answers === null) return;
    missionIds.forEach((missionId, index) => {
      const read = this.#missionOf(missionStateKey(missionId), answers[index] ?? [null, null], redisNowMs);
      if (read !== null && read.ageMs() <= FORGET_AFTER_MS) this.#missions.set(missionId, read);
      else this.#missions.delete(missionId);
    });
  }

  #missionOf(key: string, [error, values]: [Error | null, unknown], redisNowMs: number): LiveMission | null {
    if (error !== null || !Array.isArray(values)) return this.#malformed(key);
    if (values.every((value) => value === null)) return null;
    const fields = Object.fromEntries(MISSION_STATE_FIELDS.map((field, index) => [field, values[index]]));
    const parsed = missionState.safeParse(fields);
    if (!parsed.success) return this.#malformed(key);
    const { latitude, longitude, ...state } = parsed.data;
    const { clock } = this.#options;
    const readAtMs = clock.machineMs();
    // Redis's own time on both sides: no station's clock can make a value look young.
    const ageThenMs = Math.max(0, redisNowMs - state.as_of_ms);
    const place =
      latitude === null || longitude === null ? null : { latitudeDeg: latitude, longitudeDeg: longitude };
    return {
      stationId: state.station_id,
      droneId: state.drone_id,
      timeToSceneS: state.eta_remaining,
      place: place && {
        ...place,
        altitudeRelativeHomeM: state.altitude_relative_home_m,
        headingDeg: state.heading_deg,
        groundSpeedMps: state.speed_mps,
      },
      ageMs: () => ageThenMs + clock.machineMs() - readAtMs,
    };
  }

  async #readDrones(): Promise<void> {
    const { redis, remote, clock } = this.#options;
    const droneIds = remote.droneIds().slice(0, MOST_KEYS);
    if (droneIds.length === 0) return;
    const values = await redis.attempt((client) => client.mget(...droneIds.map(droneAvailableKey)));
    if (values === null) return;
    const readAtMs = clock.machineMs();
    this.#drones = new Map(
      droneIds.flatMap((droneId, index) => {
        const value = values[index] ?? null;
        if (value === null) return [];
        const parsed = availability.safeParse(value);
        if (!parsed.success) this.#malformed(droneAvailableKey(droneId));
        return parsed.success ? [[droneId, { free: parsed.data === 'true', readAtMs }] as const] : [];
      }),
    );
  }

  #malformed(key: string): null {
    if (!this.#toldMalformed) this.#options.log.warn('redis-value-malformed', { key: key.slice(0, 100) });
    this.#toldMalformed = true;
    return null;
  }
}
