import { useState } from 'react';
import { Button, Form } from 'react-aria-components';
import { SHORTEST_PASSWORD } from '../../../preload/contract/session.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Field } from '../../ui/field.tsx';
import { Brand } from '../frame/brand.tsx';

/** An empty station knows nobody: whoever starts it makes the first account. */
export function FirstAdministratorForm({ stationName }: { stationName: string }) {
  const { session } = useStation();
  const [displayName, setDisplayName] = useState('');
  const [dispatcherId, setDispatcherId] = useState('');
  const [password, setPassword] = useState('');
  const create = useAction(() =>
    session.createFirstAdministrator({
      dispatcherId: dispatcherId.trim(),
      displayName: displayName.trim(),
      password,
    }),
  );
  const complete =
    displayName.trim() !== '' && dispatcherId.trim() !== '' && password.length >= SHORTEST_PASSWORD;

  return (
    <Form
      className="sign-in-card"
      onSubmit={(event) => {
        event.preventDefault();
        if (complete && !create.busy) create.run(undefined);
      }}
    >
      <Brand />
      <h1>{stationName}</h1>
      <p className="muted">
        This station is new and knows nobody yet. Make the first administrator, who can then add everyone
        else.
      </p>
      <Field label="Your name" value={displayName} onChange={setDisplayName} autoComplete="name" autoFocus />
      <Field
        label="User name"
        value={dispatcherId}
        onChange={setDispatcherId}
        autoComplete="username"
        maxLength={100}
      />
      <Field
        label="Password"
        type="password"
        value={password}
        onChange={setPassword}
        autoComplete="new-password"
        hint={`At least ${SHORTEST_PASSWORD} characters`}
      />
      <FailureNote failure={create.failure} />
      <Button type="submit" className="button primary" isDisabled={!complete}>
        Make the administrator and sign in
      </Button>
    </Form>
  );
}
