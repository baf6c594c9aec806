import { useState } from 'react';
import type { BackupManifest } from '../../../preload/contract/records.ts';
import type { Failure } from '../../client/failure.ts';
import { FormDialog } from '../frame/form-dialog.tsx';
import { localDateAndTime } from './account-words.ts';

interface RestoreDialogProps {
  backup: BackupManifest;
  busy: boolean;
  failure: Failure | null;
  onConfirm(): void;
  onClose(): void;
}

/** Asks twice: what would be lost, and whether that is really meant. */
export function RestoreDialog({ backup, busy, failure, onConfirm, onClose }: RestoreDialogProps) {
  const [sure, setSure] = useState(false);
  const made = localDateAndTime(backup.madeAtMs);
  return (
    <FormDialog
      title={sure ? 'Really replace the records?' : `Restore the backup of ${made}?`}
      open
      onClose={onClose}
      confirm={sure ? `Replace the records by those of ${made}` : 'Go on'}
      onConfirm={() => (sure ? onConfirm() : setSure(true))}
      confirmDisabled={busy}
      busy={busy}
      failure={failure}
    >
      <p>
        {sure
          ? 'The station closes its records and starts anew. Every page is disconnected for a few seconds, and everybody may have to sign in again.'
          : `Everything recorded after ${made} will no longer be shown: missions, calls, zones, accounts. Backups hold no transcripts. The replaced records are kept on the disk beside the restored ones for 30 days, or until the next restore.`}
      </p>
    </FormDialog>
  );
}
