import { Refusal } from '../../../preload/contract/errors.ts';
import type {
  BackupManifest,
  BackupReason,
  BackupStep,
  RecordsStatus,
} from '../../../preload/contract/records.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

const DAY_MS = 24 * 3_600_000;
/** Also how soon one that failed is tried again. */
const LOOK_EVERY_MS = 15 * 60_000;
/** The folder is read at most this often: it may lie on a slow disk elsewhere. */
const LIST_VALID_MS = 5_000;
/** The start of a station is busy enough. */
const FIRST_LOOK_MS = 5 * 60_000;

/** Where backups lie and who makes them: the database's side, handed in. */
export interface BackupPort {
  folder(): string;
  /** Refuses (INVALID_INPUT) a folder that cannot be written to. */
  choose(folder: string): Promise<void>;
  /** Finished backups, newest first. Rejects when the folder cannot be read. */
  list(): Promise<BackupManifest[]>;
  /** Tells the backups of these records from those of others in the same folder. */
  origin: string;
  make(
    order: { folder: string; reason: BackupReason },
    onProgress: (step: BackupStep, share: number) => void,
  ): Promise<BackupManifest>;
  cancel(): void;
}

export interface BackupSchedule {
  status(): Promise<RecordsStatus['backups']>;
  /** Starts one. Refuses with CONFLICT while one is made. */
  backUpNow(): void;
  cancel(): void;
  choose(folder: string): Promise<string>;
  close(): Promise<void>;
}

/** Makes a backup a day, by the newest one that is there: a machine that slept catches up when it wakes. */
export function createBackupSchedule(options: {
  backups: BackupPort;
  clock: Clock;
  alerts: Alerts;
  log: Log;
}): BackupSchedule {
  const { backups, clock, alerts, log } = options;
  let running: RecordsStatus['backups']['running'] = null;
  let ended: Promise<void> = Promise.resolve();
  let lastFailure: RecordsStatus['backups']['lastFailure'] = null;

  let listing: { atMs: number; found: ReturnType<typeof readList> } | null = null;

  function listed(): ReturnType<typeof readList> {
    const nowMs = clock.monotonicMs();
    if (listing === null || nowMs - listing.atMs > LIST_VALID_MS)
      listing = { atMs: nowMs, found: readList() };
    return listing.found;
  }

  async function readList(): Promise<{ list: BackupManifest[]; notice: string | null }> {
    try {
      return { list: await backups.list(), notice: null };
    } catch (error) {
      log.warn('backup-folder-unreadable', { error: error instanceof Error ? error.name : 'unknown' });
      return {
        list: [],
        notice: `The folder ${backups.folder()} cannot be read. Connect its disk, or choose another folder.`,
      };
    }
  }

  function nextAtMs(list: readonly BackupManifest[]): number {
    const newest = list.find(
      ({ origin, madeAtMs }) => origin === backups.origin && madeAtMs <= clock.nowMs(),
    );
    return newest === undefined ? clock.nowMs() : newest.madeAtMs + DAY_MS;
  }

  function start(reason: BackupReason): void {
    const startedAtMs = clock.nowMs();
    running = { step: 'COPYING', share: 0, startedAtMs };
    ended = backups
      .make({ folder: backups.folder(), reason }, (step, share) => {
        running = { step, share, startedAtMs };
      })
      .then(({ archiveBytes }) => {
        lastFailure = null;
        alerts.clear('backup-failed');
        log.info('backup-made', { reason, archiveBytes, durationMs: clock.nowMs() - startedAtMs });
      })
      .catch((error: unknown) => failed(error, reason))
      .finally(() => {
        running = null;
        listing = null;
      });
  }

  function failed(error: unknown, reason: BackupReason): void {
    const sentence = error instanceof Refusal ? error.message : 'The backup failed for an unknown reason.';
    lastFailure = { atMs: clock.nowMs(), sentence };
    log.warn('backup-failed', { reason, code: error instanceof Refusal ? error.code : 'unknown' });
    // Whoever asked for one sees it on the page; nobody watches the daily one.
    if (reason === 'DAILY')
      alerts.raise({ cause: 'backup-failed', level: 'CAUTION', subject: 'Station', sentence });
  }

  async function look(): Promise<void> {
    const { list, notice } = await listed();
    if (notice !== null)
      alerts.raise({ cause: 'backup-failed', level: 'CAUTION', subject: 'Station', sentence: notice });
    else if (running === null && nextAtMs(list) <= clock.nowMs()) start('DAILY');
  }

  const stopFirst = clock.after(FIRST_LOOK_MS, () => void look());
  const stop = clock.every(LOOK_EVERY_MS, () => void look());

  return {
    async status() {
      const { list, notice } = await listed();
      return {
        folder: backups.folder(),
        list,
        notice,
        running,
        lastFailure,
        nextAtMs: nextAtMs(list),
      };
    },
    backUpNow() {
      if (running !== null) throw new Refusal('CONFLICT', 'A backup is being made already.');
      start('ON_DEMAND');
    },
    cancel: () => backups.cancel(),
    async choose(folder) {
      await backups.choose(folder);
      listing = null;
      return backups.folder();
    },
    async close() {
      stopFirst();
      stop();
      backups.cancel();
      await ended;
    },
  };
}
