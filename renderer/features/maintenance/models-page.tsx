import { useState } from 'react';
import { Button, FileTrigger } from 'react-aria-components';
import { type ModelType, type ModelVerification, modelType } from '../../../preload/contract/models.ts';
import type { Person } from '../../../preload/contract/session.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Chooser, Field } from '../../ui/field.tsx';
import { NONE } from '../../ui/formatting.ts';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { FormDialog } from '../frame/form-dialog.tsx';
import { moment } from '../review/review-words.ts';
import { useAskAgain, useDue, useModelFiles, useVerifications } from './maintenance-queries.ts';
import { MODEL_TYPE_WORDS } from './maintenance-words.ts';
import { base64Of } from './photo.ts';
import { ResultMark } from './result-mark.tsx';

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

const TYPES = modelType.options.map((type) => ({ value: type, label: MODEL_TYPE_WORDS[type] }));
const LARGEST_CHOSEN_BYTES = 11_000_000;

type Source =
  | { readonly kind: 'FILE'; readonly name: string }
  | { readonly kind: 'CHOSEN'; readonly file: File };

function VerifyForm() {
  const { client } = useStation().connection;
  const askAgain = useAskAgain();
  const files = useModelFiles();
  const [type, setType] = useState<ModelType>('YOLO_PERSON_DETECTION');
  const [version, setVersion] = useState('');
  const [source, setSource] = useState<Source | null>(null);
  const [found, setFound] = useState<ModelVerification | null>(null);
  const verify = useAction(
    async (from: Source) =>
      client.models.verify({
        modelType: type,
        version: version.trim(),
        source: from.kind === 'FILE' ? from : { kind: 'BYTES', base64: await base64Of(from.file) },
      }),
    (verification) => {
      setFound(verification);
      askAgain('verifications');
    },
  );
  const tooLarge = source?.kind === 'CHOSEN' && source.file.size > LARGEST_CHOSEN_BYTES;
  const names = files.data?.names ?? [];
  return (
    <section className="maintenance-section" aria-label="Verify a model">
      <h3>Verify a model</h3>
      <div className="model-form">
        <Chooser label="Kind" choices={TYPES} value={type} onChange={(chosen) => setType(chosen)} />
        <Field label="Version" value={version} onChange={setVersion} maxLength={20} placeholder="2.3.1" />
        {names.length > 0 && (
          <Chooser
            label="File in the model folder"
            choices={names.map((name) => ({ value: name, label: name }))}
            value={source?.kind === 'FILE' ? source.name : null}
            onChange={(name) => setSource({ kind: 'FILE', name })}
          />
        )}
        <FileTrigger
          acceptedFileTypes={['.onnx']}
          onSelect={(chosen) => {
            const file = chosen?.[0];
            if (file !== undefined) setSource({ kind: 'CHOSEN', file });
          }}
        >
          <Button className="button">
            {source?.kind === 'CHOSEN' ? source.file.name : 'Choose a file …'}
          </Button>
        </FileTrigger>
        <Button
          className="button primary"
          isDisabled={source === null || tooLarge || version.trim() === '' || verify.busy}
          onPress={() => source !== null && verify.run(source)}
        >
          {verify.busy ? 'Verifying …' : 'Verify'}
        </Button>
      </div>
      <p className="muted">
        {tooLarge
          ? `This file is larger than ${LARGEST_CHOSEN_BYTES / 1e6} MB: put it into the model folder and choose it there.`
          : files.data !== null &&
            `${names.length === 0 ? 'No file lies in the model folder' : 'The model folder is'} ${files.data.folder}.`}
      </p>
      <FailureNote failure={verify.failure} />
      <div role="status">{found !== null && <Outcome verification={found} />}</div>
    </section>
  );
}

function Outcome({ verification }: { verification: ModelVerification }) {
  const { fault, sentence, latencyMs, sha256 } = verification;
  return (
    <p className="model-outcome">
      <ResultMark result={fault === null ? 'PASS' : 'FAIL'} />
      <span>
        {sentence}
        {latencyMs !== null && ` ${latencyMs.toFixed(1)} ms for each input on this machine.`}{' '}
        <span className="muted">SHA-256 {sha256.slice(0, 16)}…</span>
      </span>
    </p>
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
                  aria-label={`Put on a drone … ${MODEL_TYPE_WORDS[model.modelType]} ${model.version}`}
                  onPress={() => onDeploy(model)}
                >
                  Put on a drone …
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
