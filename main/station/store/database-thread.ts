import { Worker } from 'node:worker_threads';
import {
  type Answer,
  type FromWorker,
  RECORDINGS,
  type ToWorker,
  type WorkerCall,
  type WorkerSetup,
} from '../../../db/protocol.ts';
import { DatabaseDamaged } from '../../../db/refusals.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { Log } from '../ports/log.ts';

export interface Startup {
  readonly created: boolean;
  readonly migrated: number;
  readonly openedInMs: number;
}

/** What the thread tells of by itself. */
export type ThreadNotice = Exclude<
  FromWorker,
  { kind: 'opened' | 'refusedToOpen' | 'answers' | 'unexpected' | 'failed' }
>;

type Order = Omit<WorkerCall, 'id'>;
type BackupOrder = Omit<Extract<ToWorker, { kind: 'backup' }>, 'kind' | 'id'>;

/** Calls that wait for the database. Recordings are refused long before anything that a person waits for. */
const MAXIMUM_PENDING = 10_000;
const MAXIMUM_PENDING_RECORDINGS = 2_000;

interface PendingCall {
  isRecording: boolean;
  resolve: (output: unknown) => void;
  reject: (reason: unknown) => void;
}

/** One life of the thread that owns the database. Whoever waits for it when it ends is told. */
export class DatabaseThread {
  /** Rejects, when the thread is gone, with why it could not open the database. */
  readonly opened: Promise<Startup>;
  /** Resolves with the reason when the thread is gone. */
  readonly ended: Promise<Refusal>;

  readonly #worker: Worker;
  readonly #log: Log;
  readonly #pending = new Map<number, PendingCall>();
  #unsent: WorkerCall[] = [];
  #nextId = 1;
  #pendingRecordings = 0;
  #isOpen = false;
  #closing = false;
  /** Why no call is taken any more. */
  #over: Refusal | null = null;

  constructor(
    workerUrl: URL | string,
    workerData: WorkerSetup,
    log: Log,
    onNotice: (notice: ThreadNotice) => void,
  ) {
    this.#log = log;
    this.#worker = new Worker(workerUrl, { workerData });
    const opening = Promise.withResolvers<Startup>();
    this.opened = opening.promise;
    // Who does not ask whether it opened is told by `ended`.
    this.opened.catch(() => undefined);
    this.#worker.on('message', (message: FromWorker) => {
      if (message.kind === 'opened') {
        const { created, migrated, openedInMs } = message;
        this.#isOpen = true;
        opening.resolve({ created, migrated, openedInMs: Math.round(openedInMs) });
      } else this.#receive(message, onNotice);
    });
    this.#worker.on('error', (error: unknown) => {
      log.error('database-worker-error', { message: error instanceof Error ? error.message : 'unknown' });
    });
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        const reason = this.#end(
          this.#closing ? closedRefusal() : this.#isOpen ? stoppedRefusal() : gaveUpRefusal(),
        );
        opening.reject(reason);
        resolve(reason);
      });
    });
  }

  get pendingCalls(): number {
    return this.#pending.size;
  }

  call(order: Order): Promise<unknown> {
    const isRecording = RECORDINGS.has(order.name);
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
    return this.#answered(isRecording, (id) => {
      // What else is asked for before this turn ends goes with it.
      if (this.#unsent.length === 0) process.nextTick(() => this.#sendCalls());
      this.#unsent.push({ id, ...order });
    });
  }

  backUp(order: BackupOrder): Promise<unknown> {
    return this.#answered(false, (id) => this.#send({ kind: 'backup', id, ...order }));
  }

  cancelBackup(): void {
    this.#send({ kind: 'cancelBackup' });
  }

  /** Finishes what is waiting. Nothing more is taken. */
  close(): void {
    if (this.#closing) return;
    this.#sendCalls();
    this.#closing = true;
    this.#send({ kind: 'close' });
  }

  #answered(isRecording: boolean, ask: (id: number) => void): Promise<unknown> {
    if (this.#over !== null) return Promise.reject(this.#over);
    if (this.#closing) return Promise.reject(closedRefusal());
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      ask(id);
      this.#pending.set(id, { isRecording, resolve, reject });
      if (isRecording) this.#pendingRecordings++;
    });
  }

  #sendCalls(): void {
    const calls = this.#unsent;
    if (calls.length === 0) return;
    this.#unsent = [];
    try {
      this.#send({ kind: 'calls', calls });
    } catch (error) {
      // One of them holds what no message can carry: the others go without it.
      const [only] = calls;
      if (calls.length === 1 && only !== undefined) this.#settle(only.id, ({ reject }) => reject(error));
      else
        for (const call of calls) {
          this.#unsent = [call];
          this.#sendCalls();
        }
    }
  }

  #receive(message: Exclude<FromWorker, { kind: 'opened' }>, onNotice: (notice: ThreadNotice) => void): void {
    switch (message.kind) {
      case 'answers':
        for (const answer of message.answers) this.#settle(answer.id, (call) => settleWith(call, answer));
        break;
      case 'refusedToOpen':
        this.#end(openingRefusal(message));
        break;
      case 'unexpected': {
        const { name, sqlState, message: text } = message;
        this.#log.error('database-error', { name, sqlState, message: text });
        break;
      }
      case 'failed':
        this.#end(
          message.code === 'STORAGE_FULL'
            ? new Refusal(message.code, message.sentence)
            : this.#isOpen
              ? stoppedRefusal()
              : gaveUpRefusal(),
        );
        break;
      default:
        onNotice(message);
    }
  }

  #settle(id: number, settle: (call: PendingCall) => void): void {
    const call = this.#pending.get(id);
    if (call === undefined) return;
    this.#pending.delete(id);
    if (call.isRecording) this.#pendingRecordings--;
    settle(call);
  }

  /** The first reason stays. Everybody who waits is told, so that nobody waits for ever. */
  #end(reason: Refusal): Refusal {
    if (this.#over !== null) return this.#over;
    this.#over = reason;
    for (const id of [...this.#pending.keys()]) this.#settle(id, (call) => call.reject(reason));
    return reason;
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}

function settleWith(call: PendingCall, answer: Answer): void {
  if ('refused' in answer) call.reject(new Refusal(answer.refused.code, answer.refused.sentence));
  else call.resolve(answer.output);
}

function openingRefusal(message: Extract<FromWorker, { kind: 'refusedToOpen' }>): Refusal {
  const { code, sentence, damaged } = message;
  return damaged ? new DatabaseDamaged({ sentence }) : new Refusal(code, sentence);
}

function gaveUpRefusal(): Refusal {
  return new DatabaseDamaged('the engine gave it up');
}

export function closedRefusal(): Refusal {
  return new Refusal('STORAGE_UNAVAILABLE', 'The station is closing. Nothing was saved.');
}

function stoppedRefusal(): Refusal {
  return new Refusal(
    'STORAGE_UNAVAILABLE',
    'The database stopped before it confirmed this. Look whether it was saved, and if not, do it again in a few seconds.',
  );
}
