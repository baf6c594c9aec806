import { useState } from 'react';
import { Button, Form } from 'react-aria-components';
import { OUTDATED_ADDRESS } from '../../client/outdated-address.ts';
import { useAction } from '../../client/use-action.ts';
import type { Greeting } from '../../state/session.ts';
import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Field } from '../../ui/field.tsx';
import { Brand } from '../frame/brand.tsx';
import { FirstAdministratorForm } from './first-administrator-form.tsx';
import './sign-in-page.css';

export function SignInPage() {
  const station = useStation();
  const greeting = useSelected(station.session.state, (state) => state.greeting);
  return (
    <main className="sign-in">
      {greeting?.needsFirstAdministrator === true ? (
        <FirstAdministratorForm stationName={greeting.stationName} />
      ) : (
        <SignInForm greeting={greeting} />
      )}
    </main>
  );
}

function SignInForm({ greeting }: { greeting: Greeting | null }) {
  const station = useStation();
  const { phase, outdated } = useStore(station.connection.state);
  const [dispatcherId, setDispatcherId] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useAction(() => station.session.signIn(dispatcherId, password));
  const demo = greeting?.demoAccount ?? null;

  return (
    <Form
      className="sign-in-card"
      onSubmit={(event) => {
        event.preventDefault();
        if (!signIn.busy) signIn.run(undefined);
      }}
    >
      <Brand />
      <h1>{greeting?.stationName ?? 'Ground control'}</h1>
      <Field
        label="User name"
        value={dispatcherId}
        onChange={setDispatcherId}
        autoComplete="username"
        autoFocus
      />
      <Field
        label="Password"
        type="password"
        value={password}
        onChange={setPassword}
        autoComplete="current-password"
      />
      <FailureNote failure={signIn.failure} />
      <Button
        type="submit"
        className="button primary"
        isDisabled={phase !== 'OPEN' || dispatcherId === '' || password === ''}
      >
        {signIn.busy ? 'Signing in …' : 'Sign in'}
      </Button>
      {demo !== null && (
        <div className="sign-in-demo">
          <p className="muted">This station runs the demo: simulated drones, nothing real flies.</p>
          <Button
            className="button"
            onPress={() => {
              setDispatcherId(demo.dispatcherId);
              setPassword(demo.password);
            }}
          >
            Fill in the demo account
          </Button>
        </div>
      )}
      <p className="dim" role="status">
        {phase === 'OPEN'
          ? `Version ${greeting?.version ?? '…'}`
          : outdated
            ? OUTDATED_ADDRESS
            : 'Waiting for the station to answer …'}
      </p>
    </Form>
  );
}
