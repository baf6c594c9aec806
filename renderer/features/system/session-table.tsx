import { Button } from 'react-aria-components';
import type { SessionInfo } from '../../../preload/contract/session.ts';
import { localDateAndTime } from './account-words.ts';

interface SessionTableProps {
  sessions: readonly SessionInfo[];
  busy: boolean;
  onEnd(sessionId: string): void;
}

export function SessionTable({ sessions, busy, onEnd }: SessionTableProps) {
  if (sessions.length === 0) return <p className="muted">Not signed in anywhere.</p>;
  return (
    <table className="table" aria-label="Sessions">
      <thead>
        <tr>
          <th scope="col">Signed in</th>
          <th scope="col">Ends by itself</th>
          <th scope="col">
            <span className="visually-hidden">Action</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {sessions.map((session) => (
          <tr key={session.sessionId}>
            <td>{localDateAndTime(session.startedAtMs)}</td>
            <td>{localDateAndTime(session.endsAtMs)}</td>
            <td className="table-action">
              {session.current ? (
                <span className="chip">this one</span>
              ) : (
                <Button
                  className="button small"
                  isDisabled={busy}
                  onPress={() => onEnd(session.sessionId)}
                  aria-label={`End the session of ${localDateAndTime(session.startedAtMs)}`}
                >
                  End
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
