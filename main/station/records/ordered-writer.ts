import { Refusal } from '../../../preload/contract/errors.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

const FLUSH_EVERY_MS = 1_000;

export interface OrderedWriterOptions<Item> {
  clock: Clock;
  alerts: Alerts;
  log: Log;
  /** Names the queue in the log and in the alert's cause. */
  name: string;
  /** What is lost when the queue overflows, as a person would say it. */
  contents: string;
  capacity: number;
  batchSize: number;
  write(batch: Item[]): Promise<unknown>;
}

/**
 * A bounded queue in front of the database: batches once a second, one at a time and in order. A batch that fails is
 * tried again before anything newer. When it is full the oldest are given up, counted, and told.
 */
export class OrderedWriter<Item> {
  readonly #options: OrderedWriterOptions<Item>;
  readonly #waiting: Item[] = [];
  readonly #stop: () => void;
  #batch: Item[] = [];
  #writing: Promise<void> | null = null;
  #dropped = 0;

  constructor(options: OrderedWriterOptions<Item>) {
    this.#options = options;
    this.#stop = options.clock.every(FLUSH_EVERY_MS, () => void this.flush());
  }

  /** How many were given up since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  add(item: Item): void {
    const { alerts, capacity, contents, log, name } = this.#options;
    if (this.#waiting.length >= capacity) {
      this.#waiting.shift();
      this.#dropped += 1;
      if (this.#dropped === 1 || this.#dropped % 1_000 === 0)
        log.error('records-dropped', { queue: name, dropped: this.#dropped });
      alerts.raise({
        cause: `records-dropped:${name}`,
        level: 'CAUTION',
        subject: 'Station',
        sentence: `The database is too slow or full: ${this.#dropped} ${contents} lost. Free disk space.`,
      });
    }
    this.#waiting.push(item);
  }

  /** Writes all that waits, as far as the database takes it. */
  async flush(): Promise<void> {
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = null;
    });
    await this.#writing;
  }

  async close(): Promise<void> {
    this.#stop();
    await this.flush();
    const left = this.#batch.length + this.#waiting.length;
    if (left > 0) this.#options.log.error('records-lost', { queue: this.#options.name, count: left });
  }

  async #drain() {
    const { alerts, batchSize, log, name, write } = this.#options;
    for (;;) {
      if (this.#batch.length === 0) this.#batch = this.#waiting.splice(0, batchSize);
      if (this.#batch.length === 0) return;
      try {
        await write(this.#batch);
        alerts.clear(`records-failing:${name}`);
        alerts.clear(`records-dropped:${name}`);
      } catch (error) {
        if (!isFinal(error)) return this.#tellTrouble(error);
        log.error('records-refused', { queue: name, count: this.#batch.length, reason: error.code });
      }
      this.#batch = [];
    }
  }

  #tellTrouble(error: unknown) {
    const { alerts, contents, log, name } = this.#options;
    log.warn('records-failed', {
      queue: name,
      waiting: this.#batch.length + this.#waiting.length,
      reason: error instanceof Refusal ? error.code : String(error),
    });
    alerts.raise({
      cause: `records-failing:${name}`,
      level: 'CAUTION',
      subject: 'Station',
      sentence: `The database does not take new records. The ${contents} wait and are tried again.`,
    });
  }
}

/** What the database refuses for its content is refused for good; anything else may pass. */
function isFinal(error: unknown): error is Refusal {
  return error instanceof Refusal && error.code !== 'STORAGE_FULL' && error.code !== 'STORAGE_UNAVAILABLE';
}
