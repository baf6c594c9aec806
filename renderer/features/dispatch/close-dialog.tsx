import { useState } from 'react';
import { Label, Radio, RadioGroup } from 'react-aria-components';
import type { CloseReason, Emergency } from '../../../preload/contract/emergencies.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { Field } from '../../ui/field.tsx';
import { FormDialog } from '../frame/form-dialog.tsx';

const REASONS: readonly { value: CloseReason; label: string }[] = [
  { value: 'NOT_AN_ARREST', label: 'Not an arrest' },
  { value: 'AMBULANCE_ON_SCENE', label: 'Ambulance on scene' },
  { value: 'CHILD_UNDER_8', label: 'Child under 8' },
  { value: 'TRAUMA', label: 'Trauma' },
  { value: 'WEATHER', label: 'Weather' },
  { value: 'NO_AIRSPACE_APPROVAL', label: 'No airspace approval' },
  { value: 'NO_DELIVERY_AREA', label: 'No delivery area' },
  { value: 'OTHER', label: 'Other' },
];

interface CloseDialogProps {
  emergency: Emergency;
  onClose(): void;
  onClosed(): void;
}

/** No drone goes: why, in a code that can be counted later. */
export function CloseDialog({ emergency, onClose, onClosed }: CloseDialogProps) {
  const { client } = useStation().connection;
  const [reason, setReason] = useState<CloseReason | null>(null);
  const [note, setNote] = useState('');
  const close = useAction(
    (chosen: CloseReason) =>
      client.emergencies.close({
        emergencyId: emergency.emergencyId,
        reason: chosen,
        note: note.trim() === '' ? null : note.trim(),
      }),
    onClosed,
  );
  const noteMissing = reason === 'OTHER' && note.trim() === '';
  return (
    <FormDialog
      title="No drone goes"
      open
      onClose={onClose}
      confirm="Close this emergency"
      onConfirm={() => reason !== null && close.run(reason)}
      confirmDisabled={reason === null || noteMissing}
      busy={close.busy}
      failure={close.failure}
    >
      <RadioGroup
        className="reasons"
        value={reason}
        onChange={(value) => setReason(REASONS.find((choice) => choice.value === value)?.value ?? null)}
      >
        <Label className="label">Why</Label>
        {REASONS.map((choice) => (
          <Radio key={choice.value} value={choice.value} className="reason">
            {choice.label}
          </Radio>
        ))}
      </RadioGroup>
      <Field
        label={reason === 'OTHER' ? 'Note (needed for Other)' : 'Note (optional)'}
        value={note}
        onChange={setNote}
        maxLength={1_000}
      />
    </FormDialog>
  );
}
