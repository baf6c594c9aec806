import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { OpenHealthCheck, ReleaseDecision } from '../../../preload/contract/health.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { Field, Segments } from '../../ui/field.tsx';
import { FormDialog } from '../frame/form-dialog.tsx';
import { DECISION_WORDS } from './maintenance-words.ts';

const DECISIONS: readonly { value: ReleaseDecision; label: string }[] = [
  { value: 'READY', label: DECISION_WORDS.READY },
  { value: 'MAINTENANCE', label: DECISION_WORDS.MAINTENANCE },
  { value: 'OFFLINE', label: DECISION_WORDS.OFFLINE },
];
const MEANING: Record<ReleaseDecision, string> = {
  READY: 'It can be chosen for a launch at once.',
  MAINTENANCE: 'It cannot be launched until another check releases it.',
  OFFLINE: 'It is out of service, and cannot be launched.',
};
const DAY_MS = 86_400_000;
const NEXT_IN_DAYS = [30, 90, 180] as const;

interface SignDialogProps {
  check: OpenHealthCheck;
  /** UTC date when it is due now; null: none. */
  nextDue: string | null;
  onClose(): void;
  onSigned(): void;
}

/** Ends the check with a decision, under a name. */
export function SignDialog({ check, nextDue, onClose, onSigned }: SignDialogProps) {
  const { client } = useStation().connection;
  const { obstacles, untested } = check;
  const [decision, setDecision] = useState<ReleaseDecision>(obstacles.length === 0 ? 'READY' : 'MAINTENANCE');
  const [signedName, setSignedName] = useState('');
  const [note, setNote] = useState('');
  const [untestedReason, setUntestedReason] = useState('');
  const [nextDate, setNextDate] = useState(nextDue ?? '');
  const sign = useAction(
    () =>
      client.health.sign({
        ...{ droneId: check.droneId, decision, signedName: signedName.trim() },
        note: given(note),
        untestedReason: decision === 'READY' ? given(untestedReason) : null,
        nextDue: nextDate === '' || nextDate === nextDue ? null : nextDate,
      }),
    onSigned,
  );
  const release = decision === 'READY';
  const blocked = release && obstacles.length > 0;
  const reasonMissing = release && untested.length > 0 && given(untestedReason) === null;
  return (
    <FormDialog
      title={`Sign the health check of ${check.droneId}`}
      open
      onClose={onClose}
      confirm={`Sign: ${DECISION_WORDS[decision]}`}
      onConfirm={() => sign.run(undefined)}
      confirmDisabled={blocked || reasonMissing || given(signedName) === null}
      busy={sign.busy}
      failure={sign.failure}
    >
      <Segments
        label="Decision"
        choices={DECISIONS}
        value={decision}
        onChange={(chosen) => setDecision(chosen)}
      />
      <p className="muted">
        {MEANING[decision]}
        {!release && obstacles.length > 0 && ` ${whyNotReady(obstacles.length)}`}
      </p>
      {blocked && <Reasons title="It cannot be released as ready:" reasons={obstacles} />}
      {release && !blocked && untested.length > 0 && (
        <>
          <Reasons title="The drone does not report:" reasons={untested} />
          <Field
            label="Why it may fly all the same"
            value={untestedReason}
            onChange={setUntestedReason}
            maxLength={1_000}
          />
        </>
      )}
      <Field label="Note" value={note} onChange={setNote} rows={2} maxLength={2_000} />
      <NextDue value={nextDate} onChange={setNextDate} />
      <Field
        label="Your name, as your signature"
        hint="Needed to sign."
        value={signedName}
        onChange={setSignedName}
        maxLength={200}
      />
    </FormDialog>
  );
}

function whyNotReady(count: number): string {
  return `${count === 1 ? 'One thing stands' : `${count} things stand`} in the way of Ready: choose it to see ${count === 1 ? 'it' : 'them'}.`;
}

function NextDue({ value, onChange }: { value: string; onChange(date: string): void }) {
  const station = useStation();
  return (
    <>
      <Field label="Next maintenance due" type="date" value={value} onChange={onChange} />
      <div className="buttons">
        {NEXT_IN_DAYS.map((days) => (
          <Button
            key={days}
            className="button small"
            onPress={() => onChange(new Date(station.nowMs() + days * DAY_MS).toISOString().slice(0, 10))}
          >
            In {days} days
          </Button>
        ))}
      </div>
    </>
  );
}

function Reasons({ title, reasons }: { title: string; reasons: readonly string[] }) {
  return (
    <div className="sign-reasons">
      <b>{title}</b>
      <ul>
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </div>
  );
}

function given(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}
