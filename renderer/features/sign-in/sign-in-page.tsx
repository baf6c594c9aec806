import { useState } from 'react';
import { Button, Form } from 'react-aria-components';
import { SHORTEST_PASSWORD } from '../../../preload/contract/session.ts';
import { failureOf } from '../../client/failure.ts';
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
  const notice = useSelected(station.session.state, (state) => state.notice);
  const [dispatcherId, setDispatcherId] = useState('');
  const [password, setPassword] = useState('');
  const [secondFactor, setSecondFactor] = useState<string | null>(null);
  const [newPassword, setNewPassword] = useState<string | null>(null);
  const signIn = useAction(async () => {
    try {
      await station.session.signIn({
        dispatcherId: dispatcherId.trim(),
        password,
        ...(secondFactor !== null && { secondFactor }),
        ...(newPassword !== null && { newPassword }),
      });
    } catch (error) {
      const { code } = failureOf(error);
      if (code === 'SECOND_FACTOR_NEEDED') setSecondFactor('');
      if (code === 'PASSWORD_CHANGE_NEEDED') setNewPassword('');
      throw error;
    }
  });
  const startAgain = (): void => {
    setPassword('');
    setSecondFactor(null);
    setNewPassword(null);
    signIn.forget();
  };
  const isQuestion =
    signIn.failure?.code === 'SECOND_FACTOR_NEEDED' || signIn.failure?.code === 'PASSWORD_CHANGE_NEEDED';
  const isFirstStep = secondFactor === null && newPassword === null;
  const complete = dispatcherId.trim() !== '' && password !== '' && secondFactor !== '' && newPassword !== '';

  return (
    <Form
      className="sign-in-card"
      onSubmit={(event) => {
        event.preventDefault();
        if (complete && !signIn.busy) signIn.run(undefined);
      }}
    >
      <Brand />
      <h1>{greeting?.stationName ?? 'Ground control'}</h1>
      {isFirstStep ? (
        <>
          {notice !== null && <p role="status">{notice}</p>}
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
        </>
      ) : (
        <>
          <p className="sign-in-who">
            Signing in as <b>{dispatcherId}</b>
            <Button className="link-button" onPress={startAgain}>
              Start again
            </Button>
          </p>
          {isQuestion && <p role="status">{signIn.failure?.sentence}</p>}
          {secondFactor !== null && (
            <Field
              label="Code or recovery code"
              value={secondFactor}
              onChange={setSecondFactor}
              autoComplete="one-time-code"
              maxLength={40}
              autoFocus
            />
          )}
          {newPassword !== null && (
            <Field
              label="New password"
              type="password"
              value={newPassword}
              onChange={setNewPassword}
              autoComplete="new-password"
              hint={`At least ${SHORTEST_PASSWORD} characters, without your user name`}
              autoFocus
            />
          )}
        </>
      )}
      <FailureNote failure={isQuestion ? null : signIn.failure} />
      <Button type="submit" className="button primary" isDisabled={phase !== 'OPEN' || !complete}>
        {signIn.busy ? 'Signing in…' : 'Sign in'}
      </Button>
      {isFirstStep && <DemoAccount greeting={greeting} onFill={fill} />}
      <p className="dim" role="status">
        {phase === 'OPEN'
          ? `Version ${greeting?.version ?? '…'}`
          : outdated
            ? OUTDATED_ADDRESS
            : 'Waiting for the station to answer…'}
      </p>
    </Form>
  );

  function fill(account: { dispatcherId: string; password: string }): void {
    setDispatcherId(account.dispatcherId);
    setPassword(account.password);
  }
}

function DemoAccount(props: {
  greeting: Greeting | null;
  onFill(account: { dispatcherId: string; password: string }): void;
}) {
  const account = props.greeting?.demoAccount ?? null;
  if (account === null) return null;
  return (
    <div className="sign-in-demo">
      <p className="muted">This station runs the demo: simulated drones, nothing real flies.</p>
      <Button className="button" onPress={() => props.onFill(account)}>
        Fill in the demo account
      </Button>
    </div>
  );
}
