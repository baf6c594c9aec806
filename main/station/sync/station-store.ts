import type { BucketDigests, Cursor, TelemetryBatch } from '../../../db/sync/wire.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store } from '../store/store.ts';
import type { SyncDesk, SyncStore } from './sync-store.ts';

/** Rows in one transaction: what a mission's write may have to wait for. */
const OFFERED_AT_ONCE = 200;
const DIGESTED_AT_ONCE = 1_000;
const TELEMETRY_AT_ONCE = 5_000;

export interface StationSyncStore extends SyncStore, SyncDesk {
  /** Told which tables other stations' records have changed. Returns its unsubscribe. */
  onApplied(listener: (tables: readonly string[]) => void): () => void;
}

/** The station's database as sync sees it. */
export function createStationStore(
  { read, write }: Pick<Store, 'read' | 'write'>,
  clock: Clock,
): StationSyncStore {
  const listeners = new Set<(tables: readonly string[]) => void>();
  const applied = (tables: readonly string[]): void => {
    if (tables.length > 0) for (const listener of listeners) listener(tables);
  };
  const now = (): { nowMs: number } => ({ nowMs: clock.nowMs() });

  /** Records from before the station was connected, portion by portion, so that others get their turn. */
  async function offerAll(): Promise<void> {
    while (await write.syncOffer({ limit: OFFERED_AT_ONCE }));
  }

  return {
    ...createDesk({ read, write }, now, applied),
    ...createPulling(write, now, applied),
    beginRun: (nonce) => write.syncBeginRun({ nonce }),
    async state() {
      const state = await read.syncState({});
      if (!state.offering) return state;
      // It was interrupted.
      await offerAll();
      return read.syncState({});
    },
    async adopt(stationId) {
      await write.syncAdopt({ stationId });
      await offerAll();
    },
    setPaused: (paused) => write.syncSetPaused({ paused }),
    succeeded: (atMs) => write.syncSucceeded({ atMs }),
    observeServerTime: (offsetMs) => write.syncObserveServerTime({ offsetMs }),

    pendingGroups: (input) => read.syncPendingGroups(input),
    settlePush: (answer, sentUpTo) => write.syncSettlePush({ answer, sentUpTo, ...now() }),
    groupStamp: (seq) => read.syncGroupStamp({ seq }),
    reoffer: (fromSeq) => write.syncReoffer({ fromSeq }),
    async beginIncarnation(input) {
      await write.syncBeginIncarnation(input);
      await offerAll();
    },

    nextTelemetry: (input) => telemetryOf(write, input),
    telemetryAcked: (position) => write.syncTelemetryAcked({ position, ...now() }),

    pulledTables: () => read.syncPulledTables({}),
    digests: (table, cursor) => digestsOf(read, table, cursor),
    counts: () => read.syncCounts({}),

    onApplied(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function createPulling(
  write: Store['write'],
  now: () => { nowMs: number },
  applied: (tables: readonly string[]) => void,
): Pick<SyncStore, 'beginFullPull' | 'applyPage' | 'sweep' | 'healBucket'> {
  return {
    beginFullPull: () => write.syncBeginFullPull({}),
    async applyPage(page) {
      const { tables, ...outcome } = await write.syncApplyPage({ page, ...now() });
      applied(tables);
      return outcome;
    },
    async sweep() {
      const { removed, tables } = await write.syncSweep({});
      applied(tables);
      return removed;
    },
    async healBucket(input) {
      const { changed, tables } = await write.syncHealBucket({ ...input, ...now() });
      applied(tables);
      return changed;
    },
  };
}

function createDesk(
  { read, write }: Pick<Store, 'read' | 'write'>,
  now: () => { nowMs: number },
  applied: (tables: readonly string[]) => void,
): SyncDesk {
  return {
    conflicts: (input) => read.syncConflicts(input),
    async decideConflict(input) {
      const { table } = await write.syncDecideConflict({ ...input, ...now() });
      applied([table, 'sync_conflicts']);
    },
    refused: (input) => read.syncRefused(input),
    retryRefused: (input) => write.syncRetryRefused({ ...input, ...now() }),
    dismissRefused: (input) => write.syncDismissRefused({ ...input, ...now() }),
  };
}

/** Portion by portion, so that whatever matters more gets its turn. */
async function telemetryOf(
  write: Pick<Store['write'], 'syncTakeTelemetry'>,
  { afterPosition, maxRows }: { afterPosition: number | null; maxRows: number },
): Promise<TelemetryBatch | null> {
  const take = (after: number | null, waitingFor: number): Promise<TelemetryBatch | null> =>
    write.syncTakeTelemetry({ afterPosition: after, maxRows: Math.min(TELEMETRY_AT_ONCE, waitingFor) });
  let batch = await take(afterPosition, maxRows);
  while (batch?.more && batch.rows < maxRows) {
    const next: TelemetryBatch | null = await take(batch.position, maxRows - batch.rows);
    if (next === null) return { ...batch, more: false };
    batch = { ...next, rows: batch.rows + next.rows, text: [...batch.text, ...next.text] };
  }
  return batch;
}

/** Portion by portion; null if something changed between two of them. */
async function digestsOf(
  read: Pick<Store['read'], 'syncDigestPart'>,
  table: string,
  cursor: Cursor,
): Promise<BucketDigests | null> {
  const sums = new Map<string, bigint>();
  let afterKey: string | null = null;
  let first: string | null = null;
  do {
    const part = await read.syncDigestPart({ table, cursor, afterKey, limit: DIGESTED_AT_ONCE });
    first ??= part.state;
    if (part.state === null || part.state !== first) return null;
    for (const [bucket, digest] of Object.entries(part.digests))
      sums.set(bucket, (sums.get(bucket) ?? 0n) + BigInt(digest));
    afterKey = part.lastKey;
  } while (afterKey !== null);
  const buckets = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'));
  return Object.fromEntries(buckets.map((bucket) => [bucket, String(sums.get(bucket) ?? 0n)]));
}
