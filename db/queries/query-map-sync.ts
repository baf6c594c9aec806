import type {
  BucketDigests,
  ChangeGroup,
  Columns,
  Cursor,
  Json,
  PulledRow,
  PullPage,
  PushAnswer,
  Refused,
  Stamp,
  TelemetryBatch,
} from '../sync/wire.ts';

/** What sync asks of the station's database (main/station/sync/sync-store.ts says what each is for). */
export interface SyncReads {
  syncState(input: Record<string, never>): SyncStateRecord;
  syncPendingGroups(input: { afterSeq: number; maxRows: number; maxBytes: number }): ChangeGroup[];
  syncGroupStamp(input: { seq: number }): Stamp | null;
  syncPulledTables(input: Record<string, never>): string[];
  /**
   * The digests of the next rows of a table by their keys. `state` says what they were taken of: parts with different
   * ones do not belong together; null: a group waits, or the cursor is not this one.
   */
  syncDigestPart(input: { table: string; cursor: Cursor; afterKey: string | null; limit: number }): {
    state: string | null;
    digests: BucketDigests;
    /** Null: that was the last part. */
    lastKey: string | null;
  };
  syncCounts(input: Record<string, never>): SyncCountsRecord;
  /** Not decided yet, newest first. */
  syncConflicts(input: { limit: number }): SyncConflictRecord[];
  /** Not settled yet, newest first. */
  syncRefused(input: { limit: number }): SyncRefusedRecord[];
  /** The time (UTC, ms) of the oldest row of the table that still waits to be sent; null: none waits. */
  syncUnsentFrom(input: { table: 'voice_transcripts' | 'telemetry' }): number | null;
}

export interface SyncWrites {
  /** Stamps end in this from now on. */
  syncBeginRun(input: { nonce: string }): void;
  /** The records belong to this station from now on. CONFLICT: they belong to another. */
  syncAdopt(input: { stationId: string }): void;
  /** Offers the next records from before the station was connected, parents first. True: there are more. */
  syncOffer(input: { limit: number }): boolean;
  syncSetPaused(input: { paused: boolean }): void;
  syncSucceeded(input: { atMs: number }): void;
  syncObserveServerTime(input: { offsetMs: number }): void;
  syncSettlePush(input: { answer: PushAnswer; sentUpTo: number; nowMs: number }): void;
  syncReoffer(input: { fromSeq: number }): { complete: boolean };
  syncBeginIncarnation(input: { incarnation: number; offer: 'PENDING' | 'KEPT' }): void;
  syncBeginFullPull(input: Record<string, never>): void;
  syncApplyPage(input: { page: PullPage; nowMs: number }): SyncOutcomeRecord;
  syncSweep(input: Record<string, never>): { removed: number; tables: string[] };
  /** Also seals what it hands out, so that it is acknowledged exactly. */
  syncTakeTelemetry(input: { afterPosition: number | null; maxRows: number }): TelemetryBatch | null;
  syncTelemetryAcked(input: { position: number; nowMs: number }): void;
  syncHealBucket(input: { table: string; bucket: string; rows: readonly PulledRow[]; nowMs: number }): {
    changed: number;
    tables: string[];
  };
  syncDecideConflict(input: {
    conflictId: string;
    decision: 'KEEP' | 'TAKE_OTHER';
    dispatcherId: string;
    nowMs: number;
  }): { table: string };
  syncRetryRefused(input: { refusedId: string; dispatcherId: string; nowMs: number }): void;
  syncDismissRefused(input: { refusedId: string; dispatcherId: string; nowMs: number }): void;
}

export interface SyncStateRecord {
  stationId: string | null;
  incarnation: number;
  lastSeq: number;
  lastAckedSeq: number;
  telemetryPosition: number;
  cursor: Cursor | null;
  fullPull: boolean;
  epoch: string | null;
  visibility: number | null;
  paused: boolean;
  lastSuccessAtMs: number | null;
  clockOffsetMs: number;
  schema: number;
  /** Records from before the station was connected are still to be offered. */
  offering: boolean;
}

export interface SyncOutcomeRecord {
  applied: number;
  conflicts: number;
  parked: number;
  /** The tables in which something changed. */
  tables: string[];
}

export interface SyncCountsRecord {
  pendingGroups: number;
  pendingBytes: number;
  oldestAtMs: number | null;
  telemetryRows: number;
  telemetryDropped: number;
  refused: number;
  conflicts: number;
  parked: number;
  misshapen: number;
}

export interface SyncConflictRecord {
  conflictId: string;
  table: string;
  rowId: string;
  inForce: Columns;
  other: Columns;
  inForceStamp: Stamp | null;
  otherStamp: Stamp;
  otherStationId: string;
  /** The other one deleted the row: `other` is empty. */
  otherDeletes: boolean;
  /** The people at the stations; null: not known, or the station itself. */
  inForceBy: string | null;
  otherBy: string | null;
  /** Missions of two stations flew the drone at once: a side tells of a mission, and both are true. */
  twoFlights: boolean;
  atMs: number;
}

export interface SyncRefusedRecord extends Refused {
  refusedId: string;
  incarnation: number;
  atMs: number;
  rows: { table: string; rowId: string; columns: Json }[];
}
