import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { Account } from '../../../preload/contract/people.ts';
import { SHORTEST_PASSWORD } from '../../../preload/contract/session.ts';
import { failureOf } from '../../client/failure.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Field } from '../../ui/field.tsx';
import { FormDialog } from '../frame/form-dialog.tsx';
import { AccountDialog } from './account-dialog.tsx';
import { SessionTable } from './session-table.tsx';

type Question = 'CHANGE' | 'ACTIVE' | 'PASSWORD' | 'SECOND_FACTOR';

interface AccountPanelProps {
  account: Account;
  onChanged(): void;
}

/** One account: change it, reset what was lost, end its sessions. */
export function AccountPanel({ account, onChanged }: AccountPanelProps) {
  const { client } = useStation().connection;
  const { dispatcherId } = account;
  const [question, setQuestion] = useState<Question | null>(null);
  const queries = useQueryClient();
  const queryKey = ['sessions', dispatcherId];
  const sessions = useQuery({ queryKey, queryFn: () => client.people.sessions({ dispatcherId }), gcTime: 0 });
  const changed = (): void => {
    setQuestion(null);
    onChanged();
    void queries.invalidateQueries({ queryKey });
  };
  const end = useAction(
    (sessionId: string | null) => client.people.revokeSessions({ dispatcherId, sessionId }),
    changed,
  );
  const open = sessions.data?.sessions ?? [];

  return (
    <section className="system-section account-panel" aria-label={`Account ${dispatcherId}`}>
      <h3>{`${account.firstName} ${account.lastName}`.trim()}</h3>
      <p className="muted">
        {dispatcherId}
        {account.email !== null && ` · ${account.email}`}
        {account.coverageStates.length > 0 && ` · covers ${account.coverageStates.join(', ')}`}
        {account.mustChangePassword && ' · has not chosen an own password yet'}
      </p>
      <div className="buttons">
        <Button className="button" onPress={() => setQuestion('CHANGE')}>
          Change…
        </Button>
        <Button className="button" onPress={() => setQuestion('PASSWORD')}>
          Reset password…
        </Button>
        {account.secondFactor && (
          <Button className="button" onPress={() => setQuestion('SECOND_FACTOR')}>
            Reset second factor…
          </Button>
        )}
        <Button className="button" onPress={() => setQuestion('ACTIVE')}>
          {account.active ? 'Deactivate…' : 'Activate…'}
        </Button>
      </div>
      <h3>Sessions</h3>
      <FailureNote failure={sessions.error === null ? null : failureOf(sessions.error)} />
      <SessionTable sessions={open} busy={end.busy} onEnd={(id) => end.run(id)} />
      <FailureNote failure={end.failure} />
      {open.length > 1 && (
        <div className="buttons">
          <Button className="button" isDisabled={end.busy} onPress={() => end.run(null)}>
            End all sessions
          </Button>
        </div>
      )}
      {question === 'CHANGE' && (
        <AccountDialog account={account} onClose={() => setQuestion(null)} onDone={changed} />
      )}
      {question === 'PASSWORD' && (
        <ResetPasswordDialog account={account} onClose={() => setQuestion(null)} onDone={changed} />
      )}
      {question === 'SECOND_FACTOR' && (
        <ConfirmDialog
          title={`Reset the second factor of ${dispatcherId}`}
          words="The password alone will sign in until the person sets it up anew. Their sessions end."
          confirm="Reset second factor"
          request={() => client.people.resetSecondFactor({ dispatcherId })}
          onClose={() => setQuestion(null)}
          onDone={changed}
        />
      )}
      {question === 'ACTIVE' && (
        <ConfirmDialog
          title={`${account.active ? 'Deactivate' : 'Activate'} ${dispatcherId}`}
          words={
            account.active
              ? 'Nobody can sign in with this account any more, and its sessions end at once. What was done with it stays on record.'
              : 'The person can sign in again with the password they had.'
          }
          confirm={account.active ? 'Deactivate' : 'Activate'}
          request={() => client.people.update(changeOf(account, !account.active))}
          onClose={() => setQuestion(null)}
          onDone={changed}
        />
      )}
    </section>
  );
}

function changeOf(account: Account, active: boolean) {
  const { dispatcherId, firstName, lastName, email, role, permissions, coverageStates } = account;
  return { dispatcherId, firstName, lastName, email, role, permissions, coverageStates, active };
}

function ResetPasswordDialog(props: { account: Account; onClose(): void; onDone(): void }) {
  const { dispatcherId } = props.account;
  const { client } = useStation().connection;
  const [password, setPassword] = useState('');
  const reset = useAction(() => client.people.resetPassword({ dispatcherId, password }), props.onDone);
  return (
    <FormDialog
      title={`Reset the password of ${dispatcherId}`}
      open
      onClose={props.onClose}
      confirm="Reset password"
      onConfirm={() => reset.run(undefined)}
      confirmDisabled={password === ''}
      busy={reset.busy}
      failure={reset.failure}
    >
      <p className="muted">
        Give this password to the person, who replaces it at the next sign-in. Their sessions end, and so does
        waiting after failed attempts.
      </p>
      <Field
        label="Password for the next sign-in"
        value={password}
        onChange={setPassword}
        hint={`At least ${SHORTEST_PASSWORD} characters`}
        maxLength={200}
        autoFocus
      />
    </FormDialog>
  );
}

interface ConfirmDialogProps {
  title: string;
  words: string;
  confirm: string;
  request(): Promise<Account>;
  onClose(): void;
  onDone(): void;
}

function ConfirmDialog({ title, words, confirm, request, onClose, onDone }: ConfirmDialogProps) {
  const action = useAction(request, onDone);
  return (
    <FormDialog
      title={title}
      open
      onClose={onClose}
      confirm={confirm}
      onConfirm={() => action.run(undefined)}
      busy={action.busy}
      failure={action.failure}
    >
      <p>{words}</p>
    </FormDialog>
  );
}
