import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { Refusal } from '../../preload/contract/errors.ts';
import { isDiskFull } from '../durable-fs.ts';
import type { BackupTask, FromBackupThread, ToBackupThread } from './backup-protocol.ts';
import { makeBackup } from './make-backup.ts';
import { prepareRestore } from './restore-backup.ts';
import type { BackupSpan } from './write-archive.ts';

/** The thread that makes one backup, or prepares one to be restored, and ends: what it took of memory goes with it. */

const PROGRESS_EVERY_MS = 200;
/** As `nice` counts it: a mission's write goes first. */
const LOW_PRIORITY = 10;

const port = parentPort;
if (port === null) throw new Error('The backup worker is started as a worker thread.');
const tell = (message: FromBackupThread): void => port.postMessage(message);
const task = workerData as BackupTask;
// Linux gives each thread a priority of its own; elsewhere it is the whole process's, and stays.
if (process.platform === 'linux') setPriority(LOW_PRIORITY);

try {
  const manifest =
    task.kind === 'backup'
      ? await makeBackup(task.order, span(), paced(), endAtOnce)
      : await prepareRestore(task.order, () => undefined, endAtOnce);
  tell({ kind: 'done', manifest });
} catch (error) {
  tell(failure(error));
}
port.close();

function span(): BackupSpan {
  return {
    async begin() {
      const answer = await ask('begin');
      if (answer.kind !== 'begun') throw new Error('The backup did not begin.');
      return answer;
    },
    async end() {
      const answer = await ask('end');
      if (answer.kind !== 'ended') throw new Error('The backup did not end.');
      return answer;
    },
  };
}

function ask(kind: 'begin' | 'end'): Promise<ToBackupThread> {
  return new Promise((resolve) => {
    port?.once('message', resolve);
    tell({ kind });
  });
}

function paced(): (step: Extract<FromBackupThread, { kind: 'progress' }>['step'], share: number) => void {
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return (step, share) => {
    const nowMs = performance.now();
    if (share > 0 && nowMs - toldAtMs < PROGRESS_EVERY_MS) return;
    toldAtMs = nowMs;
    tell({ kind: 'progress', step, share });
  };
}

function failure(error: unknown): FromBackupThread {
  if (error instanceof Refusal) return { kind: 'failed', code: error.code, sentence: error.message };
  if (isDiskFull(error))
    return {
      kind: 'failed',
      code: 'STORAGE_FULL',
      sentence: 'The disk is full. No backup was made. Free some space or choose another folder.',
    };
  const reason = error instanceof Error ? error.message : String(error);
  return { kind: 'failed', code: 'STORAGE_UNAVAILABLE', sentence: `No backup was made: ${reason}` };
}

/** The engine has given the copy up, from within a call that would never return. */
function endAtOnce(): never {
  tell({
    kind: 'failed',
    code: 'STORAGE_UNAVAILABLE',
    sentence: 'The copy could not be opened, so it does not count as a backup. Take another one.',
  });
  process.exit(1);
}
