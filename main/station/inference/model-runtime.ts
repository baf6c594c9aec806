import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ModelRefused } from './onnx/model-refused.ts';
import type { FromWorker, Tensors, ToWorker } from './worker-protocol.ts';

/** One model in a worker of its own. Every call is bounded in time; a worker that oversteps is ended. */
export interface ModelRuntime {
  /** Rejects with ModelRefused: NOT_LOADED, CRASHED, TIMED_OUT, TOO_MUCH_MEMORY. */
  run(inputs: Tensors): Promise<{ outputs: Tensors; durationMs: number }>;
  /** Called once when the worker has ended and nobody had closed it. */
  onLost(listener: (reason: ModelRefused) => void): void;
  close(): Promise<void>;
}

export interface RuntimeOptions {
  /** inference-worker.ts, or what it was bundled into. */
  workerUrl: URL | string;
  /** A process can be ended whatever its native code does, and takes nothing along. A thread starts sooner. */
  isolation: 'PROCESS' | 'THREAD';
  loadWithinMs: number;
  runWithinMs: number;
  /** Of the process; a thread's is not known. */
  memoryLimitBytes: number;
}

interface Host {
  send(message: ToWorker): void;
  kill(): void;
  /** Null where it is not known. */
  residentBytes(): Promise<number | null>;
}

const MEMORY_CHECK_MS = 100;
const CLOSE_WITHIN_MS = 3_000;
const PAGE_BYTES = 4_096;

/** Starts a worker and loads the model. Rejects as `run` does. */
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
  readonly #host: Host;
  readonly #waiting = new Map<number | 'load', Waiting>();
  readonly #ended: Promise<void>;
  readonly #memoryTimer: NodeJS.Timeout;
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
    const events = { message: (message: FromWorker) => this.#receive(message), ended };
    this.#host =
      options.isolation === 'PROCESS'
        ? asProcess(options.workerUrl, events)
        : asThread(options.workerUrl, events);
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
      if (this.#over === null) this.#host.send({ kind: 'close' });
    }
    const timer = setTimeout(() => this.#host.kill(), CLOSE_WITHIN_MS);
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
      this.#host.send(message);
    });
  }

  #receive(message: FromWorker): void {
    const key = message.kind === 'result' || message.kind === 'failed' ? message.id : 'load';
    this.#waiting.get(key)?.resolve(message);
  }

  async #checkMemory(): Promise<void> {
    const bytes = await this.#host.residentBytes();
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
    this.#host.kill();
  }

  /** The first reason stays. */
  #end(reason: ModelRefused): void {
    if (this.#over !== null) return;
    this.#over = reason;
    for (const waiting of [...this.#waiting.values()]) waiting.reject(reason);
    if (!this.#closing) this.#lostListener?.(reason);
  }
}

interface HostEvents {
  message(message: FromWorker): void;
  ended(): void;
}

function asThread(workerUrl: URL | string, events: HostEvents): Host {
  const worker = new Worker(workerUrl);
  worker.on('message', events.message);
  // Its exit follows, and says the same.
  worker.on('error', () => {});
  worker.on('exit', events.ended);
  return {
    send: (message) => worker.postMessage(message),
    kill: () => void worker.terminate(),
    residentBytes: async () => null,
  };
}

function asProcess(workerUrl: URL | string, events: HostEvents): Host {
  const path = workerUrl instanceof URL ? fileURLToPath(workerUrl) : workerUrl;
  // Nothing of the station's environment: its secrets are not the model's business.
  const child = fork(path, [], { env: {}, execArgv: [], serialization: 'advanced', stdio: 'ignore' });
  child.on('message', (message) => events.message(message as FromWorker));
  let over = false;
  const ended = (): void => {
    if (over) return;
    over = true;
    events.ended();
  };
  child.on('error', ended);
  child.on('exit', ended);
  return {
    // The callback takes the error of a process that has just ended; its exit tells the rest.
    send: (message) => void child.send(message, () => {}),
    kill: () => void child.kill('SIGKILL'),
    async residentBytes() {
      if (process.platform !== 'linux' || child.pid === undefined) return null;
      // proc(5): the second number of statm is the resident set in pages.
      const statm = await readFile(`/proc/${child.pid}/statm`, 'utf8').catch(() => null);
      return statm === null ? null : Number(statm.split(' ')[1]) * PAGE_BYTES;
    },
  };
}

/** A runtime's message names files and functions of its own: the first sentence, without control characters. */
function plain(message: string): string {
  return message.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 200);
}
