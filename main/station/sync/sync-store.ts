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
} from '../../../db/sync/wire.ts';

/**
 * What the engine needs of the station's database. Every call is one transaction: after a crash it has happened or
 * it has not. A call that fails throws a Refusal and has changed nothing.
 */
export interface SyncStore {
  /** The program has started: stamps from now on end in this nonce (S5). */
  beginRun(nonce: string): Promise<void>;
  state(): Promise<StoredSyncState>;
  /** The server knows this station under this id. Refuses (CONFLICT) if the records belong to another. */
  adopt(stationId: string): Promise<void>;
  setPaused(paused: boolean): Promise<void>;
  /** Greeted, pushed or pulled without a fault at this time (UTC, ms). */
  succeeded(atMs: number): Promise<void>;
  /** Server time minus station time in ms, measured. The stamps' clock is clamped to it (S5). */
  observeServerTime(offsetMs: number): Promise<void>;

  /**
   * Groups that wait, ascending without gaps from `afterSeq` + 1; empty when none do. At least one when any waits, even
   * if it alone has more than `maxRows` changes or `maxBytes`.
   */
  pendingGroups(input: { afterSeq: number; maxRows: number; maxBytes: number }): Promise<ChangeGroup[]>;
  /**
   * In one transaction: groups up to `answer.lastSeq` are acknowledged (kept 14 days), and those that the server refused
   * are kept with the reason for a person. Never beyond `sentUpTo`; an answer that comes twice changes nothing.
   */
  settlePush(answer: PushAnswer, sentUpTo: number): Promise<void>;
  /** The stamp of the last change of this group of the present incarnation, also if acknowledged; null: not known. */
  groupStamp(seq: number): Promise<Stamp | null>;
  /**
   * The server is older than what it acknowledged (restored from a backup): groups after `fromSeq` wait again.
   * `complete` is false if some of them are no longer kept; then nothing was changed: begin an incarnation with `KEPT`.
   */
  reoffer(fromSeq: number): Promise<{ complete: boolean }>;
  /**
   * This station was restored from an older backup, or copied: what waits is numbered again from 1 within incarnation
   * `incarnation`, in its order. `KEPT`: so is what was acknowledged and is still kept, of every incarnation, before it.
   */
  beginIncarnation(input: { incarnation: number; offer: 'PENDING' | 'KEPT' }): Promise<void>;

  /** The cursor becomes null and a new run begins: rows that pages bring from now on belong to it. */
  beginFullPull(): Promise<void>;
  /** Merges the page, sets the cursor and the visibility, in one transaction; without echo into the outbox. */
  applyPage(page: PullPage): Promise<PageOutcome>;
  /**
   * Ends the full pull: removes rows of pulled tables that it did not bring, except this station's own, those that a
   * waiting group touches, and those that such rows refer to. A refused edit holds nothing: the right to see the row may
   * be what was lost, and the refused values are kept apart. While a group waits the full pull is not over: what it
   * touches is looked at again once it is settled. Answers how many it removed.
   */
  sweep(): Promise<number>;

  /** The next telemetry after `afterPosition` (null: after what was acknowledged), or null when there is none. */
  nextTelemetry(input: { afterPosition: number | null; maxRows: number }): Promise<TelemetryBatch | null>;
  /** The server has settled everything up to here. Lower than before: it was restored, and the rest is sent again. */
  telemetryAcked(position: number): Promise<void>;

  /** The tables of COLUMNS, UNION and ZONE rule that are pulled. */
  pulledTables(): Promise<readonly string[]>;
  /** The table's digests, or null if a group waits or the cursor is not this one: then they could not be compared. */
  digests(table: string, cursor: Cursor): Promise<BucketDigests | null>;
  /**
   * Makes the bucket equal to `rows`: what differs is taken from there, what is not there is removed under `sweep`'s
   * exceptions. Nothing is done if a group waits. Answers how many rows changed.
   */
  healBucket(input: { table: string; bucket: string; rows: readonly PulledRow[] }): Promise<number>;

  counts(): Promise<SyncCounts>;
}

/** What people see and decide of it (System → Sync). The engine does not need it. */
export interface SyncDesk {
  conflicts(input: { limit: number }): Promise<SyncConflict[]>;
  /** KEEP: what is in force stays. TAKE_OTHER: the other values become a new change of this station by that person. */
  decideConflict(input: {
    conflictId: string;
    decision: 'KEEP' | 'TAKE_OTHER';
    dispatcherId: string;
  }): Promise<void>;
  refused(input: { limit: number }): Promise<RefusedGroup[]>;
  /** The group's changes are offered again, as a new group. */
  retryRefused(input: { refusedId: string; dispatcherId: string }): Promise<void>;
  /** A person has seen it and leaves it at that; the rows and the refusal stay on record. */
  dismissRefused(input: { refusedId: string; dispatcherId: string }): Promise<void>;
}

export interface StoredSyncState {
  /** Null until the server has told it. */
  readonly stationId: string | null;
  readonly incarnation: number;
  /** The newest number that a group of this incarnation has; 0: none yet. */
  readonly lastSeq: number;
  readonly lastAckedSeq: number;
  /** As last acknowledged; 0: nothing yet. */
  readonly telemetryPosition: number;
  /** Null: nothing was pulled yet, or a full pull begins. */
  readonly cursor: Cursor | null;
  /** A full pull is under way: when no more comes, `sweep`. Survives a crash. */
  readonly fullPull: boolean;
  /** The epoch of the server that was last pulled from; stays when a full pull makes the cursor null. */
  readonly epoch: string | null;
  /** As of the last applied page; null before the first. */
  readonly visibility: number | null;
  readonly paused: boolean;
  readonly lastSuccessAtMs: number | null;
  readonly clockOffsetMs: number;
  /** The newest migration that both sides share. */
  readonly schema: number;
}

export interface PageOutcome {
  readonly applied: number;
  readonly conflicts: number;
  /** Rows kept aside until what they refer to has come. */
  readonly parked: number;
}

export interface SyncCounts {
  readonly pendingGroups: number;
  readonly pendingBytes: number;
  /** When the oldest waiting change was made (UTC, ms); null: none waits. */
  readonly oldestAtMs: number | null;
  readonly telemetryRows: number;
  /** Removed by retention before the server had them. */
  readonly telemetryDropped: number;
  readonly refused: number;
  readonly conflicts: number;
  /** Received, and waiting for what they refer to. */
  readonly parked: number;
  /** Received in another form than agreed, and put aside. */
  readonly misshapen: number;
}

export interface SyncConflict {
  readonly conflictId: string;
  readonly table: string;
  readonly rowId: string;
  /** The columns that disagree. */
  readonly inForce: Columns;
  readonly other: Columns;
  readonly inForceStamp: Stamp | null;
  readonly otherStamp: Stamp;
  readonly otherStationId: string;
  readonly otherDeletes: boolean;
  /** The people at the stations; null: not known, or the station itself. */
  readonly inForceBy: string | null;
  readonly otherBy: string | null;
  /** Missions of two stations flew the drone at once (S14): a side tells of a mission, and both are true. */
  readonly twoFlights: boolean;
  readonly atMs: number;
}

export interface RefusedGroup extends Refused {
  readonly refusedId: string;
  readonly incarnation: number;
  readonly atMs: number;
  readonly rows: readonly { readonly table: string; readonly rowId: string; readonly columns: Json }[];
}
