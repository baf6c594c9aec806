import { Refusal } from '../../preload/contract/errors.ts';
import type { Recovery } from '../../preload/contract/records.ts';
import type { BackupFiles } from './backup-files.ts';

/** What is left of a station whose database cannot be opened: it says why, and restores. */
export interface RecoveryDesk {
  sentence: string;
  status(): Promise<Recovery>;
  /** Resolves when the station has been started anew with the backup. */
  restore(archive: string): Promise<void>;
}

export function createRecoveryDesk(
  sentence: string,
  backups: BackupFiles,
  onPrepared: () => void,
): RecoveryDesk {
  let restoring = false;
  return {
    sentence,
    async status() {
      const folder = backups.folder();
      const list = await backups.list().catch(() => []);
      return {
        sentence,
        folder,
        backups: list,
        command: backups.command(list[0]?.archive ?? 'BACKUP'),
        restoring,
      };
    },
    async restore(archive) {
      if (restoring) throw new Refusal('CONFLICT', 'A backup is being restored already.');
      restoring = true;
      try {
        await backups.prepare(archive);
        onPrepared();
      } finally {
        restoring = false;
      }
    },
  };
}
