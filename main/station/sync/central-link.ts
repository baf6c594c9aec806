import type { LeaseAnswer } from '../../../db/sync/wire.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import type { CentralTransport } from './central-transport.ts';
import { RedisConnection } from './redis-connection.ts';
import { POKE_CHANNEL, poke } from './redis-keys.ts';
import { RedisLive } from './redis-live.ts';
import { type PresenceSources, RedisPresence } from './redis-presence.ts';
import { createSyncEngine, type SyncEngine } from './sync-engine.ts';
import type { SyncSettings } from './sync-settings.ts';
import type { SyncStore } from './sync-store.ts';

export interface CentralLinkOptions {
  store: SyncStore;
  openTransport(settings: SyncSettings, authority: string | null): CentralTransport;
  /** What this station puts into Redis, and whose live state it reads there. */
  presence: PresenceSources;
  remote: { missionIds(): readonly string[]; droneIds(): readonly string[] };
  /** Server time minus station time, as measured last. */
  clockOffsetMs(): number;
  clock: Clock;
  random: Random;
  log: Log;
}

/** Everything that connects this station to one centre, from one set of settings. */
export interface CentralLink {
  readonly engine: SyncEngine;
  readonly redis: RedisConnection | null;
  readonly presence: RedisPresence | null;
  readonly live: RedisLive | null;
  /** S14. UNKNOWN: the centre did not answer within 100 ms; the station that hears the drone then holds it. */
  holdDrone(droneId: string, missionId: string | null): Promise<LeaseAnswer | { state: 'UNKNOWN' }>;
  close(): Promise<void>;
}

/** A launch waits no longer for the centre than this. */
const LEASE_WITHIN_MS = 100;
/** Renewed long before: a station that dies does not keep its drone from others for longer. */
export const LEASE_FOR_MS = 90_000;

/** @param authority PEM; null: the system's. */
export function openCentralLink(
  options: CentralLinkOptions,
  settings: SyncSettings,
  authority: string | null,
): CentralLink {
  const { clock, random, log } = options;
  const { stationId } = settings;
  const redis =
    settings.redisUrl === null
      ? null
      : new RedisConnection({ url: settings.redisUrl, authority, clock, random, log });
  const engine = createSyncEngine({
    store: options.store,
    transport: pokingTransport(options.openTransport(settings, authority), redis, stationId),
    stationId,
    clock,
    random,
    log,
  });
  const presence =
    redis === null ? null : new RedisPresence({ redis, stationId, sources: options.presence, clock, log });
  const live = redis === null ? null : new RedisLive({ redis, remote: options.remote, clock, log });
  const stopListening = redis?.listen(POKE_CHANNEL, (message) => {
    const heard = poke.safeParse(jsonOf(message));
    // Its own news is no news. What cannot be read still says that something happened.
    if (!heard.success) engine.poked(null);
    else if (heard.data.stationId !== stationId) engine.poked(heard.data.horizon);
  });

  return {
    engine,
    redis,
    presence,
    live,
    holdDrone(droneId, missionId) {
      const untilMs = clock.nowMs() + options.clockOffsetMs() + LEASE_FOR_MS;
      return inTime(clock, engine.lease({ droneId, missionId, untilMs }));
    },
    async close() {
      stopListening?.();
      presence?.close();
      live?.close();
      redis?.close();
      await engine.stop();
    },
  };
}

function inTime(
  clock: Clock,
  lease: Promise<LeaseAnswer | { state: 'OFFLINE' }>,
): Promise<LeaseAnswer | { state: 'UNKNOWN' }> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(LEASE_WITHIN_MS, () => resolve({ state: 'UNKNOWN' }));
    lease.then(
      (answer) => {
        cancel();
        resolve(answer.state === 'OFFLINE' ? { state: 'UNKNOWN' } : answer);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}

/** The same transport, telling other stations of each commit. A poke that is lost costs them a poll. */
function pokingTransport(
  transport: CentralTransport,
  redis: RedisConnection | null,
  stationId: string,
): CentralTransport {
  if (redis === null) return transport;
  return {
    ...transport,
    async push(batch, epoch) {
      const answer = await transport.push(batch, epoch);
      const message = JSON.stringify({ stationId, horizon: answer.horizon });
      void redis.attempt((client) => client.publish(POKE_CHANNEL, message));
      return answer;
    },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
