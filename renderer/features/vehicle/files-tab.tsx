import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, FileTrigger, Form } from 'react-aria-components';
import type { VehicleFile, VehicleTransfer } from '../../../preload/contract/vehicle-tools.ts';
import { failureOf } from '../../client/failure.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Field } from '../../ui/field.tsx';
import { NONE } from '../../ui/formatting.ts';
import { FolderDialog, RemoveDialog, UploadDialog } from './file-dialogs.tsx';
import { inFolder, parentFolder } from './file-paths.ts';
import { KeptFiles } from './kept-files.tsx';
import type { ToolTabProps } from './tool-tab.ts';
import { TransferLine } from './transfer-line.tsx';
import { arrivalOf, sizeText } from './vehicle-words.ts';

/** What lies on the vehicle's card: looked at, downloaded, uploaded, deleted by MAVLink FTP. */
export function FilesTab({ systemId, vehicle, isReplay, status, person }: ToolTabProps) {
  if (!person.permissions.includes('maintain_drones'))
    return <p className="muted">Your role may not see the files of a drone: ask a technician.</p>;
  const transfer = status?.transfer ?? null;
  return (
    <>
      {isReplay ? (
        <p className="muted">This is a recording: the drone of it cannot be asked for its files.</p>
      ) : (
        <FilesOnDrone systemId={systemId} transfer={transfer} />
      )}
      <KeptFiles
        kind="FILE"
        vehicle={vehicle}
        arrivedAtMs={arrivalOf(transfer, 'FILE')}
        plotted={null}
        onPlot={null}
      />
    </>
  );
}

/** What a person is asked about before it is done. */
type Question =
  | { readonly ask: 'UPLOAD'; readonly file: File }
  | { readonly ask: 'REMOVE'; readonly file: VehicleFile }
  | { readonly ask: 'FOLDER' };

function FilesOnDrone({ systemId, transfer }: { systemId: number; transfer: VehicleTransfer | null }) {
  const { client } = useStation().connection;
  const queries = useQueryClient();
  const [folder, setFolder] = useState('/');
  const [question, setQuestion] = useState<Question | null>(null);
  const query = useQuery({
    queryKey: ['vehicle', systemId, 'files', folder],
    queryFn: () => client.vehicleTools.files({ systemId, folder }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const download = useAction((file: VehicleFile) =>
    client.vehicleTools.downloadFile({
      systemId,
      path: inFolder(folder, file.name),
      sizeBytes: file.sizeBytes,
    }),
  );
  const running = transfer?.state === 'RUNNING';
  const files = query.data?.files ?? [];
  const answered = (): void => {
    setQuestion(null);
    void queries.invalidateQueries({ queryKey: ['vehicle', systemId, 'files', folder] });
  };
  const dialog = { systemId, folder, onClose: () => setQuestion(null), onDone: answered };
  return (
    <section className="system-section" aria-label="On the drone">
      <FolderRow
        folder={folder}
        onOpen={setFolder}
        busy={running}
        listing={query.isFetching}
        onList={() => void query.refetch()}
        onAsk={setQuestion}
      />
      <TransferLine systemId={systemId} transfer={transfer} mayCancel />
      <FailureNote failure={download.failure ?? (query.error === null ? null : failureOf(query.error))} />
      {files.length > 0 && (
        <FileTable
          {...{ files, running }}
          label={transfer?.state === 'FAILED' ? transfer.label : null}
          nameOf={(file) => inFolder(folder, file.name).replace(/^\/+/, '')}
          onOpen={(name) => setFolder(inFolder(folder, name))}
          onDownload={download.run}
          onRemove={(file) => setQuestion({ ask: 'REMOVE', file })}
        />
      )}
      {query.isSuccess && files.length === 0 && <p className="muted">This folder is empty.</p>}
      {query.isFetching && <p className="muted">Asking the drone for the folder…</p>}
      {question?.ask === 'UPLOAD' && (
        <UploadDialog
          {...dialog}
          file={question.file}
          replaces={files.some(({ name, kind }) => kind === 'FILE' && name === question.file.name)}
        />
      )}
      {question?.ask === 'REMOVE' && <RemoveDialog {...dialog} file={question.file} />}
      {question?.ask === 'FOLDER' && <FolderDialog {...dialog} />}
    </section>
  );
}

interface FolderRowProps {
  folder: string;
  onOpen(folder: string): void;
  busy: boolean;
  listing: boolean;
  onList(): void;
  onAsk(question: Question): void;
}

function FolderRow({ folder, onOpen, busy, listing, onList, onAsk }: FolderRowProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const open = (next: string): void => {
    setTyped(null);
    onOpen(next);
  };
  return (
    <div className="tool-row">
      <h3 className="folder-title">On the drone</h3>
      <Form
        className="folder-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed !== null && typed.trim() !== '') open(typed.trim());
        }}
      >
        <Field label="Folder" value={typed ?? folder} onChange={setTyped} maxLength={200} />
        <Button type="submit" className="button" isDisabled={typed === null}>
          Open
        </Button>
      </Form>
      <Button className="button" isDisabled={folder === '/'} onPress={() => open(parentFolder(folder))}>
        Up
      </Button>
      <Button className="button" isDisabled={listing || busy} onPress={onList}>
        {listing ? 'Listing…' : 'List again'}
      </Button>
      <span className="grow" />
      <Button className="button" isDisabled={busy} onPress={() => onAsk({ ask: 'FOLDER' })}>
        New folder…
      </Button>
      <FileTrigger
        onSelect={(chosen) => {
          const file = chosen?.item(0);
          if (file) onAsk({ ask: 'UPLOAD', file });
        }}
      >
        <Button className="button" isDisabled={busy}>
          Upload a file…
        </Button>
      </FileTrigger>
    </div>
  );
}

interface FileTableProps {
  files: readonly VehicleFile[];
  running: boolean;
  /** Name of the file whose download broke off last. */
  label: string | null;
  nameOf(file: VehicleFile): string;
  onOpen(name: string): void;
  onDownload(file: VehicleFile): void;
  onRemove(file: VehicleFile): void;
}

function FileTable({ files, running, label, nameOf, onOpen, onDownload, onRemove }: FileTableProps) {
  return (
    <table className="table figures" aria-label="Files on the drone">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" className="number">
            Size
          </th>
          <th scope="col">
            <span className="visually-hidden">Download or delete</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {files.map((file) => (
          <tr key={`${file.kind} ${file.name}`}>
            <th scope="row">
              {file.kind === 'FOLDER' ? (
                <Button className="row-button" onPress={() => onOpen(file.name)}>
                  {file.name}/
                </Button>
              ) : (
                file.name
              )}
            </th>
            <td className="number nowrap">{file.kind === 'FOLDER' ? NONE : sizeText(file.sizeBytes)}</td>
            <td className="table-action">
              {file.kind === 'FILE' && (
                <Button
                  className="button small"
                  isDisabled={running}
                  aria-label={`${label === nameOf(file) ? 'Go on with' : 'Download'} ${file.name}`}
                  onPress={() => onDownload(file)}
                >
                  {label === nameOf(file) ? 'Go on' : 'Download'}
                </Button>
              )}
              <Button
                className="button small"
                isDisabled={running}
                aria-label={`Delete… ${file.name}`}
                onPress={() => onRemove(file)}
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
