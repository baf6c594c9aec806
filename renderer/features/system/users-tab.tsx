import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { Account } from '../../../preload/contract/people.ts';
import type { Person } from '../../../preload/contract/session.ts';
import { failureOf } from '../../client/failure.ts';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { AccountDialog } from './account-dialog.tsx';
import { AccountPanel } from './account-panel.tsx';
import { localDateAndTime, permissionsInWords, roleName } from './account-words.ts';

/** Everybody who may sign in here. */
export function UsersTab({ person }: { person: Person }) {
  const station = useStation();
  const { client } = station.connection;
  const ready = useSelected(station.session.state, (session) => session.readyEpoch !== null);
  const queries = useQueryClient();
  const queryKey = ['people', person.dispatcherId];
  const people = useQuery({ queryKey, queryFn: () => client.people.list(), enabled: ready, gcTime: 0 });
  const [creating, setCreating] = useState(false);
  const [chosenId, setChosenId] = useState<string | null>(null);
  const accounts = people.data?.accounts ?? [];
  const chosen = accounts.find((account) => account.dispatcherId === chosenId) ?? null;
  const changed = (): void => void queries.invalidateQueries({ queryKey });

  return (
    <div className="users">
      <section className="system-section" aria-label="Users">
        <div className="section-head">
          <h3>Users</h3>
          <Button className="button" onPress={() => setCreating(true)}>
            New user…
          </Button>
        </div>
        <FailureNote failure={people.error === null ? null : failureOf(people.error)} />
        <table className="table" aria-label="Users">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">User name</th>
              <th scope="col">Role</th>
              <th scope="col">Permissions</th>
              <th scope="col">Second factor</th>
              <th scope="col">Last sign-in</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {accounts.map((account) => (
              <tr key={account.dispatcherId} aria-current={account === chosen ? 'true' : undefined}>
                <th scope="row">
                  <Button className="link-button" onPress={() => setChosenId(account.dispatcherId)}>
                    {fullName(account)}
                  </Button>
                </th>
                <td>{account.dispatcherId}</td>
                <td className="nowrap">{roleName(account.role)}</td>
                <td className="muted">
                  {account.role === 'ADMIN' ? 'everything' : permissionsInWords(account.permissions)}
                </td>
                <td>{account.secondFactor ? 'on' : 'off'}</td>
                <td className="nowrap">
                  {account.lastSignInAtMs === null ? 'never' : localDateAndTime(account.lastSignInAtMs)}
                </td>
                <td>
                  <span className={account.active ? 'chip ready' : 'chip'}>
                    {account.active ? 'active' : 'deactivated'}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {chosen !== null && <AccountPanel key={chosen.dispatcherId} account={chosen} onChanged={changed} />}
      {creating && (
        <AccountDialog
          account={null}
          onClose={() => setCreating(false)}
          onDone={(account) => {
            setCreating(false);
            setChosenId(account.dispatcherId);
            changed();
          }}
        />
      )}
    </div>
  );
}

function fullName({ firstName, lastName }: Account): string {
  return `${firstName} ${lastName}`.trim();
}
