import type {
  BucketDigests,
  Cursor,
  Hello,
  LeaseAnswer,
  PulledRow,
  PullPage,
  PushAnswer,
  PushBatch,
  TelemetryBatch,
  Welcome,
} from '../../../db/sync/wire.ts';

/**
 * The central server as the engine sees it. One call at a time, and beside it `lease` at any time. Each fails with a SyncFault and with nothing else; a
 * call that failed with UNREACHABLE or RETRY may or may not have been done.
 */
export interface CentralTransport {
  /** Connects if need be. */
  hello(hello: Hello): Promise<Welcome>;
  /** Settles the groups on the server `epoch` (S6). STALE if it is another server, or the batch leaves a gap. */
  push(batch: PushBatch, epoch: string): Promise<PushAnswer>;
  /** What is new after `cursor`; null: everything that this station may see, deletions of its own rows included. */
  pull(input: { cursor: Cursor | null; maxRows: number; maxBytes: number }): Promise<PullPage>;
  /** STALE if the server is not the one of that epoch. */
  pushTelemetry(batch: TelemetryBatch, epoch: string): Promise<TelemetryAnswer>;
  /** The table's digests as of `cursor`, or null if the server has gone on meanwhile. */
  digests(table: string, cursor: Cursor): Promise<BucketDigests | null>;
  bucketRows(table: string, bucket: string): Promise<PulledRow[]>;
  /** Holds the drone for this station until `untilMs` of the server's clock; missionId null gives it back. */
  lease(input: { droneId: string; missionId: string | null; untilMs: number }): Promise<LeaseAnswer>;
  /** Ends the connection at once, also in the middle of a call, which then fails. The next `hello` connects again. */
  close(): Promise<void>;
}

export interface TelemetryAnswer {
  /** Settled for good: stored, stored before, or kept by the server as refused. */
  readonly rows: number;
  readonly refused: number;
  readonly serverNowMs: number;
}

export type SyncFaultKind =
  /** No connection, no answer in time, or the server is starting or stopping (SQLSTATE 08, 57). */
  | 'UNREACHABLE'
  /** It answered that it cannot now (40, 53, 55P03, 58). */
  | 'RETRY'
  /** The token or login is wrong, expired or revoked (28). A person must act; nothing is discarded. */
  | 'CREDENTIALS'
  /** It is not a SkyRescue server, or not the one that this station belongs to. */
  | 'WRONG_SERVER'
  /** Station and server share no version of the records' form. */
  | 'SCHEMA'
  /** A replica that takes no changes: after a failover, until the new one is reached (25006). */
  | 'READ_ONLY'
  | 'CERTIFICATE'
  /** The answer is not what the protocol says. It was not used. */
  | 'MALFORMED'
  /** Another program uses this station's identity. */
  | 'CLONED'
  /** What was agreed at the greeting no longer holds (another epoch, a gap): greet again. */
  | 'STALE'
  /** The server no longer keeps what happened since this cursor: pull everything. */
  | 'CURSOR_EXPIRED';

/** `sentence` is for a person: what is wrong and what to do. */
export class SyncFault extends Error {
  override readonly name = 'SyncFault';
  readonly kind: SyncFaultKind;

  constructor(kind: SyncFaultKind, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.kind = kind;
  }
}
