import type { ServerHealth, SyncPhase, SyncStatus } from '../../../preload/contract/sync.ts';
import type { RedisConnection } from './redis-connection.ts';
import type { SyncStatus as EngineStatus } from './sync-engine.ts';
import { POSTGRES_SCHEMES, REDIS_SCHEMES } from './sync-given.ts';
import { type SyncSettings, shownAddress } from './sync-settings.ts';
import type { SyncCounts } from './sync-store.ts';

/** Everything that the page is told is made of this. */
export interface SyncFacts {
  settings: SyncSettings | null;
  engine: EngineStatus | null;
  redis: RedisConnection | null;
  /** Why there is no connection although one was set up. */
  trouble: { sentence: string; sinceMs: number } | null;
  upSinceMs: number;
  counts: SyncCounts;
  lastSuccessAtMs: number | null;
  clockOffsetMs: number;
}

const PHASES: Record<EngineStatus['state'], SyncPhase> = {
  PAUSED: 'PAUSED',
  OFFLINE: 'OFFLINE',
  CONNECTING: 'CONNECTING',
  SYNCING: 'WORKING',
  IN_STEP: 'UP_TO_DATE',
  NEEDS_PERSON: 'STOPPED',
};
const OFF: ServerHealth = { state: 'OFF', sinceMs: 0, sentence: null, address: null };

export function isUp({ state }: EngineStatus): boolean {
  return state === 'SYNCING' || state === 'IN_STEP';
}

export function statusOf(facts: SyncFacts): SyncStatus {
  const { settings, engine, redis, counts } = facts;
  const { pendingGroups, pendingBytes, refused, conflicts, ...waiting } = counts;
  const redisUrl = settings?.redisUrl ?? null;
  return {
    phase: phaseOf(facts),
    stationId: settings?.stationId ?? null,
    central: centralHealth(facts),
    redis:
      redis === null
        ? OFF
        : { ...redis.health(), address: redisUrl && shownAddress(redisUrl, ...REDIS_SCHEMES) },
    waiting: { changes: pendingGroups, bytes: pendingBytes, ...waiting },
    throughput: { sentPerS: engine?.sentRowsPerS ?? 0, receivedPerS: engine?.receivedRowsPerS ?? 0 },
    lastSuccessAtMs: engine?.lastSuccessAtMs ?? facts.lastSuccessAtMs,
    clockOffsetMs: facts.clockOffsetMs,
    refused,
    conflicts,
  };
}

function phaseOf({ engine, trouble, counts }: SyncFacts): SyncPhase {
  if (trouble !== null) return 'STOPPED';
  if (engine === null) return 'NOT_SET_UP';
  if (engine.fault?.kind === 'MALFORMED' && isUp(engine)) return 'STOPPED';
  // Looking whether there is anything, every few seconds, is not work.
  const idle = counts.pendingGroups === 0 && engine.sentRowsPerS === 0 && engine.receivedRowsPerS === 0;
  return engine.state === 'SYNCING' && idle ? 'UP_TO_DATE' : PHASES[engine.state];
}

function centralHealth({ settings, engine, trouble, upSinceMs }: SyncFacts): ServerHealth {
  if (settings === null && trouble === null) return OFF;
  const address = settings === null ? null : shownAddress(settings.serverUrl, ...POSTGRES_SCHEMES);
  if (trouble !== null) return { state: 'DOWN', ...trouble, address };
  if (engine === null) return OFF;
  const sentence = engine.fault?.sentence ?? null;
  return isUp(engine)
    ? { state: 'UP', sinceMs: upSinceMs, sentence, address }
    : { state: 'DOWN', sinceMs: engine.offlineSinceMs ?? upSinceMs, sentence, address };
}
