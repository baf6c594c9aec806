import { useState } from 'react';
import type { Account } from '../../../preload/contract/people.ts';
import type { Permission, Role } from '../../../preload/contract/permissions.ts';
import { SHORTEST_PASSWORD } from '../../../preload/contract/session.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { Field, Segments } from '../../ui/field.tsx';
import { FormDialog } from '../frame/form-dialog.tsx';
import { ROLES } from './account-words.ts';
import { PermissionChoices } from './permission-choices.tsx';

interface AccountDialogProps {
  /** Null: a new one. */
  account: Account | null;
  onClose(): void;
  onDone(account: Account): void;
}

/** Who a person is, and what they may do. */
export function AccountDialog({ account, onClose, onDone }: AccountDialogProps) {
  const { client } = useStation().connection;
  const [dispatcherId, setDispatcherId] = useState(account?.dispatcherId ?? '');
  const [firstName, setFirstName] = useState(account?.firstName ?? '');
  const [lastName, setLastName] = useState(account?.lastName ?? '');
  const [email, setEmail] = useState(account?.email ?? '');
  const [states, setStates] = useState(account?.coverageStates.join(' ') ?? '');
  const [role, setRole] = useState<Role>(account?.role ?? 'DISPATCHER');
  const [permissions, setPermissions] = useState<readonly Permission[] | null>(account?.permissions ?? null);
  const [password, setPassword] = useState('');
  const save = useAction(() => {
    const fields = {
      dispatcherId: dispatcherId.trim(),
      firstName: firstName.trim(),
      lastName: lastName.trim(),
      email: email.trim() === '' ? null : email.trim(),
      role,
      permissions: permissions === null ? null : [...permissions],
      coverageStates: states
        .toUpperCase()
        .split(/[\s,;]+/)
        .filter((state) => state !== ''),
    };
    return account === null
      ? client.people.create({ ...fields, password })
      : client.people.update({ ...fields, active: account.active });
  }, onDone);
  const complete =
    dispatcherId.trim() !== '' && firstName.trim() !== '' && (account !== null || password !== '');

  return (
    <FormDialog
      title={account === null ? 'New user' : `Change ${account.dispatcherId}`}
      open
      onClose={onClose}
      confirm={account === null ? 'Make the account' : 'Save'}
      onConfirm={() => save.run(undefined)}
      confirmDisabled={!complete}
      busy={save.busy}
      failure={save.failure}
    >
      <div className="two">
        <Field label="First name" value={firstName} onChange={setFirstName} maxLength={100} autoFocus />
        <Field label="Last name" value={lastName} onChange={setLastName} maxLength={100} />
      </div>
      {account === null && (
        <div className="two">
          <Field label="User name" value={dispatcherId} onChange={setDispatcherId} maxLength={100} />
          <Field
            label="First password"
            value={password}
            onChange={setPassword}
            maxLength={200}
            hint={`At least ${SHORTEST_PASSWORD} characters. Replaced at the first sign-in.`}
          />
        </div>
      )}
      <div className="two">
        <Field label="E-mail (optional)" value={email} onChange={setEmail} maxLength={200} />
        <Field
          label="States covered"
          value={states}
          onChange={setStates}
          placeholder="MA NH"
          maxLength={240}
        />
      </div>
      <Segments<Role> label="Role" choices={ROLES} value={role} onChange={setRole} />
      <PermissionChoices role={role} chosen={permissions} onChange={setPermissions} />
    </FormDialog>
  );
}
