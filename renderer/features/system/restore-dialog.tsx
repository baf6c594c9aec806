import { type ReactNode, useState } from 'react';
import type { BackupManifest } from '../../../preload/contract/records.ts';
import type { StationClient } from '../../client/connection.ts';
import type { Failure } from '../../client/failure.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FormDialog } from '../frame/form-dialog.tsx';
import { localDateAndTime } from './account-words.ts';

/** The way back to a backup: `ask` opens the question, `question` is to be rendered. */
export function useRestore(request: (client: StationClient, archive: string) => Promise<unknown>): {
  ask(backup: BackupManifest): void;
  question: ReactNode;
} {
  const { client } = useStation().connection;
  const [asked, setAsked] = useState<BackupManifest | null>(null);
  const restore = useAction(
    (archive: string) => request(client, archive),
    () => setAsked(null),
  );
  const close = (): void => {
    restore.forget();
    setAsked(null);
  };
  return {
    ask: setAsked,
    question: asked !== null && (
      <RestoreDialog
        backup={asked}
        busy={restore.busy}
        failure={restore.failure}
        onConfirm={() => restore.run(asked.archive)}
        onClose={close}
      />
    ),
  };
}

interface RestoreDialogProps {
  backup: BackupManifest;
  busy: boolean;
  failure: Failure | null;
  onConfirm(): void;
  onClose(): void;
}

/** Asks twice: what would be lost, and whether that is really meant. */
function RestoreDialog({ backup, busy, failure, onConfirm, onClose }: RestoreDialogProps) {
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
