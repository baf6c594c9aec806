import { useQuery } from '@tanstack/react-query';
import { Button } from 'react-aria-components';
import type { SyncRefusal } from '../../../preload/contract/sync.ts';
import { failureOf } from '../../client/failure.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { localDateAndTime } from './account-words.ts';

/** Changes that the centre did not take, why, and what a person can do. */
export function SyncRefusals({ count }: { count: number }) {
  const station = useStation();
  const { client } = station.connection;
  const ready = useSelected(station.session.state, (session) => session.readyEpoch !== null);
  const refused = useQuery({
    queryKey: ['syncRefused', count],
    queryFn: () => client.sync.refused(),
    enabled: ready && count > 0,
    gcTime: 0,
    placeholderData: (previous) => previous,
  });
  const again = { onDone: () => void refused.refetch() };
  const retry = useAction((refusedId: string) => client.sync.retry({ refusedId }), again.onDone);
  const dismiss = useAction((refusedId: string) => client.sync.dismiss({ refusedId }), again.onDone);
  if (count === 0) return null;
  return (
    <section className="system-section" aria-label="Refused by the centre">
      <h3>Refused by the centre</h3>
      <p className="muted">These changes stay in force at this station. Everything else goes on.</p>
      <FailureNote
        failure={
          retry.failure ?? dismiss.failure ?? (refused.error === null ? null : failureOf(refused.error))
        }
      />
      <RefusalTable
        refusals={refused.data ?? []}
        busy={retry.busy || dismiss.busy}
        onRetry={retry.run}
        onDismiss={dismiss.run}
      />
    </section>
  );
}

interface RefusalTableProps {
  refusals: readonly SyncRefusal[];
  busy: boolean;
  onRetry(refusedId: string): void;
  onDismiss(refusedId: string): void;
}

function RefusalTable({ refusals, busy, onRetry, onDismiss }: RefusalTableProps) {
  return (
    <table className="table" aria-label="Refused changes">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">What</th>
          <th scope="col">Why, and what to do</th>
          <th scope="col">
            <span className="visually-hidden">Decision</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {refusals.map(({ refusedId, about, reason, whatToDo, atMs }) => (
          <tr key={refusedId}>
            <td className="nowrap">{localDateAndTime(atMs)}</td>
            <td>
              {about.map((record) => (
                <div key={record} className="nowrap">
                  {record}
                </div>
              ))}
            </td>
            <td>
              {reason} <span className="muted">{whatToDo}</span>
            </td>
            <td className="table-action">
              <div className="buttons">
                <Button
                  className="button"
                  isDisabled={busy}
                  aria-label={`Try again: ${about.join(', ')}`}
                  onPress={() => onRetry(refusedId)}
                >
                  Try again
                </Button>
                <Button
                  className="button"
                  isDisabled={busy}
                  aria-label={`Leave it at that: ${about.join(', ')}`}
                  onPress={() => onDismiss(refusedId)}
                >
                  Leave it at that
                </Button>
              </div>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
