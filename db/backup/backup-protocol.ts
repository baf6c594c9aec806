import type { ErrorCode } from '../../preload/contract/errors.ts';
import type { BackupManifest, BackupStep } from '../../preload/contract/records.ts';
import type { BackupOrder } from './make-backup.ts';
import type { RestoreOrder } from './restore-backup.ts';

/** What the thread for copies is started with: it compresses, unpacks and opens copies, away from the database. */
export type BackupTask =
  | { kind: 'backup'; order: BackupOrder }
  | { kind: 'prepareRestore'; order: RestoreOrder };

/** To the thread: answers to `begin` and `end`. */
export type ToBackupThread =
  | { kind: 'begun'; firstWalFile: string }
  | { kind: 'ended'; label: string; lastWalFile: string };

/** From the thread. `done` or `failed` comes last, unless the thread dies. */
export type FromBackupThread =
  | { kind: 'begin' }
  | { kind: 'end' }
  | { kind: 'progress'; step: BackupStep; share: number }
  | { kind: 'done'; manifest: BackupManifest }
  | { kind: 'failed'; code: ErrorCode; sentence: string };
