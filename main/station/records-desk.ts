import { Refusal } from '../../preload/contract/errors.ts';
import type { RecordsStatus } from '../../preload/contract/records.ts';
import type { Person } from '../../preload/contract/session.ts';
import type { BackupFiles } from './backup-files.ts';
import type { Alerts } from './ports/alerts.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import { createBackupSchedule } from './records/backup-schedule.ts';
import { createRetention } from './records/retention.ts';
import type { OpenStore } from './store/open-store.ts';

/** What a person may ask of the records as a whole. */
export interface RecordsDesk {
  status(): Promise<RecordsStatus>;
  /** Refuses with CONFLICT while a backup is made. */
  backUpNow(): void;
  cancelBackup(): void;
  chooseFolder(folder: string): Promise<string>;
  /** Resolves when the backup is ready to take the place of the records, which then happens at once. */
  restore(archive: string, person: Person): Promise<void>;
  close(): Promise<void>;
}

/** The page that asked is given this long to hear that it was done, before every page is disconnected. */
const ANSWER_FIRST_MS = 250;

export function createRecordsDesk(options: {
  opened: OpenStore;
  backups: BackupFiles;
  dataDirectory: string;
  /** Why nobody may restore now, in words; null: they may. */
  restoreBlocked: () => string | null;
  /** Closes the station, puts the prepared backup in place and starts the station anew. */
  onPrepared: (restore: { archive: string; person: Person }) => void;
  clock: Clock;
  alerts: Alerts;
  log: Log;
}): RecordsDesk {
  const { opened, backups, clock, alerts, log, restoreBlocked } = options;
  const retention = createRetention({
    read: opened.store.read,
    write: opened.store.write,
    removeReplaced: () => removeReplaced(backups, opened, clock.nowMs()),
    unsentFrom: (table) => opened.store.read.syncUnsentFrom({ table }),
    clock,
    alerts,
    log,
  });
  const schedule = createBackupSchedule({
    backups: {
      folder: backups.folder,
      choose: backups.choose,
      list: backups.list,
      origin: backups.origin,
      make: opened.backUp,
      cancel: opened.cancelBackup,
    },
    clock,
    alerts,
    log,
  });
  let preparing = false;

  function assertMayRestore(): void {
    const blocked = restoreBlocked();
    if (blocked !== null) throw new Refusal('CONFLICT', blocked);
  }

  return {
    async status() {
      const [database, backupStatus, retentionStatus] = await Promise.all([
        opened.status(),
        schedule.status(),
        retention.status(),
      ]);
      const { sizeBytes, slowQueries, lastCheckpointAtMs, notice } = database;
      return {
        dataDirectory: options.dataDirectory,
        ...{ sizeBytes, slowQueries, lastCheckpointAtMs, notice },
        backups: backupStatus,
        retention: retentionStatus,
        restoreBlocked: restoreBlocked(),
      };
    },
    backUpNow: schedule.backUpNow,
    cancelBackup: schedule.cancel,
    chooseFolder: schedule.choose,
    async restore(archive, person) {
      assertMayRestore();
      if (preparing) throw new Refusal('CONFLICT', 'A backup is being restored already.');
      preparing = true;
      try {
        await backups.prepare(archive);
        assertMayRestore();
      } finally {
        preparing = false;
      }
      clock.after(ANSWER_FIRST_MS, () => {
        const blocked = restoreBlocked();
        if (blocked === null) options.onPrepared({ archive, person });
        else
          alerts.raise({
            cause: 'restore-blocked',
            level: 'CAUTION',
            subject: 'Station',
            sentence: `The backup was not restored. ${blocked}`,
          });
      });
    },
    async close() {
      await Promise.all([schedule.close(), retention.close()]);
    },
  };
}

async function removeReplaced(backups: BackupFiles, opened: OpenStore, atMs: number): Promise<void> {
  for (const subject of await backups.removeReplaced())
    await opened.store.write.appendAudit({
      ...{ atMs, dispatcherId: null, subject, detail: {} },
      action: 'REPLACED_RECORDS_REMOVED',
    });
}
