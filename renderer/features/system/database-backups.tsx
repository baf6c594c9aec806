import { Button } from 'react-aria-components';
import type { BackupManifest } from '../../../preload/contract/records.ts';
import { localDateAndTime } from './account-words.ts';
import { megabytes, REASON_WORDS } from './database-words.ts';
import { useRestore } from './restore-dialog.tsx';

/** Every finished backup, with the way back to it. */
export function BackupTable({
  backups,
  blocked,
}: {
  backups: readonly BackupManifest[];
  blocked: string | null;
}) {
  const restore = useRestore((client, archive) => client.records.restore({ archive }));
  if (backups.length === 0) return null;
  return (
    <section className="system-section" aria-label="List of backups">
      {blocked !== null && <p className="muted">{blocked}</p>}
      <table className="table" aria-label="Backups">
        <thead>
          <tr>
            <th scope="col">Made</th>
            <th scope="col">Why</th>
            <th scope="col">Missions</th>
            <th scope="col">Size</th>
            <th scope="col">Version</th>
            <th scope="col">From</th>
            <th scope="col">
              <span className="visually-hidden">Restore</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {backups.map((backup) => (
            <tr key={backup.archive}>
              <td className="nowrap">{localDateAndTime(backup.madeAtMs)}</td>
              <td>{REASON_WORDS[backup.reason]}</td>
              <td>{backup.rows.missions ?? 0}</td>
              <td className="nowrap">{megabytes(backup.archiveBytes)}</td>
              <td>{backup.schemaVersion}</td>
              <td className="muted">{backup.origin}</td>
              <td>
                <Button
                  className="button"
                  isDisabled={blocked !== null}
                  aria-label={`Restore… ${localDateAndTime(backup.madeAtMs)}`}
                  onPress={() => restore.ask(backup)}
                >
                  Restore…
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {restore.question}
    </section>
  );
}
