import { useState } from 'react';
import type { Candidate } from '../../../preload/contract/dispatch.ts';
import type { Failure } from '../../client/failure.ts';
import { Field } from '../../ui/field.tsx';
import { HoldButton } from '../../ui/hold-button.tsx';
import { FormDialog } from '../frame/form-dialog.tsx';

interface OverrideDialogProps {
  candidate: Candidate;
  busy: boolean;
  failure: Failure | null;
  onLaunch(reason: string): void;
  onClose(): void;
}

/** A launch against the checks: by somebody who may, with a reason, recorded (F3). */
export function OverrideDialog({ candidate, busy, failure, onLaunch, onClose }: OverrideDialogProps) {
  const [reason, setReason] = useState('');
  // The drone that was read stays the drone that is launched, whatever the ranking does meanwhile.
  const [droneId] = useState(candidate.droneId);
  const sameDrone = candidate.droneId === droneId;
  return (
    <FormDialog
      title={`Launch ${droneId} against the checks`}
      open
      onClose={onClose}
      confirm="Launch"
      onConfirm={() => undefined}
      busy={busy}
      failure={failure}
      confirmButton={
        <HoldButton
          look="launch"
          disabled={reason.trim() === '' || !sameDrone}
          busy={busy}
          onConfirm={() => onLaunch(reason.trim())}
        >
          Launch {droneId}
        </HoldButton>
      }
    >
      <ul className="override-reasons">
        {candidate.checks
          .filter((check) => check.result === 'NO_GO')
          .map((check) => (
            <li key={check.id}>
              {check.sentence} <span className="muted">{check.figure}</span>
            </li>
          ))}
      </ul>
      <Field
        label="Reason for the override, recorded with your name"
        value={reason}
        onChange={setReason}
        rows={2}
        maxLength={1_000}
        autoFocus
      />
    </FormDialog>
  );
}
