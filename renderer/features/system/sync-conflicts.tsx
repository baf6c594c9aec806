import { useQuery } from '@tanstack/react-query';
import { Button } from 'react-aria-components';
import type { SyncConflict } from '../../../preload/contract/sync.ts';
import { failureOf } from '../../client/failure.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { localDateAndTime } from './account-words.ts';

/** Records that two stations changed without knowing of each other: both versions side by side, until a person decides. */
export function SyncConflicts({ count }: { count: number }) {
  const station = useStation();
  const { client } = station.connection;
  const ready = useSelected(station.session.state, (session) => session.readyEpoch !== null);
  const conflicts = useQuery({
    queryKey: ['syncConflicts', count],
    queryFn: () => client.sync.conflicts(),
    enabled: ready && count > 0,
    gcTime: 0,
    placeholderData: (previous) => previous,
  });
  const decide = useAction(
    (decision: { conflictId: string; decision: 'KEEP' | 'TAKE_OTHER' }) => client.sync.decide(decision),
    () => void conflicts.refetch(),
  );
  if (count === 0) return null;
  return (
    <section className="system-section" aria-label="Conflicts to decide">
      <h3>Conflicts to decide</h3>
      <p className="muted">
        Two stations changed the same record without knowing of each other. One version is in force already:
        nothing is lost, and nothing waits for the decision.
      </p>
      <FailureNote
        failure={decide.failure ?? (conflicts.error === null ? null : failureOf(conflicts.error))}
      />
      {(conflicts.data ?? []).map((conflict) => (
        <Conflict
          key={conflict.conflictId}
          conflict={conflict}
          busy={decide.busy}
          onDecide={(decision) => decide.run({ conflictId: conflict.conflictId, decision })}
        />
      ))}
    </section>
  );
}

interface ConflictProps {
  conflict: SyncConflict;
  busy: boolean;
  onDecide(decision: 'KEEP' | 'TAKE_OTHER'): void;
}

function Conflict({ conflict, busy, onDecide }: ConflictProps) {
  const { about, fields, inForceBy, inForceAtMs } = conflict;
  return (
    <article className="sync-conflict" aria-label={about}>
      <h4>{about}</h4>
      <table className="table" aria-label={`Both versions of ${about}`}>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">
              In force
              <span className="sync-by">{writtenBy(inForceBy, inForceAtMs)}</span>
            </th>
            <th scope="col">
              Other version
              <span className="sync-by">{writtenBy(conflict.otherBy, conflict.otherAtMs)}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field.name}>
              <th scope="row">{field.name}</th>
              <td>{field.inForce ?? <span className="muted">nothing</span>}</td>
              <td>{field.other ?? <span className="muted">nothing</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="buttons">
        <Button
          className="button"
          isDisabled={busy}
          aria-label={`Keep what is in force: ${about}`}
          onPress={() => onDecide('KEEP')}
        >
          Keep what is in force
        </Button>
        <Button
          className="button"
          isDisabled={busy}
          aria-label={`Take the other version: ${about}`}
          onPress={() => onDecide('TAKE_OTHER')}
        >
          Take the other version
        </Button>
      </div>
    </article>
  );
}

function writtenBy(stationId: string | null, atMs: number | null): string {
  const who = stationId ?? 'the centre';
  return atMs === null ? who : `${who}, ${localDateAndTime(atMs)}`;
}
