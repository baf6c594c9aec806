import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { call } from './errors.ts';
import { requiredText } from './geo.ts';

export const backupReason = z.enum(['DAILY', 'MIGRATION', 'ON_DEMAND']);
export type BackupReason = z.infer<typeof backupReason>;

/** What stands beside every backup. It is written last: a backup without it was never finished. */
export const backupManifest = z.object({
  /** The archive's file name, which is also how the backup is named in calls. */
  archive: z.string().regex(/^skyrescue-\d{8}T\d{6}Z\.tar\.gz$/),
  madeAtMs: z.number(),
  reason: backupReason,
  /** Host and directory of the records that it was made of. */
  origin: z.string(),
  postgresMajor: z.string(),
  /** The newest migration in it. */
  schemaVersion: z.string(),
  /** Counted in the copy when it was opened to verify it. */
  rows: z.record(z.string(), z.number().int()),
  databaseBytes: z.number(),
  archiveBytes: z.number(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  verifiedAtMs: z.number(),
});
export type BackupManifest = z.infer<typeof backupManifest>;

export const backupStep = z.enum(['COPYING', 'VERIFYING']);
export type BackupStep = z.infer<typeof backupStep>;

export const retentionRun = z.object({
  atMs: z.number(),
  table: z.enum(['voice_transcripts', 'telemetry']),
  /** Everything before this instant was to be removed. */
  beforeMs: z.number(),
  removed: z.number().int(),
  /** Of these, how many went before they had been sent to the central server, because the law sets the limit. */
  removedUnsent: z.number().int(),
  /** Rows from this instant on were kept although they are old: they still wait to be sent. Null: none wait. */
  waitingSinceMs: z.number().nullable(),
});
export type RetentionRun = z.infer<typeof retentionRun>;

export const recordsStatus = z.object({
  dataDirectory: z.string(),
  sizeBytes: z.number(),
  slowQueries: z.number(),
  lastCheckpointAtMs: z.number().nullable(),
  /** That it stopped since the station started, and what became of it, in words; null: it did not. */
  notice: z.string().nullable(),
  backups: z.object({
    folder: z.string(),
    /** Newest first; all of them were opened and counted. */
    list: z.array(backupManifest),
    /** Why the folder could not be read, in words. */
    notice: z.string().nullable(),
    running: z
      .object({ step: backupStep, share: z.number().min(0).max(1), startedAtMs: z.number() })
      .nullable(),
    lastFailure: z.object({ atMs: z.number(), sentence: z.string() }).nullable(),
    nextAtMs: z.number(),
  }),
  retention: z.object({ runs: z.array(retentionRun), running: z.boolean(), nextAtMs: z.number() }),
  /** Why no backup can be restored at this moment, in words; null: it can. */
  restoreBlocked: z.string().nullable(),
});
export type RecordsStatus = z.infer<typeof recordsStatus>;

/** What a station says whose database cannot be opened. */
export const recovery = z.object({
  /** What is wrong. */
  sentence: z.string(),
  folder: z.string(),
  /** Newest first. */
  backups: z.array(backupManifest),
  /** Restores the newest backup from a shell. */
  command: z.string(),
  restoring: z.boolean(),
});
export type Recovery = z.infer<typeof recovery>;

const chosenBackup = z.object({ archive: requiredText('The backup', 100) });

export const records = {
  /** Feed, latest: once a second. */
  watch: call.output(eventIterator(recordsStatus)),
  /** Starts one; its progress comes with the feed. Refuses with CONFLICT while one is made. */
  backUpNow: call.output(z.object({})),
  cancelBackup: call.output(z.object({})),
  setBackupFolder: call
    .input(z.object({ folder: requiredText('The folder', 1_000) }))
    .output(z.object({ folder: z.string() })),
  /**
   * Replaces the records by a backup and starts the station anew: every page is disconnected. The replaced records
   * stay beside the new ones. Refuses with CONFLICT while anything flies.
   */
  restore: call.input(chosenBackup).output(z.object({})),
  /** Null on a station that has its records. Needs no sign-in: where there are no records nobody can sign in. */
  recovery: call.output(recovery.nullable()),
  /** As `restore`, on a station whose records cannot be opened. Needs no sign-in, and refuses on any other station. */
  restoreDamaged: call.input(chosenBackup).output(z.object({})),
};
