import type { Cursor, LeaseAnswer } from '../../../db/sync/wire.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import { uuidV7 } from '../ports/random.ts';
import { type CentralTransport, SyncFault } from './central-transport.ts';
import { withDeadlines } from './deadlines.ts';
import {
  type Fault,
  INITIAL,
  type MachineState,
  type Operation,
  type SyncEvent,
  step,
} from './sync-machine.ts';
import { type OperationContext, run } from './sync-operations.ts';
import type { SyncCounts, SyncStore } from './sync-store.ts';

export interface SyncStatus {
  readonly state:
    | 'PAUSED'
    /** Not reached; it is tried again at `nextAttemptAtMs`. */
    | 'OFFLINE'
    | 'CONNECTING'
    /** Reached, and something is on its way. */
    | 'SYNCING'
    /** Nothing waits on either side, as far as known. */
    | 'IN_STEP'
    /** Stopped until a person does what `fault` says. */
    | 'NEEDS_PERSON';
  readonly stationId: string;
  /** As the centre calls it; null before the first greeting of this run. */
  readonly stationName: string | null;
  /** UTC, ms; null while reached. */
  readonly offlineSinceMs: number | null;
  readonly nextAttemptAtMs: number | null;
  readonly lastSuccessAtMs: number | null;
  /** Rows per second over the last ten seconds. */
  readonly sentRowsPerS: number;
  readonly receivedRowsPerS: number;
  readonly counts: SyncCounts | null;
  readonly fault: Fault | null;
}

export interface SyncEngine {
  start(): Promise<void>;
  /** Ends the connection and waits for what is under way. */
  stop(): Promise<void>;
  /** Stays so after a restart of the program. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Also: other credentials were entered, another address, a fault was cured. Ends a pause of a fault, not a person's. */
  syncNow(): void;
  /** Something was recorded on this station. */
  changed(): void;
  /** Something was recorded elsewhere, up to `horizon` if known. */
  poked(horizon: Cursor | null): void;
  /** Holds a drone at the centre, or gives it back (missionId null). OFFLINE: not reached in time (S14). */
  lease(input: {
    droneId: string;
    missionId: string | null;
    untilMs: number;
  }): Promise<LeaseAnswer | { readonly state: 'OFFLINE' }>;
  status(): SyncStatus;
  subscribe(changed: () => void): () => void;
}

export interface SyncEngineOptions {
  readonly store: SyncStore;
  readonly transport: CentralTransport;
  readonly stationId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const RATE_WINDOW_MS = 10_000;
const COUNTS_EVERY_MS = 1_000;

/** Drives the machine of sync-machine.ts: runs its operations on the store and the transport, one at a time. */
export function createSyncEngine(options: SyncEngineOptions): SyncEngine {
  const { store, clock, random, log } = options;
  const transport = withDeadlines(options.transport, clock);
  const newRunId = (): string => uuidV7(clock.nowMs(), random);
  const listeners = new Set<() => void>();
  const moved = { sentRows: 0, receivedRows: 0 };
  const rates = createRates(clock, moved);
  let machine: MachineState = INITIAL;
  let cancelWake: () => void = () => undefined;
  let nextAttemptAtMs: number | null = null;
  let offlineSinceMs: number | null = null;
  let lastSuccessAtMs: number | null = null;
  let counts: SyncCounts | null = null;
  let countedAtMs = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> = Promise.resolve();
  let stopped = true;

  const context: OperationContext = {
    store,
    transport,
    clock,
    stationId: options.stationId,
    session: {
      runId: newRunId(),
      greeted: false,
      epoch: '',
      stationName: null,
      offeredTo: null,
      nextTable: 0,
      offsetMs: null,
    },
    moved,
    onAmended: (what, rows) => log.warn('sync-amended', { what, rows }),
  };

  const tell = (): void => {
    for (const listener of listeners) listener();
  };

  const handle = (event: SyncEvent): void => {
    if (stopped) return;
    const before = machine;
    const { state, effects } = step(before, event, {
      nowMs: clock.monotonicMs(),
      random: () => random.next(),
    });
    machine = state;
    noteReach(before);
    for (const effect of effects) {
      if (effect.kind === 'RUN') underWay = perform(effect.operation);
      else if (effect.kind === 'DISCONNECT') void options.transport.close().catch(noteCloseFailure);
      else sleep(effect.delayMs);
    }
    tell();
  };

  const noteCloseFailure = (error: unknown): void =>
    log.warn('sync-close-failed', { message: error instanceof Error ? error.name : 'unknown' });

  const noteReach = (before: MachineState): void => {
    if (machine.greeted) offlineSinceMs = null;
    else offlineSinceMs ??= clock.nowMs();
    if (machine.fault !== null && machine.fault !== before.fault)
      log.warn('sync-fault', { kind: machine.fault.kind, failures: machine.failures });
  };

  const sleep = (delayMs: number): void => {
    cancelWake();
    nextAttemptAtMs = clock.nowMs() + delayMs;
    cancelWake = clock.after(delayMs, () => {
      nextAttemptAtMs = null;
      handle({ kind: 'WOKE' });
    });
  };

  const perform = async (operation: Operation): Promise<void> => {
    let event: SyncEvent;
    try {
      const outcome = await run(operation, context);
      if (operation === 'PULL') await succeeded();
      await count(operation);
      event = { kind: 'DONE', outcome };
    } catch (error) {
      const fault = faultOf(error, log);
      if (fault.kind === 'CLONED') context.session.runId = newRunId();
      event = { kind: 'FAILED', fault };
    }
    handle(event);
  };

  /** One write in five seconds at most: a station at rest does not wear its disk. */
  const succeeded = async (): Promise<void> => {
    const nowMs = clock.nowMs();
    if (lastSuccessAtMs === null || Math.abs(nowMs - lastSuccessAtMs) >= 60_000) await store.succeeded(nowMs);
    lastSuccessAtMs = nowMs;
  };

  const count = async (operation: Operation): Promise<void> => {
    const nowMs = clock.monotonicMs();
    if (operation !== 'PULL' && nowMs - countedAtMs < COUNTS_EVERY_MS) return;
    countedAtMs = nowMs;
    counts = await store.counts();
  };

  const goOn = (): void => {
    context.session.greeted = false;
    handle({ kind: 'ASKED' });
  };

  return {
    async start() {
      await store.beginRun(Buffer.from(random.bytes(4)).toString('hex'));
      const stored = await store.state();
      lastSuccessAtMs = stored.lastSuccessAtMs;
      counts = await store.counts();
      stopped = false;
      handle({ kind: 'STARTED', paused: stored.paused });
    },
    async stop() {
      stopped = true;
      cancelWake();
      await options.transport.close();
      await underWay;
    },
    async pause() {
      await store.setPaused(true);
      cancelWake();
      handle({ kind: 'PAUSED' });
    },
    async resume() {
      await store.setPaused(false);
      goOn();
    },
    syncNow() {
      if (machine.mode !== 'PAUSED') goOn();
    },
    changed: () => handle({ kind: 'CHANGED' }),
    poked: (horizon) => handle({ kind: 'POKED', horizon }),
    async lease(input) {
      if (!machine.greeted || machine.mode !== 'ON') return { state: 'OFFLINE' };
      try {
        return await transport.lease(input);
      } catch (error) {
        if (error instanceof SyncFault) return { state: 'OFFLINE' };
        throw error;
      }
    },
    status: () => ({
      state: publicState(machine),
      stationId: options.stationId,
      stationName: context.session.stationName,
      offlineSinceMs,
      nextAttemptAtMs: machine.backingOff ? nextAttemptAtMs : null,
      lastSuccessAtMs,
      ...rates.now(),
      counts,
      fault: machine.fault,
    }),
    subscribe(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
  };
}

function publicState(machine: MachineState): SyncStatus['state'] {
  if (machine.mode === 'NEEDS_PERSON') return 'NEEDS_PERSON';
  if (machine.mode !== 'ON') return 'PAUSED';
  if (!machine.greeted) return machine.backingOff ? 'OFFLINE' : 'CONNECTING';
  return machine.running === null && !machine.backingOff ? 'IN_STEP' : 'SYNCING';
}

function faultOf(error: unknown, log: Log): Fault {
  if (error instanceof SyncFault) return { kind: error.kind, sentence: error.message };
  if (error instanceof Refusal) return { kind: 'STORE', sentence: error.message };
  log.error('sync-unexpected', { name: error instanceof Error ? error.name : 'unknown' });
  return {
    kind: 'STORE',
    sentence: 'Sync met something that it does not know. Nothing was discarded; it tries again by itself.',
  };
}

/** Rows per second over a sliding window, from totals that only grow. */
function createRates(clock: Clock, moved: Readonly<{ sentRows: number; receivedRows: number }>) {
  let samples = [{ atMs: clock.monotonicMs(), ...moved }];
  return {
    now(): { sentRowsPerS: number; receivedRowsPerS: number } {
      const atMs = clock.monotonicMs();
      samples = samples.filter((_, index) => {
        const next = samples[index + 1];
        return next === undefined || next.atMs > atMs - RATE_WINDOW_MS;
      });
      const last = samples.at(-1);
      if (last === undefined || atMs - last.atMs >= 500) samples.push({ atMs, ...moved });
      const first = samples[0] ?? { atMs, ...moved };
      const seconds = Math.max(1, (atMs - first.atMs) / 1_000);
      return {
        sentRowsPerS: Math.round((moved.sentRows - first.sentRows) / seconds),
        receivedRowsPerS: Math.round((moved.receivedRows - first.receivedRows) / seconds),
      };
    },
  };
}
