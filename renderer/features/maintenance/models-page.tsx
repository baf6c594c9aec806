import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { ModelVerification } from '../../../preload/contract/models.ts';
import type { Person } from '../../../preload/contract/session.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Chooser } from '../../ui/field.tsx';
import { NONE } from '../../ui/formatting.ts';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { FormDialog } from '../frame/form-dialog.tsx';
import { moment } from '../review/review-words.ts';
import { useDue, useVerifications } from './maintenance-queries.ts';
import { MODEL_TYPE_WORDS } from './maintenance-words.ts';
import { ResultMark } from './result-mark.tsx';
import { VerifyForm } from './verify-form.tsx';

/** Models that drones carry: verified here before they are put on one, and who was given which. */
export function ModelsPage({ person }: { person: Person }) {
  const mayMaintain = person.permissions.includes('maintain_drones');
  const { data, failure } = useVerifications();
  const [deploying, setDeploying] = useState<ModelVerification | null>(null);
  return (
    <>
      <header className="maintenance-head">
        <h1>AI models for drones</h1>
        <span className="muted maintenance-model">
          A file is hashed, loaded and run on recorded scenes, apart from the station.
        </span>
      </header>
      <ScrollArea label="AI models">
        <div className="maintenance-body">
          {mayMaintain && <VerifyForm />}
          <FailureNote failure={failure} />
          {data !== null && (
            <VerificationTable verifications={data} onDeploy={mayMaintain ? setDeploying : null} />
          )}
        </div>
      </ScrollArea>
      {deploying !== null && <DeployDialog model={deploying} onClose={() => setDeploying(null)} />}
    </>
  );
}

interface VerificationTableProps {
  verifications: readonly ModelVerification[];
  onDeploy: ((model: ModelVerification) => void) | null;
}

function VerificationTable({ verifications, onDeploy }: VerificationTableProps) {
  if (verifications.length === 0) return <p className="muted">No model was verified here yet.</p>;
  return (
    <table className="table">
      <caption className="visually-hidden">Verified models</caption>
      <thead>
        <tr>
          <th scope="col">Model</th>
          <th scope="col">Result</th>
          <th scope="col">What was found</th>
          <th scope="col">Latency</th>
          <th scope="col">Verified</th>
          <td />
        </tr>
      </thead>
      <tbody>
        {verifications.map((model) => (
          <tr key={model.modelVersionId}>
            <th scope="row">
              {MODEL_TYPE_WORDS[model.modelType]} {model.version}
            </th>
            <td className="nowrap">
              <ResultMark result={model.fault === null ? 'PASS' : 'FAIL'} />
            </td>
            <td>{model.sentence}</td>
            <td className="nowrap">{model.latencyMs === null ? NONE : `${model.latencyMs.toFixed(1)} ms`}</td>
            <td className="nowrap">{moment(model.verifiedAtMs)}</td>
            <td className="table-action">
              {model.fault === null && onDeploy !== null && (
                <Button
                  className="button small"
                  aria-label={`Put on a drone… ${MODEL_TYPE_WORDS[model.modelType]} ${model.version}`}
                  onPress={() => onDeploy(model)}
                >
                  Put on a drone…
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function DeployDialog({ model, onClose }: { model: ModelVerification; onClose(): void }) {
  const { client } = useStation().connection;
  const drones = useDue() ?? [];
  const [droneId, setDroneId] = useState<string | null>(null);
  const record = useAction(
    (chosen: string) =>
      client.models.recordDeployment({ droneId: chosen, modelVersionId: model.modelVersionId }),
    onClose,
  );
  return (
    <FormDialog
      title={`${MODEL_TYPE_WORDS[model.modelType]} ${model.version} was put on a drone`}
      open
      onClose={onClose}
      confirm="Record it"
      onConfirm={() => droneId !== null && record.run(droneId)}
      confirmDisabled={droneId === null}
      busy={record.busy}
      failure={record.failure}
    >
      <p className="muted">
        Recorded with your name. The drone is then expected to report this model, and an alert tells when it
        does not.
      </p>
      <Chooser
        label="Drone"
        choices={drones.map((drone) => ({ value: drone.droneId, label: drone.droneId }))}
        value={droneId}
        onChange={setDroneId}
      />
    </FormDialog>
  );
}
