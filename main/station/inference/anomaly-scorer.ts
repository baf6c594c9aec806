import type { AnomalyDetector } from '../../../preload/contract/models.ts';
import type { Log } from '../ports/log.ts';
import type { StartModelProcess } from './model-process.ts';
import { type ModelRuntime, startRuntime } from './model-runtime.ts';
import { inspectModel } from './onnx/inspect-model.ts';
import { COMPARISONS, type ComparedWith, FEATURES, SHIPPED_CHANNELS, TENSORS } from './window-features.ts';

/** By comparison the score of each of its SHIPPED_CHANNELS, 1 at the limit; null where there was nothing to compare with. */
export type WindowScores = Readonly<Record<ComparedWith, readonly number[] | null>>;

/** A window to score, with what it is compared with: means of windows, as far as they are known. */
export interface WindowToScore {
  readonly systemId: number;
  readonly features: Float32Array;
  readonly references: Readonly<Record<ComparedWith, Float32Array | null>>;
  /** Never called where the window was given up. */
  readonly scored: (scores: WindowScores) => void;
}

export interface ScorerOptions {
  startProcess: StartModelProcess;
  /** Reads the model file; a rejection is told as the reason why there are no scores. */
  readModel: () => Promise<Uint8Array>;
  log: Log;
  /** How long after its first, second … end the process is started again. After the last it stays off. */
  restartAfterMs?: readonly number[];
}

const RESTART_AFTER_MS = [1_000, 10_000, 60_000];
const LOAD_WITHIN_MS = 30_000;
const RUN_WITHIN_MS = 5_000;
/** Every vehicle that can have a system id, once. */
const MOST_WAITING = 255;

/**
 * Scores windows in a process of its own, as many at once as have come since the last. Whatever happens to that process,
 * the station goes on: windows are given up, and the state says so.
 */
export class AnomalyScorer {
  readonly #options: ScorerOptions;
  readonly #waiting = new Map<number, WindowToScore>();
  #runtime: ModelRuntime | null = null;
  #state: AnomalyDetector = { state: 'STARTING', sentence: 'The anomaly detector is starting.' };
  #restarts = 0;
  #restartTimer: NodeJS.Timeout | null = null;
  #running = false;
  #closed = false;
  #starting: Promise<void>;

  constructor(options: ScorerOptions) {
    this.#options = options;
    this.#starting = this.#start();
  }

  get state(): AnomalyDetector {
    return this.#state;
  }

  /** A vehicle's newer window takes the place of its older one; where there are too many, the oldest goes. */
  score(window: WindowToScore): void {
    if (this.#runtime === null) return;
    this.#waiting.delete(window.systemId);
    this.#waiting.set(window.systemId, window);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MOST_WAITING && oldest !== undefined) this.#waiting.delete(oldest);
    if (!this.#running) void this.#runBatch(this.#runtime);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    this.#waiting.clear();
    await this.#starting;
    await this.#runtime?.close();
  }

  async #start(): Promise<void> {
    try {
      const model = await this.#options.readModel();
      assertOurModel(model);
      const runtime = await startRuntime(model, {
        startProcess: this.#options.startProcess,
        loadWithinMs: LOAD_WITHIN_MS,
        runWithinMs: RUN_WITHIN_MS,
        memoryLimitBytes: Number.POSITIVE_INFINITY,
      });
      this.#runtime = runtime;
      this.#state = {
        state: 'RUNNING',
        sentence: 'Flights are compared with their own beginning and with earlier ones.',
      };
      runtime.onLost((reason) => this.#lost(reason.message));
    } catch (error) {
      this.#lost(error instanceof Error ? error.message : String(error));
    }
  }

  async #runBatch(runtime: ModelRuntime): Promise<void> {
    this.#running = true;
    try {
      while (this.#waiting.size > 0 && this.#runtime === runtime) {
        const batch = [...this.#waiting.values()];
        this.#waiting.clear();
        const { outputs } = await runtime.run({
          features: rows(batch.map(({ features }) => features)),
          ...Object.fromEntries(
            COMPARISONS.map((comparison) => [
              TENSORS[comparison].input,
              // What there is nothing to compare with is compared with itself, and not looked at.
              rows(batch.map(({ features, references }) => references[comparison] ?? features)),
            ]),
          ),
        });
        const scoresOf = ({ references }: WindowToScore, index: number, comparison: ComparedWith) => {
          if (references[comparison] === null) return null;
          const count = SHIPPED_CHANNELS.length;
          const scores = outputs[TENSORS[comparison].output]?.data ?? new Float32Array();
          return [...scores.subarray(index * count, (index + 1) * count)];
        };
        batch.forEach((window, index) => {
          window.scored({
            BEGINNING: scoresOf(window, index, 'BEGINNING'),
            EARLIER_FLIGHTS: scoresOf(window, index, 'EARLIER_FLIGHTS'),
          });
        });
      }
    } catch (error) {
      // The process's end is told where it ends; a batch that failed in one that lives is only given up.
      this.#options.log.warn('anomaly-batch-failed', {
        message: error instanceof Error ? error.message : '',
      });
    } finally {
      this.#running = false;
    }
  }

  #lost(reason: string): void {
    this.#runtime = null;
    this.#waiting.clear();
    if (this.#closed) return;
    const delays = this.#options.restartAfterMs ?? RESTART_AFTER_MS;
    const delayMs = delays[this.#restarts];
    this.#restarts += 1;
    this.#options.log.error('anomaly-detector-ended', { reason, restartMs: delayMs ?? null });
    if (delayMs === undefined) {
      this.#state = {
        state: 'OFF',
        sentence: `The anomaly detector does not work on this station: ${reason} Flights go on without its scores.`,
      };
      return;
    }
    this.#state = {
      state: 'RESTARTING',
      sentence: `The anomaly detector stopped and starts again. ${reason}`,
    };
    this.#restartTimer = setTimeout(() => {
      this.#starting = this.#start();
    }, delayMs);
    this.#restartTimer.unref();
  }
}

/** The file may be from another version of the program. */
function assertOurModel(model: Uint8Array): void {
  const { inputs, outputs } = inspectModel(model);
  const width = (values: typeof inputs, name: string): number | null | undefined =>
    values.find((value) => value.name === name)?.dims.at(1);
  const fits = COMPARISONS.every(
    (comparison) =>
      width(inputs, TENSORS[comparison].input) === FEATURES.length &&
      width(outputs, TENSORS[comparison].output) === SHIPPED_CHANNELS.length,
  );
  if (!fits || width(inputs, 'features') !== FEATURES.length)
    throw new Error('Its model is of another version of the program. Install the program again.');
}

function rows(list: readonly Float32Array[]): { dims: number[]; data: Float32Array } {
  const data = new Float32Array(list.length * FEATURES.length);
  list.forEach((row, index) => {
    data.set(row, index * FEATURES.length);
  });
  return { dims: [list.length, FEATURES.length], data };
}
