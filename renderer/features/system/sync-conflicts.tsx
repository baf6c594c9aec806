import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
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
        Two stations did something about the same record without knowing of each other. Nothing is lost, and
        nothing waits for the decision.
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

interface Words {
  title: string;
  explanation: string | null;
  inForce: string;
  other: string;
  keep: string;
  takeOther: string;
}

function wordsFor({ kind, about, inForceBy, otherBy }: SyncConflict): Words {
  if (kind === 'VALUES')
    return {
      title: about,
      explanation: null,
      inForce: 'In force',
      other: 'Other version',
      keep: 'Keep what is in force',
      takeOther: 'Take the other version',
    };
  const [first, second] = [stationInWords(inForceBy), stationInWords(otherBy)];
  return {
    title: `${about} was flown by two stations at once`,
    explanation: `Both missions stay on record. Call the other station and agree who has the drone. A flight that still goes on is ended at the station that flies it. Every station is shown what you decide.`,
    inForce: 'Launched first',
    other: 'Launched second',
    keep: `Station ${first} has the drone`,
    takeOther: `Station ${second} has the drone`,
  };
}

function Conflict({ conflict, busy, onDecide }: ConflictProps) {
  const { fields } = conflict;
  const words = wordsFor(conflict);
  const { title } = words;
  return (
    <article className="sync-conflict" aria-label={title}>
      <h4>{title}</h4>
      {words.explanation !== null && <p>{words.explanation}</p>}
      <table className="table" aria-label={`Both versions of ${title}`}>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Field</span>
            </th>
            <th scope="col">
              {words.inForce}
              <span className="sync-by">
                {writtenBy(conflict.inForcePerson, conflict.inForceBy, conflict.inForceAtMs)}
              </span>
            </th>
            <th scope="col">
              {words.other}
              <span className="sync-by">
                {writtenBy(conflict.otherPerson, conflict.otherBy, conflict.otherAtMs)}
              </span>
            </th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field.name}>
              <th scope="row">{field.name}</th>
              <td>{shown(field.inForce)}</td>
              <td>{shown(field.other)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="buttons">
        <Button
          className="button"
          isDisabled={busy}
          aria-label={`${words.keep}: ${title}`}
          onPress={() => onDecide('KEEP')}
        >
          {words.keep}
        </Button>
        <Button
          className="button"
          isDisabled={busy}
          aria-label={`${words.takeOther}: ${title}`}
          onPress={() => onDecide('TAKE_OTHER')}
        >
          {words.takeOther}
        </Button>
      </div>
    </article>
  );
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function shown(value: string | null): ReactNode {
  if (value === null) return <span className="muted">nothing</span>;
  return INSTANT.test(value) ? localDateAndTime(Date.parse(value)) : value;
}

/** "Ann Smith at south, 22 Nov 10:02"; without a person it was the station itself. */
function writtenBy(person: string | null, stationId: string | null, atMs: number | null): string {
  const station = stationInWords(stationId);
  const who = person === null ? station : `${person} at ${station}`;
  return atMs === null ? who : `${who}, ${localDateAndTime(atMs)}`;
}

/** The centre signs its own changes with this name (db/central). */
function stationInWords(stationId: string | null): string {
  return stationId === null || stationId === 'central' ? 'the centre' : stationId;
}
