import { useState } from 'react';
import { Button } from 'react-aria-components';
import { type ModelType, type ModelVerification, modelType } from '../../../preload/contract/models.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Chooser, Field, Segments } from '../../ui/field.tsx';
import { FromDrone } from './from-drone.tsx';
import { useAskAgain, useModelFiles } from './maintenance-queries.ts';
import { MODEL_TYPE_WORDS } from './maintenance-words.ts';
import { ModelFileField, type ModelFileSource, sizeOf, sourceOf } from './model-file-field.tsx';
import { Outcome } from './model-outcome.tsx';

const TYPES = modelType.options.map((type) => ({ value: type, label: MODEL_TYPE_WORDS[type] }));
const FROM = [
  { value: 'FILE', label: 'File' },
  { value: 'DRONE', label: 'Drone' },
] as const;
/** Both go in one message. */
const LARGEST_CHOSEN_BYTES = 11_000_000;

/** A model is verified from a file, or as it lies on a drone; with its maker's golden file, where there is one. */
export function VerifyForm() {
  const files = useModelFiles();
  const [type, setType] = useState<ModelType>('YOLO_PERSON_DETECTION');
  const [version, setVersion] = useState('');
  const [from, setFrom] = useState<'FILE' | 'DRONE'>('FILE');
  const [model, setModel] = useState<ModelFileSource | null>(null);
  const [golden, setGolden] = useState<ModelFileSource | null>(null);
  const tooLarge = sizeOf(from === 'FILE' ? model : null) + sizeOf(golden) > LARGEST_CHOSEN_BYTES;
  const order = { modelType: type, version: version.trim() };
  const ready = order.version !== '' && !tooLarge;
  return (
    <section className="maintenance-section" aria-label="Verify a model">
      <h3>Verify a model</h3>
      <div className="model-form">
        <Segments label="From" choices={FROM} value={from} onChange={(chosen) => setFrom(chosen)} />
        <Chooser label="Kind" choices={TYPES} value={type} onChange={(chosen) => setType(chosen)} />
        <Field label="Version" value={version} onChange={setVersion} maxLength={20} placeholder="2.3.1" />
        <ModelFileField
          what="golden file"
          extension=".golden"
          names={files.data?.goldenNames ?? []}
          value={golden}
          onChange={setGolden}
          optional
        />
      </div>
      {from === 'FILE' ? (
        <FromFile names={files.data?.names ?? []} {...{ model, golden, order, ready }} onModel={setModel} />
      ) : (
        <FromDrone order={order} golden={golden} ready={ready} />
      )}
      <p className="muted">
        {tooLarge
          ? `More than ${LARGEST_CHOSEN_BYTES / 1e6} MB: put the files into the model folder and choose them there.`
          : files.data !== null &&
            `Files of any size are chosen from the model folder ${files.data.folder}. The maker’s golden file says what the model must give; without one, what it gives first is recorded.`}
      </p>
    </section>
  );
}

interface FromFileProps {
  names: readonly string[];
  model: ModelFileSource | null;
  golden: ModelFileSource | null;
  order: { modelType: ModelType; version: string };
  ready: boolean;
  onModel(model: ModelFileSource | null): void;
}

function FromFile({ names, model, golden, order, ready, onModel }: FromFileProps) {
  const { client } = useStation().connection;
  const askAgain = useAskAgain();
  const [found, setFound] = useState<ModelVerification | null>(null);
  const verify = useAction(
    async (chosen: ModelFileSource) =>
      client.models.verify({
        ...order,
        source: await sourceOf(chosen),
        golden: golden === null ? null : await sourceOf(golden),
      }),
    (verification) => {
      setFound(verification);
      askAgain('verifications');
    },
  );
  return (
    <>
      <div className="model-form">
        <ModelFileField what="model" extension=".onnx" names={names} value={model} onChange={onModel} />
        <Button
          className="button primary"
          isDisabled={model === null || !ready || verify.busy}
          onPress={() => model !== null && verify.run(model)}
        >
          {verify.busy ? 'Verifying…' : 'Verify'}
        </Button>
      </div>
      <FailureNote failure={verify.failure} />
      <div role="status">{found !== null && !verify.busy && <Outcome verification={found} />}</div>
    </>
  );
}
