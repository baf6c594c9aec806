import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { Recovery } from '../../../preload/contract/records.ts';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { localDateAndTime } from '../system/account-words.ts';
import { REASON_WORDS } from '../system/database-words.ts';
import { useRestore } from '../system/restore-dialog.tsx';
import './recovery-page.css';

/** Shows the way back to the records when the station cannot open them, and its children when it can. */
export function RecoveryGate({ children }: { children: ReactNode }) {
  const { connection } = useStation();
  const { epoch, phase } = useSelected(connection.state, (state) => state);
  const found = useQuery({
    queryKey: ['recovery', epoch],
    queryFn: () => connection.client.records.recovery(),
    enabled: phase === 'OPEN',
    gcTime: 0,
  });
  const recovery = found.data ?? null;
  return recovery === null ? children : <RecoveryPage recovery={recovery} />;
}

function RecoveryPage({ recovery }: { recovery: Recovery }) {
  const restore = useRestore((client, archive) => client.records.restoreDamaged({ archive }));
  return (
    <main className="recovery" aria-label="The records cannot be opened">
      <h1>The records cannot be opened</h1>
      <p role="alert">{recovery.sentence}</p>
      <p>No drone can be flown from here until then. Fly from another station.</p>
      <h2>Backups in {recovery.folder}</h2>
      {recovery.backups.length === 0 && (
        <p>There is none. Copy one into this folder, both files of it, and load this page again.</p>
      )}
      <ul>
        {recovery.backups.map((backup) => (
          <li key={backup.archive}>
            <span>
              {localDateAndTime(backup.madeAtMs)} · {REASON_WORDS[backup.reason]} ·{' '}
              {backup.rows.missions ?? 0} missions
            </span>
            <Button className="button" onPress={() => restore.ask(backup)}>
              Restore…
            </Button>
          </li>
        ))}
      </ul>
      <p className="muted">
        Or stop the station and run: <code>{recovery.command}</code>
      </p>
      {restore.question}
    </main>
  );
}
