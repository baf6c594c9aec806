import type { ErrorCode } from '../preload/contract/errors.ts';
import type { BackupReason, BackupStep } from '../preload/contract/records.ts';
import type { DatabasePaths } from './open-database.ts';
import type { ReadQueries, WriteQueries } from './queries/query-map.ts';

/** What the thread that owns the database is started with. */
export interface WorkerSetup extends DatabasePaths {
  /** Path of db/backup/backup-worker.ts, or of what it was bundled into. */
  backupWorkerPath: string;
}

export type QueryName = keyof ReadQueries | keyof WriteQueries;

/** For whom, and at what time of the station's clock, a query runs. */
export interface CallContext {
  /** The id of the person it is done for, who sees what their coverage includes; null: the station's own doing. */
  actor: string | null;
  /** UTC, ms. Nothing that has happened is recorded as later than this. */
  nowMs: number;
}

export interface WorkerCall extends CallContext {
  id: number;
  name: QueryName;
  input: unknown;
}

/** A durable write is on the disk when its output is told. */
export type Answer =
  | { id: number; output: unknown }
  | { id: number; refused: { code: ErrorCode; sentence: string } };

/** To the worker. Every call, `backup` and `close` is answered exactly once, unless the worker dies. */
export type ToWorker =
  /** What was asked for in one turn of the caller: a message costs more than what it carries. */
  | { kind: 'calls'; calls: WorkerCall[] }
  /** Answered with the backup's manifest. */
  | { kind: 'backup'; id: number; folder: string; reason: BackupReason; nowMs: number }
  | { kind: 'cancelBackup' }
  /** Finishes what is queued, closes the database and ends the thread. */
  | { kind: 'close' };

/** From the worker. `opened` or `refusedToOpen` comes first. */
export type FromWorker =
  | { kind: 'opened'; created: boolean; migrated: number; openedInMs: number }
  /** `damaged`: the files are at fault, and only a backup helps. */
  | { kind: 'refusedToOpen'; code: ErrorCode; sentence: string; damaged: boolean }
  | { kind: 'answers'; answers: Answer[] }
  | { kind: 'backupProgress'; step: BackupStep; share: number }
  /** A query that took longer than SLOW_QUERY_MS: its name only, never what it was asked. */
  | { kind: 'slowQuery'; name: string; durationMs: number }
  | { kind: 'maintained'; task: string; durationMs: number }
  /** An error that no rule foresaw. The message is the database's own, without parameters. */
  | { kind: 'unexpected'; name: string; sqlState: string | null; message: string }
  /** Low: the disk was full and the reserve is in use, or there is no room for one. Recordings are refused meanwhile. */
  | { kind: 'space'; low: boolean }
  /** The database can no longer be used. The thread ends after this. */
  | { kind: 'failed'; code: ErrorCode; sentence: string };

export const SLOW_QUERY_MS = 100;

/**
 * Recordings, and what other stations recorded: bulky, and worth less than anything a person waits for. They wait for,
 * and give way to, all others. A power cut may undo the last half second of them: they are sent and pulled again.
 */
export const RECORDINGS: ReadonlySet<QueryName> = new Set([
  'appendTelemetry',
  'recordDroneSeen',
  'removeExpired',
  'syncOffer',
  'syncApplyPage',
  'syncSweep',
  'syncHealBucket',
  'syncTakeTelemetry',
  'syncTelemetryAcked',
]);

/** What safety rests on goes before everything else that waits. */
export const SAFETY_WRITES: ReadonlySet<QueryName> = new Set([
  'createMission',
  'recordMissionProgress',
  'createEmergency',
  'updateEmergency',
  'closeEmergency',
  'createZone',
  'updateZone',
  'setDroneStatus',
]);
