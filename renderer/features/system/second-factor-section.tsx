import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { Field } from '../../ui/field.tsx';
import { FormDialog } from '../frame/form-dialog.tsx';
import { QrCode } from './qr-code.tsx';

type Question = 'ENROL' | 'DISABLE' | 'RENEW';

interface SecondFactorSectionProps {
  on: boolean;
  recoveryCodesLeft: number;
  onChanged(): void;
}

/** One-time codes of an authenticator app: set up, renew the recovery codes, switch off. */
export function SecondFactorSection({ on, recoveryCodesLeft, onChanged }: SecondFactorSectionProps) {
  const [question, setQuestion] = useState<Question | null>(null);
  const [recoveryCodes, setRecoveryCodes] = useState<readonly string[] | null>(null);
  const close = (): void => setQuestion(null);
  const show = (codes: readonly string[]): void => {
    close();
    setRecoveryCodes(codes);
    onChanged();
  };
  return (
    <section className="system-section" aria-label="Second factor">
      <h3>
        Second factor <span className={on ? 'chip ready' : 'chip'}>{on ? 'on' : 'off'}</span>
      </h3>
      <p className="muted">
        {on
          ? `Signing in asks for a code of your authenticator app. ${recoveryCodesLeft} recovery codes are left.`
          : 'Your password alone signs you in. With an authenticator app a stolen password is not enough. It works without a network.'}
      </p>
      {recoveryCodes !== null && (
        <RecoveryCodes codes={recoveryCodes} onDone={() => setRecoveryCodes(null)} />
      )}
      <div className="buttons">
        {on ? (
          <>
            <Button className="button" onPress={() => setQuestion('RENEW')}>
              New recovery codes…
            </Button>
            <Button className="button" onPress={() => setQuestion('DISABLE')}>
              Switch off…
            </Button>
          </>
        ) : (
          <Button className="button" onPress={() => setQuestion('ENROL')}>
            Set up…
          </Button>
        )}
      </div>
      {question === 'ENROL' && <EnrolDialog onClose={close} onDone={show} />}
      {question === 'RENEW' && <RenewDialog onClose={close} onDone={show} />}
      {question === 'DISABLE' && (
        <DisableDialog
          onClose={close}
          onDone={() => {
            close();
            setRecoveryCodes(null);
            onChanged();
          }}
        />
      )}
    </section>
  );
}

function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone(): void }) {
  return (
    <div className="recovery" role="status">
      <p>
        <b>Write these recovery codes down now.</b> Each signs you in once without the app. They are not shown
        again.
      </p>
      <ol className="recovery-codes" aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <div className="buttons">
        <Button className="button primary" onPress={onDone}>
          I have written them down
        </Button>
      </div>
    </div>
  );
}

interface CodesDialogProps {
  onClose(): void;
  onDone(codes: readonly string[]): void;
}

function EnrolDialog({ onClose, onDone }: CodesDialogProps) {
  const { client } = useStation().connection;
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [setup, setSetup] = useState<{ secret: string; uri: string } | null>(null);
  const begin = useAction(() => client.session.beginSecondFactor({ password }), setSetup);
  const confirm = useAction(
    () => client.session.confirmSecondFactor({ code }),
    (answer) => onDone(answer.recoveryCodes),
  );
  if (setup === null) {
    return (
      <FormDialog
        title="Set up the second factor"
        open
        onClose={onClose}
        confirm="Go on"
        onConfirm={() => begin.run(undefined)}
        confirmDisabled={password === ''}
        busy={begin.busy}
        failure={begin.failure}
      >
        <PasswordField value={password} onChange={setPassword} />
      </FormDialog>
    );
  }
  return (
    <FormDialog
      key="code"
      title="Set up the second factor"
      open
      onClose={onClose}
      confirm="Switch on"
      onConfirm={() => confirm.run(undefined)}
      confirmDisabled={code.trim() === ''}
      busy={confirm.busy}
      failure={confirm.failure}
    >
      <p>Scan this with your authenticator app, or type the secret into it.</p>
      <QrCode text={setup.uri} label="QR code of the secret" />
      <p className="secret" title="Secret">
        {setup.secret.replace(/.{4}(?=.)/g, '$& ')}
      </p>
      <Field
        label="Code that the app shows now"
        value={code}
        onChange={setCode}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={10}
        autoFocus
      />
    </FormDialog>
  );
}

function RenewDialog({ onClose, onDone }: CodesDialogProps) {
  const { client } = useStation().connection;
  const [password, setPassword] = useState('');
  const renew = useAction(
    () => client.session.renewRecoveryCodes({ password }),
    (answer) => onDone(answer.recoveryCodes),
  );
  return (
    <FormDialog
      title="New recovery codes"
      open
      onClose={onClose}
      confirm="Make new codes"
      onConfirm={() => renew.run(undefined)}
      confirmDisabled={password === ''}
      busy={renew.busy}
      failure={renew.failure}
    >
      <p className="muted">The codes you have become void.</p>
      <PasswordField value={password} onChange={setPassword} />
    </FormDialog>
  );
}

function DisableDialog({ onClose, onDone }: { onClose(): void; onDone(): void }) {
  const { client } = useStation().connection;
  const [password, setPassword] = useState('');
  const disable = useAction(() => client.session.disableSecondFactor({ password }), onDone);
  return (
    <FormDialog
      title="Switch off the second factor"
      open
      onClose={onClose}
      confirm="Switch off"
      onConfirm={() => disable.run(undefined)}
      confirmDisabled={password === ''}
      busy={disable.busy}
      failure={disable.failure}
    >
      <p className="muted">Your password alone will sign you in.</p>
      <PasswordField value={password} onChange={setPassword} />
    </FormDialog>
  );
}

function PasswordField({ value, onChange }: { value: string; onChange(value: string): void }) {
  return (
    <Field
      label="Your password"
      type="password"
      value={value}
      onChange={onChange}
      autoComplete="current-password"
      autoFocus
    />
  );
}
