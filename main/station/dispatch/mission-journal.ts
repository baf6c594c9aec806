import { Refusal } from '../../../preload/contract/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

const CAPACITY = 500;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

export interface JournalOptions {
  clock: Clock;
  log: Log;
  missionId: string;
  /** Called after each entry that was written. */
  onWritten: () => void;
  /** Called when writing fails, and with null when it works again. */
  onTrouble: (sentence: string | null) => void;
  /** Called when an entry had to be given up, with how many there are by now. */
  onLost: (entries: number) => void;
}

/**
 * The written side of one mission: entries reach the database one at a time, in order, durably, and are tried again
 * until they do. Flying never waits for it.
 */
export class MissionJournal {
  readonly #options: JournalOptions;
  readonly #entries: (() => Promise<unknown>)[] = [];
  #writing: Promise<void> | null = null;
  #retryMs = FIRST_RETRY_MS;
  #dropped = 0;
  #cancelRetry: (() => void) | null = null;
  #closed = false;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  add(write: () => Promise<unknown>): void {
    if (this.#entries.length >= CAPACITY) {
      // The entry at the head may be under way; the one after it is the oldest that can still be given up.
      this.#entries.splice(1, 1);
      this.#dropped += 1;
      this.#options.log.error('mission-entry-dropped', {
        missionId: this.#options.missionId,
        dropped: this.#dropped,
      });
      this.#options.onLost(this.#dropped);
    }
    this.#entries.push(write);
    this.#start();
  }

  /** Settles when nothing is left that can be written now. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** Writes what can be written, then stops trying. */
  async close(): Promise<void> {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#closed = true;
    this.#start();
    await this.#writing;
    if (this.#entries.length > 0)
      this.#options.log.error('mission-entries-lost', {
        missionId: this.#options.missionId,
        entries: this.#entries.length,
      });
  }

  #start(): void {
    if (this.#writing !== null || this.#cancelRetry !== null) return;
    this.#writing = this.#drain().finally(() => {
      this.#writing = null;
    });
  }

  async #drain(): Promise<void> {
    for (let write = this.#entries[0]; write !== undefined; write = this.#entries[0]) {
      try {
        await write();
        this.#options.onTrouble(null);
      } catch (error) {
        if (!isFinal(error)) return this.#tryLater(error);
        this.#options.log.error('mission-entry-refused', {
          missionId: this.#options.missionId,
          reason: error.code,
        });
      }
      this.#retryMs = FIRST_RETRY_MS;
      this.#entries.shift();
      this.#options.onWritten();
    }
  }

  #tryLater(error: unknown): void {
    this.#options.log.warn('mission-entry-failed', {
      missionId: this.#options.missionId,
      waiting: this.#entries.length,
      reason: error instanceof Refusal ? error.code : String(error),
    });
    this.#options.onTrouble(error instanceof Refusal ? error.message : 'The database does not answer.');
    if (this.#closed) return;
    this.#cancelRetry = this.#options.clock.after(this.#retryMs, () => {
      this.#cancelRetry = null;
      this.#start();
    });
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
  }
}

/** A refusal of the record itself will not change by asking again; a full or silent database may recover. */
function isFinal(error: unknown): error is Refusal {
  return error instanceof Refusal && error.code !== 'STORAGE_FULL' && error.code !== 'STORAGE_UNAVAILABLE';
}
