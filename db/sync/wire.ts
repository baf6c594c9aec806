/**
 * What a station and the central server say to each other (docs/sync.md). Types only: both sides of the wire, the
 * database's worker and the simulation share them.
 */

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** A row's columns as PostgreSQL's to_jsonb writes them; geography as hexadecimal EWKB. Unknown columns are kept. */
export type Columns = Record<string, Json>;

/**
 * A hybrid logical clock's reading (Kulkarni et al., 2014) as text that sorts by C collation: 15 digits of UTC
 * milliseconds, '-', 5 digits of a counter, '-', the station's id, '~', a nonce of the program's run. Totally ordered: no
 * two changes share one, not even those of a station and of a copy of its disk, whose clocks go alike.
 */
export type Stamp = string;

/** How the versions of a row become one (S4). */
export type MergeRule =
  /** Last writer per column by stamp; a mission's status by rank. */
  | 'COLUMNS'
  /** Added once, never changed. */
  | 'UNION'
  /** The more restrictive stays unless the change builds on the version in force (F9). */
  | 'ZONE';

export interface RowChange {
  readonly table: string;
  /** The primary key as text. */
  readonly rowId: string;
  readonly op: 'UPSERT' | 'DELETE';
  /** Changed columns only; every column of a new row. Empty for DELETE. */
  readonly columns: Columns;
  readonly stamp: Stamp;
  /** no_fly_zones: the version that the change was made on; null for a new zone and for every other table. */
  readonly baseVersion: number | null;
  /**
   * The stamps that the changed columns had when the change was made (of a zone: also `version`'s); a column that had
   * none is left out. What the server has under another stamp was not seen: the loser is kept as a conflict.
   */
  readonly replaced: Readonly<Record<string, Stamp>>;
  /** The person at the station, by name; null or left out: the station itself. */
  readonly by?: string | null;
}

/** One local transaction: applied or refused as a whole. */
export interface ChangeGroup {
  /** Counts from 1 without gaps within a station's incarnation. */
  readonly seq: number;
  readonly changes: readonly RowChange[];
}

export interface PushBatch {
  readonly incarnation: number;
  /** As greeted with. Another program that greeted since uses the same identity: the batch is not taken (CLONED). */
  readonly runId: string;
  /** Ascending, without gaps. */
  readonly groups: readonly ChangeGroup[];
}

export interface Refused {
  readonly seq: number;
  readonly sqlState: string;
  /** For a person: which field of which record, without the values. */
  readonly sentence: string;
}

export interface PushAnswer {
  /** Everything up to here is settled for good: applied, or refused and kept by the server. */
  readonly lastSeq: number;
  /** Of the groups in the batch; also of those that were settled before: that answer may have been lost. */
  readonly refused: readonly Refused[];
  readonly conflicts: number;
  readonly serverNowMs: number;
  /** The server's position after the commit: a poke that carries it tells others how far to pull. */
  readonly horizon: Cursor;
}

/** How far a station has pulled. Transaction ids restart with a restored server, therefore the epoch. */
export interface Cursor {
  readonly epoch: string;
  /** xid8 as decimal text. */
  readonly txid: string;
  /** bigint as decimal text. */
  readonly seq: string;
}

export interface PulledRow {
  readonly table: string;
  readonly rowId: string;
  /** MOVE_OUT: this station may no longer see it. */
  readonly op: 'UPSERT' | 'DELETE' | 'MOVE_OUT';
  /** The whole row as it is now; null unless UPSERT. */
  readonly row: Columns | null;
  /** COLUMNS and ZONE tables: each column's stamp; of a DELETE: `'*'` alone, the tombstone's. Null otherwise. */
  readonly stamps: Record<string, Stamp> | null;
  /** The station that made the row; null: the centre. */
  readonly origin: string | null;
}

export interface PullPage {
  readonly rows: readonly PulledRow[];
  /** Rows of another form than agreed, as they came: put aside, and never used. */
  readonly misshapen?: readonly { readonly table: string; readonly rowId: string }[];
  readonly cursor: Cursor;
  readonly more: boolean;
  /** Changes when what the station may see was changed: it then pulls all again and lets go of what no longer comes. */
  readonly visibility: number;
  readonly serverNowMs: number;
}

export interface Hello {
  readonly stationId: string;
  readonly incarnation: number;
  /** Random at each start of the program: tells a cloned disk from a reconnect. */
  readonly runId: string;
  /** The newest migration that both sides share, as a number. */
  readonly schema: number;
  readonly lastAckedSeq: number;
}

export interface Welcome {
  readonly epoch: string;
  readonly schema: { readonly min: number; readonly max: number; readonly current: number };
  /** The last sequence number of this station and incarnation that the server has settled. */
  readonly lastSeq: number;
  /** The stamp of the last change of that group; null before the first. Differs from the station's: it was restored. */
  readonly lastStamp: Stamp | null;
  /** The newest incarnation of this station that the server has met; 0: none. */
  readonly incarnation: number;
  /** The greatest position of this station's telemetry that the server has settled; 0: none. */
  readonly telemetryPosition: number;
  readonly visibility: number;
  readonly serverNowMs: number;
  readonly stationName: string;
}

/** Order-independent digest of a table's rows as this station sees them, by bucket (first hex digit pair of md5(rowId)). */
export type BucketDigests = Record<string, string>;

/** Raw telemetry as the recorder wrote it. It comes by the million: nobody makes objects of it on its way. */
export interface TelemetryBatch {
  /** Position in the station's telemetry channel. */
  readonly position: number;
  /** How many rows. */
  readonly rows: number;
  readonly columns: readonly string[];
  /** A line a row in COPY's text form, each ended by a line feed; in portions of whole lines. */
  readonly text: readonly string[];
  /** More waits after it. */
  readonly more: boolean;
}

export type LeaseAnswer =
  | { readonly state: 'HELD' }
  | { readonly state: 'TAKEN'; readonly byStationId: string };
