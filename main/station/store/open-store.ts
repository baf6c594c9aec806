import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { lockDirectory } from '../../../db/directory-lock.ts';
import {
  type FromWorker,
  type QueryName,
  RECORDINGS,
  type ToWorker,
  type WorkerSetup,
} from '../../../db/protocol.ts';
import { DatabaseDamaged } from '../../../db/refusals.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { BackupManifest, BackupReason, BackupStep } from '../../../preload/contract/records.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from './store.ts';

export interface StoreOptions {
  /** The worker's entry: db/worker.ts, or what it was bundled into. */
  workerUrl: URL | string;
  /** The entry of the thread that makes backups: db/backup/backup-worker.ts, or what it was bundled into. */
  backupWorkerUrl: URL | string;
  /** Holds `database/` and its lock. Made when missing. */
  dataDirectory: string;
  /** Holds `prepared.tar.gz`, from which a first start is quick; null: made from nothing. */
  preparedDirectory: string | null;
  migrationsDirectory: string;
  log: Log;
  clock: Clock;
}

export interface OpenStore {
  readonly store: Store;
  readonly startup: { readonly created: boolean; readonly migrated: number; readonly openedInMs: number };
  status(): Promise<StoreStatus>;
  /**
   * Makes a verified backup in `folder` while the station works. Refuses with CONFLICT while one is made or when it is
   * cancelled, with STORAGE_FULL where there is no room, with STORAGE_UNAVAILABLE when the copy cannot be opened.
   */
  backUp(
    order: { folder: string; reason: BackupReason },
    onProgress: (step: BackupStep, share: number) => void,
  ): Promise<BackupManifest>;
  cancelBackup(): void;
  /** Called once if the database is lost while the station runs. Returns its unsubscribe. */
  onFailure(listener: (refusal: Refusal) => void): () => void;
  /** Called with true while the disk is too full for recordings, and with false when it no longer is. */
  onSpaceLow(listener: (low: boolean) => void): () => void;
  /** Finishes what is waiting, then closes. Calls made afterwards are refused. */
  close(): Promise<void>;
}

export interface StoreStatus {
  state: 'OPEN' | 'FAILED';
  /** Why it failed, in words. */
  notice: string | null;
  sizeBytes: number;
  /** Queries that took longer than 100 ms since the start. */
  slowQueries: number;
  pendingCalls: number;
  /** UTC, ms; null: none since the start. */
  lastCheckpointAtMs: number | null;
}

/** Calls that wait for the database. Recordings are refused long before anything that a person waits for. */
const MAXIMUM_PENDING = 10_000;
const MAXIMUM_PENDING_RECORDINGS = 2_000;
/** A size is read at most this often: it looks at every file of the database. */
const SIZE_VALID_MS = 10_000;

interface PendingCall {
  isRecording: boolean;
  resolve: (output: unknown) => void;
  reject: (reason: Refusal) => void;
}

/**
 * Starts the thread that owns the database and resolves when it is open. Rejects with DatabaseDamaged when its files
 * are at fault, with STORAGE_UNAVAILABLE or STORAGE_FULL and a sentence when it cannot be opened: another program uses it, another version made it, it does not
 * write through to the disk.
 */
export async function openStore(options: StoreOptions): Promise<OpenStore> {
  mkdirSync(options.dataDirectory, { recursive: true, mode: 0o700 });
  const unlock = lockDirectory(join(options.dataDirectory, 'database.lock'));
  let worker: Worker;
  try {
    const { dataDirectory, preparedDirectory, migrationsDirectory } = options;
    const backupWorkerPath =
      options.backupWorkerUrl instanceof URL
        ? fileURLToPath(options.backupWorkerUrl)
        : options.backupWorkerUrl;
    const workerData: WorkerSetup = {
      dataDirectory,
      preparedDirectory,
      migrationsDirectory,
      backupWorkerPath,
    };
    worker = new Worker(options.workerUrl, { workerData });
  } catch (error) {
    unlock();
    throw error;
  }
  const client = new StoreClient(worker, options.log, options.clock, unlock);
  const startup = await client.opened;
  options.log.info('database-opened', startup);
  return { store: client.store, startup, ...client.handle };
}

class StoreClient {
  readonly opened: Promise<OpenStore['startup']>;
  readonly store: Store;
  readonly handle: Pick<
    OpenStore,
    'status' | 'backUp' | 'cancelBackup' | 'onFailure' | 'onSpaceLow' | 'close'
  > = {
    status: () => this.#status(),
    backUp: (order, onProgress) => this.#backUp(order, onProgress),
    cancelBackup: () => this.#send({ kind: 'cancelBackup' }),
    onFailure: (listener) => {
      this.#failureListeners.add(listener);
      return () => void this.#failureListeners.delete(listener);
    },
    onSpaceLow: (listener) => {
      this.#spaceListeners.add(listener);
      if (this.#spaceIsLow) listener(true);
      return () => void this.#spaceListeners.delete(listener);
    },
    close: () => this.#close(),
  };

  readonly #worker: Worker;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #pending = new Map<number, PendingCall>();
  readonly #failureListeners = new Set<(refusal: Refusal) => void>();
  readonly #spaceListeners = new Set<(low: boolean) => void>();
  readonly #ended: Promise<void>;
  #nextId = 1;
  #pendingRecordings = 0;
  #slowQueries = 0;
  #spaceIsLow = false;
  #lastCheckpointAtMs: number | null = null;
  #isOpen = false;
  #onBackupProgress: (step: BackupStep, share: number) => void = () => undefined;
  #size = { bytes: 0, readAtMs: Number.NEGATIVE_INFINITY };
  /** Why no call is taken any more. */
  #over: Refusal | null = null;
  #closing = false;

  constructor(worker: Worker, log: Log, clock: Clock, unlock: () => void) {
    this.#worker = worker;
    this.#log = log;
    this.#clock = clock;
    const { promise, resolve, reject } = Promise.withResolvers<OpenStore['startup']>();
    this.opened = promise;
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'opened') {
        const { created, migrated, openedInMs } = message;
        this.#isOpen = true;
        resolve({ created, migrated, openedInMs: Math.round(openedInMs) });
      } else if (message.kind === 'refusedToOpen') this.#end(openingRefusal(message));
      else this.#receive(message);
    });
    worker.on('error', (error: unknown) => {
      this.#log.error('database-worker-error', {
        message: error instanceof Error ? error.message : 'unknown',
      });
    });
    this.#ended = new Promise((ended) => {
      worker.on('exit', () => {
        unlock();
        this.#end(this.#closing ? closedRefusal() : this.#isOpen ? lostRefusal() : gaveUpRefusal());
        reject(this.#over);
        ended();
      });
    });
    this.store = { ...this.#callsFor(null), as: (dispatcherId) => this.#callsFor(dispatcherId) };
  }

  #callsFor(actor: string | null): Pick<Store, 'read' | 'write'> {
    const call = (name: QueryName, input: unknown) => this.#call(name, input, actor);
    return { read: callableProxy(call), write: callableProxy(call) };
  }

  #call(name: QueryName, input: unknown, actor: string | null): Promise<unknown> {
    const isRecording = RECORDINGS.has(name);
    if (this.#over !== null) return Promise.reject(this.#over);
    if (this.#closing) return Promise.reject(closedRefusal());
    if (
      this.#pending.size >= MAXIMUM_PENDING ||
      (isRecording && this.#pendingRecordings >= MAXIMUM_PENDING_RECORDINGS)
    )
      return Promise.reject(
        new Refusal(
          'STORAGE_UNAVAILABLE',
          'The database cannot keep up. This was not saved. Try again in a moment.',
        ),
      );
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#send({ kind: 'call', id, name, input, actor, nowMs: this.#clock.nowMs() });
      this.#pending.set(id, { isRecording, resolve, reject });
      if (isRecording) this.#pendingRecordings++;
    });
  }

  #receive(message: Exclude<FromWorker, { kind: 'opened' | 'refusedToOpen' }>): void {
    switch (message.kind) {
      case 'result':
        this.#settle(message.id, (call) => call.resolve(message.output));
        break;
      case 'refused':
        this.#settle(message.id, (call) => call.reject(new Refusal(message.code, message.sentence)));
        break;
      case 'slowQuery':
        this.#slowQueries++;
        this.#log.warn('slow-query', { name: message.name, durationMs: message.durationMs });
        break;
      case 'maintained':
        if (message.task === 'checkpoint') this.#lastCheckpointAtMs = this.#clock.nowMs();
        this.#log.info('database-maintained', { task: message.task, durationMs: message.durationMs });
        break;
      case 'unexpected': {
        const { name, sqlState, message: text } = message;
        this.#log.error('database-error', { name, sqlState, message: text });
        break;
      }
      case 'backupProgress':
        this.#onBackupProgress(message.step, message.share);
        break;
      case 'space':
        this.#spaceIsLow = message.low;
        if (message.low) this.#log.error('database-space-low', {});
        else this.#log.info('database-space-regained', {});
        for (const listener of this.#spaceListeners) listener(message.low);
        break;
      case 'failed':
        this.#end(
          this.#isOpen || message.code === 'STORAGE_FULL'
            ? new Refusal(message.code, message.sentence)
            : gaveUpRefusal(),
        );
    }
  }

  #backUp(
    { folder, reason }: { folder: string; reason: BackupReason },
    onProgress: (step: BackupStep, share: number) => void,
  ): Promise<BackupManifest> {
    if (this.#over !== null) return Promise.reject(this.#over);
    if (this.#closing) return Promise.reject(closedRefusal());
    this.#onBackupProgress = onProgress;
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#send({ kind: 'backup', id, folder, reason, nowMs: this.#clock.nowMs() });
      const done = (output: unknown): void => resolve(output as BackupManifest);
      this.#pending.set(id, { isRecording: false, resolve: done, reject });
    });
  }

  #settle(id: number, settle: (call: PendingCall) => void): void {
    const call = this.#pending.get(id);
    if (call === undefined) return;
    this.#pending.delete(id);
    if (call.isRecording) this.#pendingRecordings--;
    settle(call);
  }

  /** The first reason stays. Everybody who waits is told, so that nobody waits for ever. */
  #end(reason: Refusal): void {
    if (this.#over !== null) return;
    this.#over = reason;
    for (const id of [...this.#pending.keys()]) this.#settle(id, (call) => call.reject(reason));
    if (this.#closing) return;
    this.#log.error('database-lost', { code: reason.code });
    for (const listener of this.#failureListeners) listener(reason);
  }

  async #status(): Promise<StoreStatus> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#over === null && nowMs - this.#size.readAtMs >= SIZE_VALID_MS)
      this.#size = { bytes: await this.store.read.databaseSize({}), readAtMs: nowMs };
    return {
      state: this.#over === null ? 'OPEN' : 'FAILED',
      notice: this.#over?.message ?? null,
      sizeBytes: this.#size.bytes,
      slowQueries: this.#slowQueries,
      pendingCalls: this.#pending.size,
      lastCheckpointAtMs: this.#lastCheckpointAtMs,
    };
  }

  async #close(): Promise<void> {
    if (this.#over === null && !this.#closing) {
      this.#closing = true;
      this.#send({ kind: 'close' });
    }
    await this.#ended;
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}

/** An object each of whose properties is the query of that name. */
function callableProxy<Queries extends object>(
  call: (name: QueryName, input: unknown) => Promise<unknown>,
): Queries {
  const handler: ProxyHandler<object> = {
    get: (_, name) =>
      // A promise that resolves with the store asks it for `then`: the store is not a promise.
      typeof name === 'string' && name !== 'then'
        ? (input: unknown) => call(name as QueryName, input)
        : undefined,
  };
  return new Proxy({}, handler) as Queries;
}

function openingRefusal(message: Extract<FromWorker, { kind: 'refusedToOpen' }>): Refusal {
  const { code, sentence, damaged } = message;
  return damaged ? new DatabaseDamaged({ sentence }) : new Refusal(code, sentence);
}

function gaveUpRefusal(): Refusal {
  return new DatabaseDamaged('the engine gave it up');
}

function closedRefusal(): Refusal {
  return new Refusal('STORAGE_UNAVAILABLE', 'The station is closing. Nothing was saved.');
}

function lostRefusal(): Refusal {
  return new Refusal(
    'STORAGE_UNAVAILABLE',
    'The database has stopped. Nothing was saved. Fly with what is on screen, and restart the station when no drone is in the air.',
  );
}
