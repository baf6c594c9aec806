import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockDirectory } from '../../../db/directory-lock.ts';
import type { QueryName, WorkerSetup } from '../../../db/protocol.ts';
import { DatabaseDamaged, storageUnavailable } from '../../../db/refusals.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { BackupManifest, BackupReason, BackupStep } from '../../../preload/contract/records.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { closedRefusal, DatabaseThread, type Startup, type ThreadNotice } from './database-thread.ts';
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
  readonly startup: Startup;
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
  /**
   * Called when the database stops, when it runs again, and when it is given up. What waits for it meanwhile is
   * refused with STORAGE_UNAVAILABLE. Returns its unsubscribe.
   */
  onState(listener: (status: Pick<StoreStatus, 'state' | 'notice'>) => void): () => void;
  /** Called with true while the disk is too full for recordings, and with false when it no longer is. */
  onSpaceLow(listener: (low: boolean) => void): () => void;
  /** Finishes what is waiting, then closes. Calls made afterwards are refused. */
  close(): Promise<void>;
}

export interface StoreStatus {
  /** RESTARTING: it stopped, and is started again. FAILED: that was tried in vain. */
  state: 'OPEN' | 'RESTARTING' | 'FAILED';
  /** What happened to it, in words: also after it was started again. */
  notice: string | null;
  sizeBytes: number;
  /** Queries that took longer than 100 ms since the start. */
  slowQueries: number;
  pendingCalls: number;
  /** UTC, ms; null: none since the start. */
  lastCheckpointAtMs: number | null;
}

/** A size is read at most this often: it looks at every file of the database. */
const SIZE_VALID_MS = 10_000;
const FIRST_RESTART_MS = 250;
const LONGEST_RESTART_MS = 30_000;
/** More than a minute, in which a disk may be freed or another program may let go of memory. */
const MOST_RESTARTS = 8;
/** Whatever ends the thread again after this long is another trouble. */
const CALM_MS = 60_000;

/**
 * Starts the thread that owns the database and resolves when it is open. Rejects with DatabaseDamaged when its files
 * are at fault, with STORAGE_UNAVAILABLE or STORAGE_FULL and a sentence when it cannot be opened: another program uses it, another version made it, it does not
 * write through to the disk. A thread that ends later is started again. The lock is kept until the store is closed or
 * given up.
 */
export async function openStore(options: StoreOptions): Promise<OpenStore> {
  mkdirSync(options.dataDirectory, { recursive: true, mode: 0o700 });
  const unlock = lockDirectory(join(options.dataDirectory, 'database.lock'));
  const keeper = new StoreKeeper(options, unlock);
  const startup = await keeper.open();
  options.log.info('database-opened', { ...startup });
  return { store: keeper.store, startup, ...keeper.handle };
}

class StoreKeeper {
  readonly store: Store;
  readonly handle: Omit<OpenStore, 'store' | 'startup'> = {
    status: () => this.#status(),
    backUp: (order, onProgress) => this.#backUp(order, onProgress),
    cancelBackup: () => this.#thread?.cancelBackup(),
    onState: (listener) => {
      this.#stateListeners.add(listener);
      return () => void this.#stateListeners.delete(listener);
    },
    onSpaceLow: (listener) => {
      this.#spaceListeners.add(listener);
      if (this.#spaceIsLow) listener(true);
      return () => void this.#spaceListeners.delete(listener);
    },
    close: () => this.#close(),
  };

  readonly #options: StoreOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #unlock: () => void;
  readonly #stateListeners = new Set<Parameters<OpenStore['onState']>[0]>();
  readonly #spaceListeners = new Set<(low: boolean) => void>();
  readonly #closed = Promise.withResolvers<void>();
  #thread: DatabaseThread | null = null;
  #state: StoreStatus['state'] = 'OPEN';
  #notice: string | null = null;
  #restarts = 0;
  #openedAtMs = 0;
  #stoppedAtMs = 0;
  #cancelRestart: () => void = () => undefined;
  #closing = false;
  #slowQueries = 0;
  #spaceIsLow = false;
  #lastCheckpointAtMs: number | null = null;
  #onBackupProgress: (step: BackupStep, share: number) => void = () => undefined;
  #size = { bytes: 0, readAtMs: Number.NEGATIVE_INFINITY };

  constructor(options: StoreOptions, unlock: () => void) {
    this.#options = options;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#unlock = unlock;
    this.store = { ...this.#callsFor(null), as: (dispatcherId) => this.#callsFor(dispatcherId) };
  }

  async open(): Promise<Startup> {
    try {
      const thread = this.#start();
      const startup = await thread.opened;
      this.#follow(thread);
      return startup;
    } catch (error) {
      this.#unlock();
      throw error;
    }
  }

  #start(): DatabaseThread {
    const { workerUrl, backupWorkerUrl, dataDirectory, preparedDirectory, migrationsDirectory } =
      this.#options;
    const setup: WorkerSetup = {
      ...{ dataDirectory, preparedDirectory, migrationsDirectory },
      backupWorkerPath: backupWorkerUrl instanceof URL ? fileURLToPath(backupWorkerUrl) : backupWorkerUrl,
    };
    return new DatabaseThread(workerUrl, setup, this.#log, (notice) => this.#noticed(notice));
  }

  /** Takes calls by way of the thread from now on, and sees to what becomes of it. */
  #follow(thread: DatabaseThread): void {
    this.#thread = thread;
    this.#openedAtMs = this.#clock.monotonicMs();
    void thread.ended.then((reason) => {
      this.#thread = null;
      if (this.#closing) return this.#finish();
      this.#stoppedAtMs = this.#clock.nowMs();
      if (this.#clock.monotonicMs() - this.#openedAtMs >= CALM_MS) this.#restarts = 0;
      this.#log.error('database-lost', { code: reason.code });
      this.#stopped(reason);
    });
  }

  #stopped(reason: Refusal): void {
    if (this.#restarts >= MOST_RESTARTS) {
      this.#unlock();
      this.#enter('FAILED', reason instanceof DatabaseDamaged ? reason.message : GIVEN_UP);
      return;
    }
    const delayMs = Math.min(LONGEST_RESTART_MS, FIRST_RESTART_MS * 2 ** this.#restarts);
    this.#restarts++;
    this.#cancelRestart = this.#clock.after(delayMs, () => void this.#restart());
    this.#enter(
      'RESTARTING',
      reason.code === 'STORAGE_FULL' ? `${RESTARTING} ${reason.message}` : RESTARTING,
    );
  }

  async #restart(): Promise<void> {
    try {
      const thread = this.#start();
      // What is asked for from now on waits until it is open.
      this.#thread = thread;
      const startup = await thread.opened;
      this.#follow(thread);
      this.#log.warn('database-restarted', { restarts: this.#restarts, ...startup });
      // The new thread says so if it still is.
      this.#setSpaceLow(false);
      const stoppedForS = Math.max(1, Math.round((this.#clock.nowMs() - this.#stoppedAtMs) / 1_000));
      this.#enter('OPEN', restartedNotice(this.#stoppedAtMs, stoppedForS));
    } catch (error) {
      this.#thread = null;
      const reason = error instanceof Refusal ? error : storageUnavailable(error);
      this.#log.error('database-restart-failed', { code: reason.code, reason: reason.message });
      if (this.#closing) this.#finish();
      else this.#stopped(reason);
    }
  }

  #callsFor(actor: string | null): Pick<Store, 'read' | 'write'> {
    const call = (name: QueryName, input: unknown): Promise<unknown> =>
      this.#running()?.call({ name, input, actor, nowMs: this.#clock.nowMs() }) ??
      Promise.reject(this.#notRunning());
    return { read: callableProxy(call), write: callableProxy(call) };
  }

  #running(): DatabaseThread | null {
    return this.#closing ? null : this.#thread;
  }

  #notRunning(): Refusal {
    if (this.#closing) return closedRefusal();
    return new Refusal('STORAGE_UNAVAILABLE', this.#state === 'FAILED' ? GIVEN_UP : NOT_YET);
  }

  #noticed(notice: ThreadNotice): void {
    switch (notice.kind) {
      case 'slowQuery':
        this.#slowQueries++;
        this.#log.warn('slow-query', { name: notice.name, durationMs: notice.durationMs });
        break;
      case 'maintained':
        if (notice.task === 'checkpoint') this.#lastCheckpointAtMs = this.#clock.nowMs();
        this.#log.info('database-maintained', { task: notice.task, durationMs: notice.durationMs });
        break;
      case 'backupProgress':
        this.#onBackupProgress(notice.step, notice.share);
        break;
      case 'space':
        this.#setSpaceLow(notice.low);
    }
  }

  #setSpaceLow(low: boolean): void {
    if (low === this.#spaceIsLow) return;
    this.#spaceIsLow = low;
    if (low) this.#log.error('database-space-low', {});
    else this.#log.info('database-space-regained', {});
    for (const listener of this.#spaceListeners) listener(low);
  }

  #enter(state: StoreStatus['state'], notice: string): void {
    this.#state = state;
    this.#notice = notice;
    for (const listener of this.#stateListeners) listener({ state, notice });
  }

  #backUp(
    { folder, reason }: { folder: string; reason: BackupReason },
    onProgress: (step: BackupStep, share: number) => void,
  ): Promise<BackupManifest> {
    const thread = this.#running();
    if (thread === null) return Promise.reject(this.#notRunning());
    this.#onBackupProgress = onProgress;
    return thread.backUp({ folder, reason, nowMs: this.#clock.nowMs() }) as Promise<BackupManifest>;
  }

  async #status(): Promise<StoreStatus> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#state === 'OPEN' && !this.#closing && nowMs - this.#size.readAtMs >= SIZE_VALID_MS)
      this.#size = { bytes: await this.store.read.databaseSize({}), readAtMs: nowMs };
    return {
      state: this.#state,
      notice: this.#notice,
      sizeBytes: this.#size.bytes,
      slowQueries: this.#slowQueries,
      pendingCalls: this.#thread?.pendingCalls ?? 0,
      lastCheckpointAtMs: this.#lastCheckpointAtMs,
    };
  }

  async #close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#cancelRestart();
      if (this.#thread === null) this.#finish();
      else this.#thread.close();
    }
    await this.#closed.promise;
  }

  #finish(): void {
    this.#unlock();
    this.#closed.resolve();
  }
}

const RESTARTING =
  'The database stopped and is being started again. Missions fly on, and what happens meanwhile is written afterwards.';
const NOT_YET =
  'The database stopped and is being started again. This was not saved. Do it again in a few seconds.';
const GIVEN_UP =
  'The database has stopped and could not be started again. Nothing is saved. Fly with what is on screen, and restart the station when no drone is in the air.';

function restartedNotice(stoppedAtMs: number, forS: number): string {
  const at = new Date(stoppedAtMs).toISOString().slice(0, 19).replace('T', ' ');
  return `The database stopped at ${at} UTC and was started again after ${forS} s. Nothing that it had confirmed was lost, except up to half a second of positions.`;
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
