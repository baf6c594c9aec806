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
import { newSession, type OperationContext, run } from './sync-operations.ts';
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
const RECORD_SUCCESS_EVERY_MS = 60_000;

export function createSyncEngine(options: SyncEngineOptions): SyncEngine {
  return new Engine(options);
}

/** Drives the machine of sync-machine.ts: runs its operations on the store and the transport, one at a time. */
class Engine implements SyncEngine {
  readonly #options: SyncEngineOptions;
  readonly #context: OperationContext;
  readonly #listeners = new Set<() => void>();
  readonly #rates: ReturnType<typeof createRates>;
  #machine: MachineState = INITIAL;
  #cancelWake: () => void = () => undefined;
  #nextAttemptAtMs: number | null = null;
  #offlineSinceMs: number | null = null;
  #lastSuccessAtMs: number | null = null;
  #counts: SyncCounts | null = null;
  #countedAtMs = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> = Promise.resolve();
  #stopped = true;
  /** When a success was last written down. */
  #recordedAtMs: number | null = null;

  constructor(options: SyncEngineOptions) {
    this.#options = options;
    const { store, clock, stationId, log } = options;
    const moved = { sentRows: 0, receivedRows: 0 };
    this.#rates = createRates(clock, moved);
    this.#context = {
      store,
      transport: withDeadlines(options.transport, clock),
      clock,
      stationId,
      session: newSession(this.#newRunId()),
      moved,
      onAmended: (what, rows) => log.warn('sync-amended', { what, rows }),
    };
  }

  async start(): Promise<void> {
    const { store, random } = this.#options;
    await store.beginRun(Buffer.from(random.bytes(4)).toString('hex'));
    const stored = await store.state();
    this.#lastSuccessAtMs = stored.lastSuccessAtMs;
    this.#counts = await store.counts();
    this.#stopped = false;
    this.#handle({ kind: 'STARTED', paused: stored.paused });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelWake();
    await this.#options.transport.close();
    await this.#underWay;
  }

  async pause(): Promise<void> {
    await this.#options.store.setPaused(true);
    this.#cancelWake();
    this.#handle({ kind: 'PAUSED' });
  }

  async resume(): Promise<void> {
    await this.#options.store.setPaused(false);
    this.#goOn();
  }

  syncNow(): void {
    if (this.#machine.mode !== 'PAUSED') this.#goOn();
  }

  changed(): void {
    this.#handle({ kind: 'CHANGED' });
  }

  poked(horizon: Cursor | null): void {
    this.#handle({ kind: 'POKED', horizon });
  }

  async lease(input: {
    droneId: string;
    missionId: string | null;
    untilMs: number;
  }): Promise<LeaseAnswer | { readonly state: 'OFFLINE' }> {
    if (!this.#machine.greeted || this.#machine.mode !== 'ON') return { state: 'OFFLINE' };
    try {
      return await this.#context.transport.lease(input);
    } catch (error) {
      if (error instanceof SyncFault) return { state: 'OFFLINE' };
      throw error;
    }
  }

  status(): SyncStatus {
    const machine = this.#machine;
    return {
      state: publicState(machine),
      stationId: this.#options.stationId,
      stationName: this.#context.session.stationName,
      offlineSinceMs: this.#offlineSinceMs,
      nextAttemptAtMs: machine.backingOff ? this.#nextAttemptAtMs : null,
      lastSuccessAtMs: this.#lastSuccessAtMs,
      ...this.#rates.now(),
      counts: this.#counts,
      fault: machine.fault,
    };
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  }

  #goOn(): void {
    this.#context.session.greeted = false;
    this.#handle({ kind: 'ASKED' });
  }

  #handle(event: SyncEvent): void {
    if (this.#stopped) return;
    const { clock, random } = this.#options;
    const before = this.#machine;
    const { state, effects } = step(before, event, {
      nowMs: clock.monotonicMs(),
      random: () => random.next(),
    });
    this.#machine = state;
    this.#noteReach(before);
    for (const effect of effects) {
      if (effect.kind === 'RUN') this.#underWay = this.#perform(effect.operation);
      else if (effect.kind === 'DISCONNECT') this.#disconnect();
      else this.#sleep(effect.delayMs);
    }
    for (const listener of this.#listeners) listener();
  }

  #disconnect(): void {
    const { transport, log } = this.#options;
    transport
      .close()
      .catch((error: unknown) =>
        log.warn('sync-close-failed', { message: error instanceof Error ? error.name : 'unknown' }),
      );
  }

  #noteReach(before: MachineState): void {
    const { greeted, fault, failures } = this.#machine;
    const { clock, log } = this.#options;
    if (greeted) this.#offlineSinceMs = null;
    else this.#offlineSinceMs ??= clock.nowMs();
    if (fault !== null && fault !== before.fault) log.warn('sync-fault', { kind: fault.kind, failures });
  }

  #sleep(delayMs: number): void {
    const { clock } = this.#options;
    this.#cancelWake();
    this.#nextAttemptAtMs = clock.nowMs() + delayMs;
    this.#cancelWake = clock.after(delayMs, () => {
      this.#nextAttemptAtMs = null;
      this.#handle({ kind: 'WOKE' });
    });
  }

  async #perform(operation: Operation): Promise<void> {
    let event: SyncEvent;
    try {
      const outcome = await run(operation, this.#context);
      if (operation === 'PULL') await this.#succeeded();
      await this.#count(operation);
      event = { kind: 'DONE', outcome };
    } catch (error) {
      const fault = faultOf(error, this.#options.log);
      if (fault.kind === 'CLONED') this.#context.session.runId = this.#newRunId();
      event = { kind: 'FAILED', fault };
    }
    this.#handle(event);
  }

  /** Recorded once a minute at most: a station at rest does not wear its disk. */
  async #succeeded(): Promise<void> {
    const nowMs = this.#options.clock.nowMs();
    const recordedAtMs = this.#recordedAtMs;
    this.#lastSuccessAtMs = nowMs;
    if (recordedAtMs !== null && Math.abs(nowMs - recordedAtMs) < RECORD_SUCCESS_EVERY_MS) return;
    this.#recordedAtMs = nowMs;
    await this.#options.store.succeeded(nowMs);
  }

  async #count(operation: Operation): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    if (operation !== 'PULL' && nowMs - this.#countedAtMs < COUNTS_EVERY_MS) return;
    this.#countedAtMs = nowMs;
    this.#counts = await this.#options.store.counts();
  }

  #newRunId(): string {
    return uuidV7(this.#options.clock.nowMs(), this.#options.random);
  }
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
