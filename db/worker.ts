import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Refusal } from '../preload/contract/errors.ts';
import { backUpBeforeMigration } from './backup/backup-before-migration.ts';
import { originOf } from './backup/backup-folder.ts';
import { type RunningBackup, runBackup } from './backup/run-backup.ts';
import { Ballast } from './ballast.ts';
import { CallQueue } from './call-queue.ts';
import { DurableFs, isDiskFull } from './durable-fs.ts';
import { Engine, EngineFailure, isRead, type Outcome } from './engine.ts';
import { openDatabase } from './open-database.ts';
import { POSTGRES_MAJOR } from './postgres-major.ts';
import {
  type Answer,
  type FromWorker,
  RECORDINGS,
  SLOW_QUERY_MS,
  type ToWorker,
  type WorkerCall,
  type WorkerSetup,
} from './protocol.ts';
import type { TelemetryRow } from './queries/query-map.ts';
import { DatabaseDamaged, storageFull, storageUnavailable } from './refusals.ts';

/** The thread that alone owns the database: the engine blocks its thread while it works. */

const FLUSH_WITHIN_MS = 500;
const CHECKPOINT_EVERY_MS = 60_000;
/** How soon space that somebody freed is noticed. */
const BALLAST_EVERY_MS = 5_000;
const VACUUM_EVERY_MS = 3_600_000;
/** A station that is started often is to have statistics too. */
const FIRST_VACUUM_AFTER_MS = 300_000;
/** The first of so many, or of those of one transaction more, waits for the last. */
const MOST_UNACKNOWLEDGED = 16;
/** Rows of telemetry in one transaction: what a mission's write may have to wait for. */
const TELEMETRY_ROWS_AT_ONCE = 500;

const port = parentPort;
if (port === null) throw new Error('The database worker is started as a worker thread.');
const tell = (message: FromWorker): void => port.postMessage(message);
const answerWith = (...answers: Answer[]): void => tell({ kind: 'answers', answers });

const queue = new CallQueue();
/** Answers to writes that are not on the disk yet. Those that wait together share one wait for the disk. */
const unacknowledged: Answer[] = [];
const ballast = new Ballast((workerData as WorkerSetup).dataDirectory);
let spaceIsLow = false;
let wake: () => void = () => undefined;
let closing = false;
/** Steps of a backup: each is taken between two queries, when nothing urgent waits. */
const steps: ((engine: Engine) => Promise<void>)[] = [];
let backup: RunningBackup | null = null;
const setup = workerData as WorkerSetup;

port.on('message', (message: ToWorker) => {
  if (message.kind === 'close') closing = true;
  else if (message.kind === 'backup') steps.push(async (engine) => startBackup(engine, message));
  else if (message.kind === 'cancelBackup') backup?.cancel();
  else for (const call of message.calls) queue.push(call);
  wake();
});

await serve();

async function serve(): Promise<void> {
  const engine = await start();
  try {
    if (engine !== null) {
      await engine.warmUp();
      await work(engine);
      await engine.flush();
      await engine.close();
    }
  } catch (error) {
    const refusal = error instanceof EngineFailure ? error.refusal : storageUnavailable(error);
    tell({ kind: 'failed', code: refusal.code, sentence: refusal.message });
  }
  port?.close();
}

async function start(): Promise<Engine | null> {
  const startedMs = performance.now();
  try {
    const open = await openDatabase(setup, endAtOnce, durableFs, (database) =>
      backUpBeforeMigration(database, setup),
    );
    const { created, migrated } = open;
    tell({ kind: 'opened', created, migrated, openedInMs: performance.now() - startedMs });
    return await Engine.start(open, (name, sqlState, message) =>
      tell({ kind: 'unexpected', name, sqlState, message }),
    );
  } catch (error) {
    const refusal =
      error instanceof Refusal ? error : isDiskFull(error) ? storageFull() : storageUnavailable(error);
    if (refusal !== error)
      tell({
        kind: 'unexpected',
        name: 'open',
        sqlState: null,
        message: error instanceof Error ? error.message : String(error),
      });
    tell({
      kind: 'refusedToOpen',
      code: refusal.code,
      sentence: refusal.message,
      damaged: error instanceof DatabaseDamaged,
    });
    return null;
  }
}

function durableFs(directory: string, onAbort: () => void): DurableFs {
  return new DurableFs(directory, onAbort, () => ballast.release());
}

/** Called from within a call that would never return. */
function endAtOnce(diskFull: boolean): never {
  const refusal = diskFull ? storageFull() : storageUnavailable();
  tell({ kind: 'failed', code: refusal.code, sentence: refusal.message });
  process.exit(1);
}

async function work(engine: Engine): Promise<void> {
  let flushDueMs = Number.POSITIVE_INFINITY;
  let checkpointDueMs = performance.now() + CHECKPOINT_EVERY_MS;
  let vacuumDueMs = performance.now() + FIRST_VACUUM_AFTER_MS;
  let ballastDueMs = performance.now();
  for (;;) {
    // Lets messages in, so that what came in meanwhile and matters more goes first.
    await nextTurn();
    const urgent = queue.nextUrgent();
    if (urgent === null) await steps.shift()?.(engine);
    const call = urgent ?? queue.next();
    if (call !== null) {
      await answer(engine, call);
      if (!isRead(call.name)) flushDueMs = Math.min(flushDueMs, performance.now() + FLUSH_WITHIN_MS);
    }
    if (performance.now() >= flushDueMs) {
      await engine.flush();
      flushDueMs = Number.POSITIVE_INFINITY;
    }
    if (performance.now() >= ballastDueMs || (!ballast.held && !spaceIsLow)) {
      // A checkpoint gives back what the log no longer needs.
      if (keepBallast()) checkpointDueMs = performance.now();
      ballastDueMs = performance.now() + BALLAST_EVERY_MS;
    }
    if (performance.now() >= checkpointDueMs) {
      await maintain('checkpoint', () => engine.checkpoint());
      checkpointDueMs = performance.now() + CHECKPOINT_EVERY_MS;
    }
    if (call !== null) continue;
    if (performance.now() >= vacuumDueMs) {
      let more = false;
      await maintain('vacuum', async () => {
        more = await engine.vacuumNext();
        return !more;
      });
      vacuumDueMs = performance.now() + (more ? 0 : VACUUM_EVERY_MS);
    }
    if (closing) {
      if (backup === null) return;
      backup.cancel();
    }
    if (steps.length > 0) continue;
    await messageOr(Math.min(flushDueMs, checkpointDueMs, vacuumDueMs, ballastDueMs) - performance.now());
  }
}

function startBackup(engine: Engine, order: Extract<ToWorker, { kind: 'backup' }>): void {
  const { id, folder, reason, nowMs } = order;
  const refuse = (refusal: Refusal): void => answerWith(refusedBy(id, refusal));
  if (backup !== null) {
    refuse(new Refusal('CONFLICT', 'A backup is being made already.'));
    return;
  }
  const source = engine.backupSource();
  const { dataDirectory, preparedDirectory } = setup;
  const origin = originOf(dataDirectory);
  backup = runBackup(
    setup.backupWorkerPath,
    { dataDirectory, preparedDirectory, folder, reason, origin, postgresMajor: POSTGRES_MAJOR, nowMs },
    {
      begin: () => betweenQueries(source.begin),
      end: () => betweenQueries(source.end),
      release: () => betweenQueries(source.release),
    },
    (step, share) => tell({ kind: 'backupProgress', step, share }),
  );
  backup.finished
    .then(
      (manifest) => answerWith({ id, output: manifest }),
      (error: unknown) => refuse(error instanceof Refusal ? error : storageUnavailable(error)),
    )
    .finally(() => {
      backup = null;
      wake();
    });
}

/** An engine that fails in a step fails the thread, as in a query. */
function betweenQueries<Result>(step: () => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    steps.push(() =>
      step().then(resolve, (error: unknown) => {
        reject(error);
        if (error instanceof EngineFailure) throw error;
      }),
    );
    wake();
  });
}

/** Answers the call, and with it what waits right behind it and can share its transaction. */
async function answer(engine: Engine, first: WorkerCall): Promise<void> {
  const startedMs = performance.now();
  const calls = queue.withCompany(first);
  try {
    const isDurable = !isRead(first.name) && !RECORDINGS.has(first.name);
    const flushedLater = isDurable && queue.hasUrgent;
    const outcomes = isDurable
      ? await engine.runTogether(calls, { flushedLater })
      : [await outcomeOf(engine, first)];
    const answers = calls.map(({ id }, index) => answerOf(id, outcomes[index]));
    if (flushedLater) unacknowledged.push(...answers);
    else answerWith(...answers);
  } catch (error) {
    if (error instanceof EngineFailure) answerWith(...calls.map(({ id }) => refusedBy(id, error.refusal)));
    throw error;
  }
  const durationMs = performance.now() - startedMs;
  if (durationMs > SLOW_QUERY_MS)
    tell({ kind: 'slowQuery', name: first.name, durationMs: Math.round(durationMs) });
  if (!queue.hasUrgent || unacknowledged.length >= MOST_UNACKNOWLEDGED) await acknowledge(engine);
}

async function outcomeOf(engine: Engine, call: WorkerCall): Promise<Outcome> {
  try {
    // What is left of the space is for the missions.
    if (spaceIsLow && RECORDINGS.has(call.name)) throw storageFull();
    return { output: await runInPortions(engine, call) };
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error };
    throw error;
  }
}

function answerOf(id: number, outcome: Outcome | undefined): Answer {
  if (outcome === undefined) throw new Error('Every call has its outcome.');
  return 'refusal' in outcome ? refusedBy(id, outcome.refusal) : { id, output: outcome.output };
}

function refusedBy(id: number, { code, message }: Refusal): Answer {
  return { id, refused: { code, sentence: message } };
}

async function acknowledge(engine: Engine): Promise<void> {
  if (unacknowledged.length === 0) return;
  await engine.flush();
  answerWith(...unacknowledged.splice(0));
}

/** A large batch of telemetry goes in portions, and whatever matters more goes between them. */
async function runInPortions(engine: Engine, call: WorkerCall): Promise<unknown> {
  if (call.name !== 'appendTelemetry') return engine.run(call.name, call.input, call);
  const { rows } = call.input as { rows: TelemetryRow[] };
  let inserted = 0;
  for (let start = 0; start < rows.length; start += TELEMETRY_ROWS_AT_ONCE) {
    if (start > 0) await answerMoreUrgent(engine);
    const portion = { rows: rows.slice(start, start + TELEMETRY_ROWS_AT_ONCE) };
    inserted += ((await engine.run(call.name, portion, call)) as { inserted: number }).inserted;
  }
  return { inserted };
}

async function answerMoreUrgent(engine: Engine): Promise<void> {
  await nextTurn();
  for (let call = queue.nextUrgent(); call !== null; call = queue.nextUrgent()) await answer(engine, call);
}

async function maintain(task: string, run: () => Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  try {
    if ((await run()) === false) return;
  } catch (error) {
    // On a full disk it can wait: reads go on meanwhile.
    if (error instanceof Refusal && error.code === 'STORAGE_FULL') return;
    throw error;
  }
  tell({ kind: 'maintained', task, durationMs: Math.round(performance.now() - startedMs) });
}

/** Holds the reserve, or says that there is none. True: it has just been given up. */
function keepBallast(): boolean {
  const low = !ballast.take();
  if (low === spaceIsLow) return false;
  spaceIsLow = low;
  tell({ kind: 'space', low });
  return low;
}

function messageOr(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, delayMs));
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
