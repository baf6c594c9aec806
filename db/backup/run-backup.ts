import { Worker } from 'node:worker_threads';
import { Refusal } from '../../preload/contract/errors.ts';
import type { BackupManifest } from '../../preload/contract/records.ts';
import { removeUnfinished } from './backup-folder.ts';
import type { BackupTask, FromBackupThread, ToBackupThread } from './backup-protocol.ts';
import type { BackupOrder, BackupProgress } from './make-backup.ts';
import type { RestoreOrder } from './restore-backup.ts';
import type { BackupSpan } from './write-archive.ts';

/** The database's side of a backup. */
export interface BackupSource extends BackupSpan {
  /** The log may be recycled again, whether the backup came to its end or not. Called once, last. */
  release(): Promise<void>;
}

export interface RunningBackup {
  finished: Promise<BackupManifest>;
  cancel(): void;
}

/** A copy that takes longer hangs: the log must not grow for ever on its behalf. */
const LONGEST_BACKUP_MS = 2 * 3_600_000;

/** Makes a backup in a thread of its own, which asks this one for the two ends of it. */
export function runBackup(
  workerUrl: URL | string,
  order: BackupOrder,
  source: BackupSource,
  onProgress: BackupProgress,
): RunningBackup {
  const worker = startThread(workerUrl, { kind: 'backup', order });
  let giveUp: Refusal | null = null;
  const cancel = (reason: Refusal): void => {
    giveUp ??= reason;
    void worker.terminate();
  };
  const limit = setTimeout(
    () => cancel(new Refusal('STORAGE_UNAVAILABLE', 'The backup took too long and was given up.')),
    LONGEST_BACKUP_MS,
  );
  const answer = (message: ToBackupThread): void => worker.postMessage(message);
  const copied = new Promise<BackupManifest>((resolve, reject) => {
    worker.on('message', (message: FromBackupThread) => {
      if (message.kind === 'begin')
        source.begin().then((begun) => answer({ kind: 'begun', ...begun }), reject);
      else if (message.kind === 'end')
        source.end().then((ended) => answer({ kind: 'ended', ...ended }), reject);
      else if (message.kind === 'progress') onProgress(message.step, message.share);
      else if (message.kind === 'done') resolve(message.manifest);
      else if (message.kind === 'failed') reject(new Refusal(message.code, message.sentence));
    });
    rejectWhenDead(worker, (reason) => reject(giveUp ?? reason));
  });
  return {
    finished: copied.finally(async () => {
      clearTimeout(limit);
      await worker.terminate();
      removeUnfinished(order);
      await source.release();
    }),
    cancel: () => cancel(new Refusal('CONFLICT', 'The backup was cancelled. The ones before it are kept.')),
  };
}

/** Prepares a backup to be restored in a thread of its own: what opening it takes of memory is given back. */
export function runPrepareRestore(workerUrl: URL | string, order: RestoreOrder): Promise<BackupManifest> {
  const worker = startThread(workerUrl, { kind: 'prepareRestore', order });
  return new Promise((resolve, reject) => {
    worker.on('message', (message: FromBackupThread) => {
      if (message.kind === 'done') resolve(message.manifest);
      else if (message.kind === 'failed') reject(new Refusal(message.code, message.sentence));
    });
    rejectWhenDead(worker, reject);
  });
}

function startThread(workerUrl: URL | string, task: BackupTask): Worker {
  return new Worker(workerUrl, { workerData: task });
}

function rejectWhenDead(worker: Worker, reject: (reason: Refusal) => void): void {
  const dead = (cause?: unknown): void =>
    reject(
      new Refusal('STORAGE_UNAVAILABLE', 'The copy was interrupted. Nothing was changed. Try again.', {
        cause,
      }),
    );
  worker.on('error', dead);
  worker.on('exit', () => dead());
}
