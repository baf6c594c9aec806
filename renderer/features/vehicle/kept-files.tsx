import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { type KeptFile, type KeptKind, safeFileName } from '../../../preload/contract/vehicle-tools.ts';
import type { StationClient } from '../../client/connection.ts';
import { failureOf } from '../../client/failure.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { type Choice, Segments } from '../../ui/field.tsx';
import { HoldButton } from '../../ui/hold-button.tsx';
import { FormDialog } from '../frame/form-dialog.tsx';
import { saveFile } from '../review/save-file.ts';
import { localDateAndTime } from '../system/account-words.ts';
import { sizeText } from './vehicle-words.ts';

type Whose = 'THIS' | 'ALL';

const WHOSE: readonly Choice<Whose>[] = [
  { value: 'THIS', label: 'This drone' },
  { value: 'ALL', label: 'All drones' },
];

interface KeptFilesProps {
  kind: KeptKind;
  /** Key of the drone whose files come first. */
  vehicle: string;
  /** Changes when one has arrived. */
  arrivedAtMs: number | null;
  plotted: KeptFile | null;
  /** Null: nothing in it can be plotted. */
  onPlot: ((file: KeptFile) => void) | null;
}

/** What was downloaded to this station, whenever that was: opened, saved, deleted. */
export function KeptFiles({ kind, vehicle, arrivedAtMs, plotted, onPlot }: KeptFilesProps) {
  const { client } = useStation().connection;
  const queries = useQueryClient();
  const [whose, setWhose] = useState<Whose>('THIS');
  const [asked, setAsked] = useState<KeptFile | null>(null);
  const query = useQuery({ queryKey: ['kept'], queryFn: () => client.vehicleTools.keptFiles() });
  useEffect(() => {
    if (arrivedAtMs !== null) void queries.invalidateQueries({ queryKey: ['kept'] });
  }, [arrivedAtMs, queries]);
  const folder = safeFileName(vehicle);
  const ofKind = query.data?.files.filter((file) => file.kind === kind) ?? [];
  const files = ofKind.filter((file) => whose === 'ALL' || file.vehicle === folder);
  const what = kind === 'LOG' ? 'log' : 'file';
  return (
    <section className="system-section" aria-label="On this station">
      <div className="tool-row">
        <h3>On this station</h3>
        <span className="grow" />
        <div className="kept-whose">
          <Segments
            label="Whose"
            labelHidden
            choices={WHOSE}
            value={whose}
            onChange={(next) => setWhose(next)}
          />
        </div>
      </div>
      <FailureNote failure={query.error === null ? null : failureOf(query.error)} />
      {query.isSuccess && files.length === 0 && (
        <p className="muted">
          {whose === 'THIS' && ofKind.length > 0
            ? `No ${what} of this drone was downloaded. There are ${ofKind.length} of other drones.`
            : `No ${what} was downloaded yet.`}
        </p>
      )}
      {files.length > 0 && (
        <KeptTable {...{ files, plotted, onPlot }} showVehicle={whose === 'ALL'} onDelete={setAsked} />
      )}
      {asked !== null && <DeleteDialog file={asked} onClose={() => setAsked(null)} />}
    </section>
  );
}

interface KeptTableProps extends Pick<KeptFilesProps, 'plotted' | 'onPlot'> {
  files: readonly KeptFile[];
  showVehicle: boolean;
  onDelete(file: KeptFile): void;
}

function KeptTable({ files, showVehicle, plotted, onPlot, onDelete }: KeptTableProps) {
  return (
    <table className="table figures kept-files" aria-label="On this station">
      <thead>
        <tr>
          {showVehicle && <th scope="col">Drone</th>}
          <th scope="col">Name, and where it lies</th>
          <th scope="col">Downloaded</th>
          <th scope="col" className="number">
            Size
          </th>
          <th scope="col">
            <span className="visually-hidden">Plot, save or delete</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {files.map((file) => (
          <tr key={file.path} aria-current={plotted?.path === file.path ? 'true' : undefined}>
            {showVehicle && <td className="nowrap">{file.vehicle}</td>}
            <th scope="row">
              {file.name}
              <span className="kept-path">{file.path}</span>
            </th>
            <td className="nowrap">{localDateAndTime(file.keptAtMs)}</td>
            <td className="number nowrap">{sizeText(file.sizeBytes)}</td>
            <td className="table-action">
              {file.sizeBytes < file.wholeBytes ? (
                <span className="muted">{file.arriving ? 'arriving' : partText(file)}</span>
              ) : (
                <>
                  {onPlot !== null && (
                    <Button
                      className="button small"
                      aria-label={`Plot ${file.name}`}
                      onPress={() => onPlot(file)}
                    >
                      Plot
                    </Button>
                  )}
                  <SaveButton file={file} />
                </>
              )}
              <Button
                className="button small"
                isDisabled={file.arriving}
                aria-label={`Delete… ${file.name}`}
                onPress={() => onDelete(file)}
              >
                Delete…
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function partText({ sizeBytes, wholeBytes }: KeptFile): string {
  return `broken off at ${Math.floor((100 * sizeBytes) / wholeBytes)} %`;
}

function SaveButton({ file }: { file: KeptFile }) {
  const { client } = useStation().connection;
  const [percent, setPercent] = useState(0);
  const save = useAction(
    () => pieces(client, file, setPercent),
    (parts) => saveFile(file.name, 'application/octet-stream', ...parts),
  );
  return (
    <>
      <Button
        className="button small"
        isDisabled={save.busy}
        aria-label={`Save a copy of ${file.name}`}
        onPress={() => save.run(undefined)}
      >
        {save.busy ? `${percent} %` : 'Save a copy'}
      </Button>
      <FailureNote failure={save.failure} />
    </>
  );
}

/** The station may be another machine: its file comes over the connection, a megabyte at a time. */
async function pieces(
  client: StationClient,
  { kind, vehicle, name }: KeptFile,
  tell: (percent: number) => void,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let offset = 0; ; ) {
    const { base64, sizeBytes } = await client.vehicleTools.keptFilePiece({ kind, vehicle, name, offset });
    const part = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    parts.push(part);
    offset += part.length;
    tell(sizeBytes === 0 ? 100 : Math.floor((100 * offset) / sizeBytes));
    if (offset >= sizeBytes || part.length === 0) return parts;
  }
}

function DeleteDialog({ file, onClose }: { file: KeptFile; onClose(): void }) {
  const { client } = useStation().connection;
  const queries = useQueryClient();
  const { kind, vehicle, name } = file;
  const remove = useAction(
    () => client.vehicleTools.removeKeptFile({ kind, vehicle, name }),
    () => {
      void queries.invalidateQueries({ queryKey: ['kept'] });
      void queries.invalidateQueries({
        queryKey: ['vehicle'],
        predicate: ({ queryKey }) => queryKey[2] === 'logs',
      });
      onClose();
    },
  );
  return (
    <FormDialog
      title={`Delete ${name}?`}
      open
      onClose={onClose}
      confirm="Delete"
      onConfirm={() => {}}
      busy={remove.busy}
      failure={remove.failure}
      confirmButton={
        <HoldButton busy={remove.busy} onConfirm={() => remove.run(undefined)}>
          Delete
        </HoldButton>
      }
    >
      <p>
        The copy on this station, from {vehicle}, {sizeText(file.sizeBytes)}. It cannot be brought back from
        here; what the drone holds is not touched.
      </p>
    </FormDialog>
  );
}
