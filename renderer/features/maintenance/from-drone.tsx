import { useEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import type { ModelPlace, ModelReading, ModelType } from '../../../preload/contract/models.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Chooser, Field } from '../../ui/field.tsx';
import { useAskAgain, useDue, useModelReading } from './maintenance-queries.ts';
import { type ModelFileSource, sourceOf } from './model-file-field.tsx';
import { Outcome } from './model-outcome.tsx';

interface FromDroneProps {
  order: { modelType: ModelType; version: string };
  golden: ModelFileSource | null;
  ready: boolean;
}

const PLACES: readonly { readonly value: ModelPlace; readonly label: string }[] = [
  { value: 'AUTOPILOT', label: 'Autopilot' },
  { value: 'ONBOARD_COMPUTER', label: 'Onboard computer' },
];

interface DroneFile {
  readonly componentId: number;
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
}

interface Place {
  readonly droneId: string | null;
  readonly place: ModelPlace;
  readonly folder: string;
}

/** Which file on which drone is read and verified in one step. */
export function FromDrone({ order, golden, ready }: FromDroneProps) {
  const { client } = useStation().connection;
  const reading = useModelReading();
  const [where, setWhere] = useState<Place>({ droneId: null, place: 'AUTOPILOT', folder: '/models' });
  const { droneId, place, folder } = where;
  const [path, setPath] = useState<string | null>(null);
  const [files, setFiles] = useState<readonly DroneFile[] | null>(null);
  const list = useAction(
    (asked: string) => client.models.droneFiles({ droneId: asked, folder: folder.trim(), place }),
    ({ componentId, ...listed }) => {
      setFiles(listed.files.map((file) => ({ ...file, componentId })));
      setPath(listed.files[0]?.path ?? null);
    },
  );
  const chosen = files?.find((file) => file.path === path) ?? null;
  const read = useAction(async (file: DroneFile) =>
    client.models.readFromDrone({
      ...{ ...order, droneId: droneId ?? '', componentId: file.componentId },
      ...{ path: file.path, sizeBytes: file.sizeBytes },
      golden: golden === null ? null : await sourceOf(golden),
    }),
  );
  const busy = reading !== null && (reading.state === 'READING' || reading.state === 'VERIFYING');
  useAskedAgainWhenDone(reading);
  return (
    <>
      <div className="model-form">
        <Where
          where={where}
          onChange={(changed) => {
            setWhere({ ...where, ...changed });
            // Another folder is looked into when the person asks for it: what is listed names its own path.
            if (changed.folder === undefined) setFiles(null);
          }}
        />
        <Button
          className="button"
          isDisabled={droneId === null || folder.trim() === '' || list.busy || busy}
          onPress={() => droneId !== null && list.run(droneId)}
        >
          {list.busy ? 'Listing…' : 'List its models'}
        </Button>
        {files !== null && files.length > 0 && (
          <Chooser
            label="Model on the drone"
            choices={files.map((file) => ({ value: file.path, label: file.name }))}
            value={path}
            onChange={setPath}
          />
        )}
        <Button
          className="button primary"
          isDisabled={chosen === null || !ready || busy || read.busy}
          onPress={() => chosen !== null && read.run(chosen)}
        >
          Read from drone and verify
        </Button>
      </div>
      {chosen !== null && <p className="muted">{`${chosen.path} has ${kilobytes(chosen.sizeBytes)}.`}</p>}
      {files?.length === 0 && (
        <p>
          No model (.onnx) lies in {folder} of the{' '}
          {PLACES.find(({ value }) => value === place)?.label.toLowerCase()}.
        </p>
      )}
      <FailureNote failure={list.failure ?? read.failure} />
      {reading !== null && <Reading reading={reading} onCancel={() => void client.models.cancelReading()} />}
    </>
  );
}

function Where({ where, onChange }: { where: Place; onChange(changed: Partial<Place>): void }) {
  const drones = useDue() ?? [];
  return (
    <>
      <Chooser
        label="Drone"
        choices={drones.map((drone) => ({ value: drone.droneId, label: drone.droneId }))}
        value={where.droneId}
        onChange={(droneId) => onChange({ droneId })}
      />
      <Chooser
        label="Files of"
        choices={PLACES}
        value={where.place}
        onChange={(place) => onChange({ place })}
      />
      <Field
        label="Folder on the drone"
        value={where.folder}
        onChange={(folder) => onChange({ folder })}
        maxLength={150}
      />
    </>
  );
}

/** What was verified elsewhere is shown below as soon as it is on record. */
function useAskedAgainWhenDone(reading: ModelReading | null): void {
  const askAgain = useAskAgain();
  const done = reading?.state === 'DONE';
  const wasDone = useRef(done);
  useEffect(() => {
    if (done && !wasDone.current) askAgain('verifications');
    wasDone.current = done;
  });
}

function Reading({ reading, onCancel }: { reading: ModelReading; onCancel(): void }) {
  const { droneId, path, state, percent, bytes, sizeBytes, sentence, verification } = reading;
  const underWay = state === 'READING' || state === 'VERIFYING';
  return (
    <div className="model-reading">
      {underWay && (
        <>
          <div className="buttons">
            <span>
              {state === 'VERIFYING'
                ? `Verifying ${path} of ${droneId}…`
                : `Reading ${path} from ${droneId}: ${kilobytes(bytes)} of ${kilobytes(sizeBytes)}`}
            </span>
            {state === 'READING' && (
              <Button className="button small" onPress={onCancel}>
                Cancel
              </Button>
            )}
          </div>
          <progress max={100} value={percent} aria-label="Of the model that is read" />
        </>
      )}
      <div role="status">
        {!underWay && (
          <p className="muted">
            {path} of {droneId}
          </p>
        )}
        {verification !== null && <Outcome verification={verification} />}
        {!underWay && sentence !== null && <p>{sentence}</p>}
      </div>
    </div>
  );
}

function kilobytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
