import type { ChangeGroup, Cursor, PullPage, TelemetryBatch } from '../../../db/sync/wire.ts';
import type { Clock } from '../ports/clock.ts';
import { type CentralTransport, SyncFault } from './central-transport.ts';
import { amends, requireCommonSchema } from './greeting.ts';
import type { Operation, Outcome } from './sync-machine.ts';
import type { SyncStore } from './sync-store.ts';

/** What fits into one call and one transaction: bounds memory whatever waits. */
const GREATEST_PAGE = { maxRows: 2_000, maxBytes: 1_000_000 };
/** A slice of telemetry is so large that it takes about half a second: what a person waits for comes after it. */
const SLICE = { first: 5_000, smallest: 1_000, largest: 40_000, quickMs: 500, slowMs: 1_500 };
const BUCKETS_AT_ONCE = 8;
const SLOWEST_MEASURED_MS = 5_000;
const SMALLEST_DRIFT_MS = 1_000;

export interface OperationContext {
  readonly store: SyncStore;
  readonly transport: CentralTransport;
  readonly clock: Clock;
  readonly stationId: string;
  readonly session: Session;
  readonly moved: { sentRows: number; receivedRows: number };
  /** For the log: something that should not have been was put right. */
  onAmended(what: string, rows: number): void;
}

/** What was agreed at the greeting. */
export interface Session {
  /** Another one after each CLONED: whoever greets last with a new one goes on. */
  runId: string;
  /** This run of the program has greeted before, and nobody has asked since to go on whatever there is. */
  greeted: boolean;
  epoch: string;
  stationName: string | null;
  /** The server to which everything kept was offered in this run of the program. */
  offeredTo: string | null;
  /** The next to be checked, as a place in the list of pulled tables. */
  nextTable: number;
  /** As last measured and recorded. */
  offsetMs: number | null;
  /** Rows of telemetry in one slice. */
  sliceRows: number;
  /** Read while the slice before it was pushed. */
  nextSlice: TelemetryBatch | null;
  /** Read while the groups before them were pushed. */
  nextGroups: { readonly afterSeq: number; readonly groups: readonly ChangeGroup[] } | null;
  /** Fetched while the page before it was applied. */
  nextPage: { readonly after: Cursor; readonly page: PullPage } | null;
}

export function newSession(runId: string): Session {
  return {
    ...{ runId, greeted: false, epoch: '', stationName: null, offeredTo: null, nextTable: 0, offsetMs: null },
    ...{ sliceRows: SLICE.first, nextSlice: null, nextGroups: null, nextPage: null },
  };
}

/**
 * One operation from beginning to end. Each leaves the station's database right wherever it is cut off: what the
 * server acknowledged is settled only after its answer, a page and its cursor are one transaction.
 */
export function run(operation: Operation, context: OperationContext): Promise<Outcome> {
  // What was got ahead is for the same operation at once. After another it could be older than what that one left.
  if (operation !== 'PUSH') context.session.nextGroups = null;
  if (operation !== 'PULL') context.session.nextPage = null;
  if (operation !== 'TELEMETRY') context.session.nextSlice = null;
  switch (operation) {
    case 'GREET':
      return greet(context);
    case 'FULL_PULL':
      return context.store.beginFullPull().then(() => ({ of: 'FULL_PULL' }));
    case 'PUSH':
      return push(context);
    case 'PULL':
      return pull(context);
    case 'SWEEP':
      return sweep(context);
    case 'TELEMETRY':
      return telemetry(context);
    case 'CHECK':
      return check(context);
  }
}

async function greet(context: OperationContext): Promise<Outcome> {
  const { store, transport, clock, session } = context;
  const stored = await store.state();
  if (stored.stationId !== null && stored.stationId !== context.stationId)
    throw new SyncFault(
      'WRONG_SERVER',
      `These records belong to station ${stored.stationId}, the token is that of ${context.stationId}. Enter the token of ${stored.stationId}, or begin with empty records.`,
    );
  const askedAtMs = clock.monotonicMs();
  const welcome = await transport.hello({
    stationId: context.stationId,
    incarnation: stored.incarnation,
    runId: session.runId,
    schema: stored.schema,
    lastAckedSeq: stored.lastAckedSeq,
  });
  const roundTripMs = clock.monotonicMs() - askedAtMs;
  requireCommonSchema(stored.schema, welcome.schema);
  // A restored station finds out at its first greeting. Later, only another program can have taken its place.
  if (session.greeted && welcome.incarnation > stored.incarnation)
    throw new SyncFault(
      'CLONED',
      `Another program uses the identity of station ${context.stationId}. If its disk was copied, stop one of the two or register it as a station of its own, then sync now. Everything recorded is kept.`,
    );
  session.greeted = true;
  if (stored.stationId === null) await store.adopt(context.stationId);
  await compareClocks(context, welcome.serverNowMs, roundTripMs);
  session.epoch = welcome.epoch;
  session.stationName = welcome.stationName;

  const ownStamp = welcome.lastSeq > 0 ? await store.groupStamp(welcome.lastSeq) : null;
  const { fullPull, outbox } = amends(stored, welcome, ownStamp, session.offeredTo);
  if (welcome.telemetryPosition < stored.telemetryPosition)
    await store.telemetryAcked(welcome.telemetryPosition);
  if (fullPull) await store.beginFullPull();
  if (outbox.kind === 'FINE') return { of: 'GREET', again: false, fullPull };
  if (outbox.kind === 'REOFFER') {
    context.onAmended('reoffered', stored.lastAckedSeq - outbox.fromSeq);
    if ((await store.reoffer(outbox.fromSeq)).complete) return { of: 'GREET', again: false, fullPull };
  }
  const incarnation = outbox.kind === 'REOFFER' ? stored.incarnation + 1 : outbox.incarnation;
  const offer = outbox.kind === 'REOFFER' ? 'KEPT' : outbox.offer;
  context.onAmended('incarnation', incarnation);
  await store.beginIncarnation({ incarnation, offer });
  if (offer === 'KEPT') session.offeredTo = welcome.epoch;
  return { of: 'GREET', again: true, fullPull };
}

/** The machine's clock may be set at any time. A slow answer measures nothing. */
async function compareClocks(
  { store, clock, session }: OperationContext,
  serverNowMs: number,
  roundTripMs: number,
): Promise<void> {
  if (roundTripMs > SLOWEST_MEASURED_MS) return;
  const offsetMs = Math.round(serverNowMs - (clock.nowMs() - roundTripMs / 2));
  if (session.offsetMs !== null && Math.abs(offsetMs - session.offsetMs) < roundTripMs + SMALLEST_DRIFT_MS)
    return;
  await store.observeServerTime(offsetMs);
  session.offsetMs = offsetMs;
}

async function push({ store, transport, session, moved }: OperationContext): Promise<Outcome> {
  const { incarnation, lastAckedSeq } = await store.state();
  const pendingAfter = (afterSeq: number) => store.pendingGroups({ afterSeq, ...GREATEST_PAGE });
  const ahead = session.nextGroups;
  session.nextGroups = null;
  const groups = ahead?.afterSeq === lastAckedSeq ? ahead.groups : await pendingAfter(lastAckedSeq);
  const last = groups.at(-1);
  if (last === undefined) return { of: 'PUSH', more: false, pushed: false };
  const [pushed, read] = await Promise.allSettled([
    transport.push({ incarnation, runId: session.runId, groups }, session.epoch),
    pendingAfter(last.seq),
  ]);
  if (pushed.status === 'rejected') throw pushed.reason;
  const answer = pushed.value;
  if (answer.lastSeq < last.seq)
    throw new SyncFault('STALE', 'The central server has not taken everything that was sent.');
  await store.settlePush(answer, last.seq);
  moved.sentRows += groups.reduce((rows, { changes }) => rows + changes.length, 0);
  // What could not be read ahead, or was not there yet, is read when it is its turn.
  if (read.status === 'fulfilled' && read.value.length > 0)
    session.nextGroups = { afterSeq: last.seq, groups: read.value };
  // The next round finds out whether more waits; that is one cheap query.
  return { of: 'PUSH', more: true, pushed: true };
}

async function pull(context: OperationContext): Promise<Outcome> {
  const { store, transport, session, moved } = context;
  const stored = await store.state();
  const page = await pageAfter(stored.cursor, context);
  requireSameServer(page, session.epoch);
  if (stored.cursor !== null && stored.visibility !== null && stored.visibility !== page.visibility)
    return { of: 'PULL', more: false, cursor: stored.cursor, visibilityChanged: true, sweep: false };
  // An empty page that leads nowhere needs no transaction: a station at rest writes nothing.
  const isNews = page.rows.length > 0 || !sameCursor(stored.cursor, page.cursor);
  const [applied, fetched] = await Promise.allSettled([
    isNews ? store.applyPage(page) : null,
    isNews && page.more ? transport.pull({ cursor: page.cursor, ...GREATEST_PAGE }) : null,
  ]);
  if (applied.status === 'rejected') throw applied.reason;
  moved.receivedRows += page.rows.length;
  if (fetched.status === 'rejected') throw fetched.reason;
  if (fetched.value !== null) session.nextPage = { after: page.cursor, page: fetched.value };
  const sweepIsDue = stored.fullPull && !page.more;
  return { of: 'PULL', more: page.more, cursor: page.cursor, visibilityChanged: false, sweep: sweepIsDue };
}

async function pageAfter(cursor: Cursor | null, context: OperationContext): Promise<PullPage> {
  const { transport, clock, session } = context;
  const ahead = session.nextPage;
  session.nextPage = null;
  if (ahead !== null && sameCursor(cursor, ahead.after)) return ahead.page;
  const askedAtMs = clock.monotonicMs();
  const page = await transport.pull({ cursor, ...GREATEST_PAGE });
  await compareClocks(context, page.serverNowMs, clock.monotonicMs() - askedAtMs);
  return page;
}

function requireSameServer(page: PullPage, epoch: string): void {
  if (page.cursor.epoch !== epoch)
    throw new SyncFault('STALE', 'The central server was restored in the middle of a transfer.');
}

function sameCursor(left: Cursor | null, right: Cursor): boolean {
  return left?.epoch === right.epoch && left.txid === right.txid && left.seq === right.seq;
}

async function sweep({ store, onAmended }: OperationContext): Promise<Outcome> {
  const { fullPull, cursor } = await store.state();
  if (fullPull && cursor !== null) {
    const removed = await store.sweep();
    if (removed > 0) onAmended('swept', removed);
  }
  return { of: 'SWEEP' };
}

async function telemetry({ store, transport, clock, session, moved }: OperationContext): Promise<Outcome> {
  const { sliceRows: maxRows, nextSlice } = session;
  session.nextSlice = null;
  const batch = nextSlice ?? (await store.nextTelemetry({ afterPosition: null, maxRows }));
  if (batch === null) return { of: 'TELEMETRY', more: false };
  const startedAtMs = clock.monotonicMs();
  let tookMs = Number.POSITIVE_INFINITY;
  const pushing = transport.pushTelemetry(batch, session.epoch).then(() => {
    tookMs = clock.monotonicMs() - startedAtMs;
  });
  const reading = batch.more ? store.nextTelemetry({ afterPosition: batch.position, maxRows }) : null;
  const [pushed, read] = await Promise.allSettled([pushing, reading]);
  // A line that is too slow for a slice gets smaller ones until one goes through.
  if (tookMs > SLICE.slowMs) session.sliceRows = Math.max(SLICE.smallest, maxRows / 2);
  else if (tookMs < SLICE.quickMs && batch.more) session.sliceRows = Math.min(SLICE.largest, maxRows * 2);
  if (pushed.status === 'rejected') throw pushed.reason;
  await store.telemetryAcked(batch.position);
  // What could not be read ahead is read when it is its turn, and fails there if it must.
  session.nextSlice = read.status === 'fulfilled' ? read.value : null;
  moved.sentRows += batch.rows;
  return { of: 'TELEMETRY', more: true };
}

/** Compares one table's digests with the server's and takes from there what differs (S8). */
async function check({ store, transport, session, onAmended }: OperationContext): Promise<Outcome> {
  const { cursor } = await store.state();
  const tables = await store.pulledTables();
  const table = tables[session.nextTable];
  const more = session.nextTable + 1 < tables.length;
  session.nextTable = more ? session.nextTable + 1 : 0;
  if (cursor === null || table === undefined) return { of: 'CHECK', more };
  const [here, there] = [await store.digests(table, cursor), await transport.digests(table, cursor)];
  if (here === null || there === null) return { of: 'CHECK', more };
  const buckets = [...new Set([...Object.keys(here), ...Object.keys(there)])].filter(
    (bucket) => here[bucket] !== there[bucket],
  );
  for (const bucket of buckets.slice(0, BUCKETS_AT_ONCE)) {
    const rows = await transport.bucketRows(table, bucket);
    const healed = await store.healBucket({ table, bucket, rows });
    if (healed > 0) onAmended(`healed ${table}`, healed);
  }
  return { of: 'CHECK', more };
}
