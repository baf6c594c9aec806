import type { ModelProcess, StartModelProcess } from './model-process.ts';
import { ModelRefused } from './onnx/model-refused.ts';
import type { FromWorker, Tensors, ToWorker } from './worker-protocol.ts';

/** One model in a process of its own. Every call is bounded in time; a process that oversteps is ended. */
export interface ModelRuntime {
  /** Rejects with ModelRefused: NOT_LOADED, CRASHED, TIMED_OUT, TOO_MUCH_MEMORY. */
  run(inputs: Tensors): Promise<{ outputs: Tensors; durationMs: number }>;
  /** Called once when the process has ended and nobody had closed it. */
  onLost(listener: (reason: ModelRefused) => void): void;
  close(): Promise<void>;
}

export interface RuntimeOptions {
  startProcess: StartModelProcess;
  loadWithinMs: number;
  runWithinMs: number;
  /** Of the process, where the system tells what it takes. */
  memoryLimitBytes: number;
}

const MEMORY_CHECK_MS = 100;
const CLOSE_WITHIN_MS = 3_000;

/** Starts a process and loads the model. Rejects as `run` does. */
export async function startRuntime(model: Uint8Array, options: RuntimeOptions): Promise<ModelRuntime> {
  const client = new RuntimeClient(options);
  await client.load(model);
  return client;
}

interface Waiting {
  resolve(message: FromWorker): void;
  reject(reason: ModelRefused): void;
}

class RuntimeClient implements ModelRuntime {
  readonly #options: RuntimeOptions;
  readonly #process: ModelProcess;
  readonly #waiting = new Map<number | 'load', Waiting>();
  readonly #ended: Promise<void>;
  readonly #memoryTimer: NodeJS.Timeout | undefined;
  #lostListener: ((reason: ModelRefused) => void) | null = null;
  #over: ModelRefused | null = null;
  #closing = false;
  #nextId = 1;

  constructor(options: RuntimeOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise;
    const ended = (): void => {
      clearInterval(this.#memoryTimer);
      this.#end(new ModelRefused('CRASHED', 'The model made its runtime crash. Do not put it on a drone.'));
      resolve();
    };
    this.#process = options.startProcess({ message: (message) => this.#receive(message), ended });
    if (!Number.isFinite(options.memoryLimitBytes)) return;
    this.#memoryTimer = setInterval(() => void this.#checkMemory(), MEMORY_CHECK_MS);
    this.#memoryTimer.unref();
  }

  async load(model: Uint8Array): Promise<void> {
    const answer = await this.#ask('load', { kind: 'load', model }, this.#options.loadWithinMs);
    if (answer.kind !== 'notLoaded') return;
    await this.close();
    throw new ModelRefused('NOT_LOADED', `The model cannot be loaded: ${plain(answer.message)}`);
  }

  async run(inputs: Tensors): Promise<{ outputs: Tensors; durationMs: number }> {
    const id = this.#nextId++;
    const answer = await this.#ask(id, { kind: 'run', id, inputs }, this.#options.runWithinMs);
    if (answer.kind === 'result') return answer;
    const why = answer.kind === 'failed' ? plain(answer.message) : 'it gave no answer.';
    throw new ModelRefused('NOT_LOADED', `The model cannot be run: ${why}`);
  }

  onLost(listener: (reason: ModelRefused) => void): void {
    this.#lostListener = listener;
    if (this.#over !== null && !this.#closing) listener(this.#over);
  }

  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      if (this.#over === null) this.#process.send({ kind: 'close' });
    }
    const timer = setTimeout(() => this.#process.kill(), CLOSE_WITHIN_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  #ask(key: number | 'load', message: ToWorker, withinMs: number): Promise<FromWorker> {
    if (this.#over !== null) return Promise.reject(this.#over);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const seconds = (withinMs / 1_000).toFixed(0);
        this.#stop(
          new ModelRefused('TIMED_OUT', `The model did not answer within ${seconds} s. It was stopped.`),
        );
      }, withinMs);
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(key);
      };
      this.#waiting.set(key, {
        resolve: (answer) => {
          settle();
          resolve(answer);
        },
        reject: (reason) => {
          settle();
          reject(reason);
        },
      });
      this.#process.send(message);
    });
  }

  #receive(message: FromWorker): void {
    const key = message.kind === 'result' || message.kind === 'failed' ? message.id : 'load';
    this.#waiting.get(key)?.resolve(message);
  }

  async #checkMemory(): Promise<void> {
    const bytes = await this.#process.residentBytes();
    if (bytes === null || bytes <= this.#options.memoryLimitBytes) return;
    const gigabytes = (this.#options.memoryLimitBytes / 2 ** 30).toFixed(1);
    this.#stop(
      new ModelRefused(
        'TOO_MUCH_MEMORY',
        `The model took more than ${gigabytes} GB of memory. It was stopped.`,
      ),
    );
  }

  #stop(reason: ModelRefused): void {
    this.#end(reason);
    this.#process.kill();
  }

  /** The first reason stays. */
  #end(reason: ModelRefused): void {
    if (this.#over !== null) return;
    this.#over = reason;
    for (const waiting of [...this.#waiting.values()]) waiting.reject(reason);
    if (!this.#closing) this.#lostListener?.(reason);
  }
}

/** A runtime's message names files and functions of its own: the first sentence, without control characters. */
function plain(message: string): string {
  return message.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 200);
}
