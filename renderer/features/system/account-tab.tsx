import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { type Person, SHORTEST_PASSWORD } from '../../../preload/contract/session.ts';
import { failureOf } from '../../client/failure.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Field } from '../../ui/field.tsx';
import { FormDialog } from '../frame/form-dialog.tsx';
import { PERMISSION_NAMES, roleName } from './account-words.ts';
import { SecondFactorSection } from './second-factor-section.tsx';
import { SessionTable } from './session-table.tsx';

/** What people see and change of their own account. */
export function AccountTab({ person }: { person: Person }) {
  const station = useStation();
  const { client } = station.connection;
  const ready = useSelected(station.session.state, (session) => session.readyEpoch !== null);
  const queries = useQueryClient();
  const queryKey = ['account', person.dispatcherId];
  const account = useQuery({ queryKey, queryFn: () => client.session.account(), enabled: ready, gcTime: 0 });
  const changed = (): void => void queries.invalidateQueries({ queryKey });
  const end = useAction((sessionId: string | null) => client.session.revokeSession({ sessionId }), changed);
  const [changing, setChanging] = useState(false);

  return (
    <div className="account">
      <section className="system-section" aria-label="Account">
        <h3>{person.displayName}</h3>
        <p>
          User name <b>{person.dispatcherId}</b> · {roleName(person.role)}
        </p>
        <p className="muted">
          {person.permissions.length === 0
            ? 'You may look and abort missions.'
            : `You may: ${person.permissions.map((each) => PERMISSION_NAMES[each].toLowerCase()).join(', ')}.`}
        </p>
        <div className="buttons">
          <Button className="button" onPress={() => setChanging(true)}>
            Change password…
          </Button>
        </div>
        {changing && <PasswordDialog onClose={() => setChanging(false)} onChanged={changed} />}
      </section>
      <FailureNote failure={account.error === null ? null : failureOf(account.error)} />
      {account.data !== undefined && (
        <>
          <SecondFactorSection
            on={account.data.secondFactor}
            recoveryCodesLeft={account.data.recoveryCodesLeft}
            onChanged={changed}
          />
          <section className="system-section" aria-label="Your sessions">
            <h3>Sessions</h3>
            <SessionTable sessions={account.data.sessions} busy={end.busy} onEnd={(id) => end.run(id)} />
            <FailureNote failure={end.failure} />
            {account.data.sessions.length > 1 && (
              <div className="buttons">
                <Button className="button" isDisabled={end.busy} onPress={() => end.run(null)}>
                  End all others
                </Button>
              </div>
            )}
          </section>
        </>
      )}
    </div>
  );
}

function PasswordDialog({ onClose, onChanged }: { onClose(): void; onChanged(): void }) {
  const { client } = useStation().connection;
  const [password, setPassword] = useState('');
  const [newPassword, setNewPassword] = useState('');
  const change = useAction(
    () => client.session.changePassword({ password, newPassword }),
    () => {
      onChanged();
      onClose();
    },
  );
  return (
    <FormDialog
      title="Change password"
      open
      onClose={onClose}
      confirm="Change password"
      onConfirm={() => change.run(undefined)}
      confirmDisabled={password === '' || newPassword === ''}
      busy={change.busy}
      failure={change.failure}
    >
      <p className="muted">Your other sessions end.</p>
      <Field
        label="Present password"
        type="password"
        value={password}
        onChange={setPassword}
        autoComplete="current-password"
        autoFocus
      />
      <Field
        label="New password"
        type="password"
        value={newPassword}
        onChange={setNewPassword}
        autoComplete="new-password"
        hint={`At least ${SHORTEST_PASSWORD} characters, without your user name`}
      />
    </FormDialog>
  );
}
