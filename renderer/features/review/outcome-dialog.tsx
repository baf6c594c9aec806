import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { MissionReview } from '../../../preload/contract/review.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { Chooser, Field, Segments } from '../../ui/field.tsx';
import { FormDialog } from '../frame/form-dialog.tsx';
import { OUTCOME_WORDS } from './review-words.ts';

type Answer = 'yes' | 'no' | 'unknown';
type Patient = keyof typeof OUTCOME_WORDS;

const ANSWERS = [
  { value: 'yes', label: 'Yes' },
  { value: 'no', label: 'No' },
  { value: 'unknown', label: 'Not known', neutral: true },
] as const;
const PATIENTS = (Object.entries(OUTCOME_WORDS) as [Patient, string][]).map(([value, label]) => ({
  ...{ value, label },
}));

/** What became of the patient, as far as anybody knows. May be corrected later; every time is recorded. */
export function OutcomeDialog({ mission, onClose }: { mission: MissionReview; onClose(): void }) {
  const { client } = useStation().connection;
  const queries = useQueryClient();
  const [used, setUsed] = useState(answerOf(mission.bystanderUsedAed));
  const [shock, setShock] = useState(answerOf(mission.shockDelivered));
  const [ambulance, setAmbulance] = useState(localInput(mission.ambulanceArrivedAtMs));
  const [patient, setPatient] = useState<Patient>(mission.patientOutcome ?? 'UNKNOWN');
  const ambulanceAtMs = ambulance === '' ? null : Date.parse(ambulance);
  const save = useAction(
    () =>
      client.missions.recordOutcome({
        missionId: mission.missionId,
        bystanderUsedAed: said(used),
        shockDelivered: said(shock),
        ambulanceArrivedAtMs: ambulanceAtMs,
        patientOutcome: patient,
      }),
    () => {
      void queries.invalidateQueries({ queryKey: ['review'] });
      onClose();
    },
  );
  return (
    <FormDialog
      title="Outcome of the mission"
      open
      onClose={onClose}
      confirm="Save"
      onConfirm={() => save.run(undefined)}
      confirmDisabled={Number.isNaN(ambulanceAtMs)}
      busy={save.busy}
      failure={save.failure}
    >
      <Segments
        label="A bystander used the AED"
        choices={ANSWERS}
        value={used}
        onChange={(answer: Answer) => setUsed(answer)}
      />
      <Segments
        label="A shock was delivered"
        choices={ANSWERS}
        value={shock}
        onChange={(answer: Answer) => setShock(answer)}
      />
      <Field label="The ambulance arrived" type="datetime-local" value={ambulance} onChange={setAmbulance} />
      <Chooser
        label="The patient"
        choices={PATIENTS}
        value={patient}
        onChange={(chosen: Patient) => setPatient(chosen)}
      />
    </FormDialog>
  );
}

function answerOf(known: boolean | null): Answer {
  return known === null ? 'unknown' : known ? 'yes' : 'no';
}

function said(answer: Answer): boolean | null {
  return answer === 'unknown' ? null : answer === 'yes';
}

/** As a field for a local time takes it: to the second, in the time of this place. */
function localInput(atMs: number | null): string {
  if (atMs === null) return '';
  const whole = atMs - (atMs % 1_000);
  return new Date(whole - new Date(whole).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
