import { useState } from 'react';
import type { VehicleFile } from '../../../preload/contract/vehicle-tools.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { Field } from '../../ui/field.tsx';
import { HoldButton } from '../../ui/hold-button.tsx';
import { FormDialog } from '../frame/form-dialog.tsx';
import { inFolder } from './file-paths.ts';
import { sizeText } from './vehicle-words.ts';

/** 4,000,000 characters of base64. */
const MOST_BYTES = 3_000_000;
const PIECE_BYTES = 0x8000;

interface FileDialogProps {
  systemId: number;
  folder: string;
  onClose(): void;
  onDone(): void;
}

export function UploadDialog(props: FileDialogProps & { file: File; replaces: boolean }) {
  const { systemId, folder, file, replaces, onClose, onDone } = props;
  const { client } = useStation().connection;
  const path = inFolder(folder, file.name);
  const upload = useAction(
    async () => client.vehicleTools.uploadFile({ systemId, path, base64: await base64Of(file) }),
    onDone,
  );
  const tooLarge = file.size > MOST_BYTES;
  return (
    <FormDialog
      title={replaces ? `Replace ${file.name} on the drone?` : `Upload ${file.name}?`}
      open
      onClose={onClose}
      confirm="Upload"
      onConfirm={() => {}}
      busy={upload.busy}
      failure={upload.failure}
      confirmButton={
        <HoldButton
          busy={upload.busy}
          disabled={tooLarge}
          disabledHint="too large"
          onConfirm={() => upload.run(undefined)}
        >
          {replaces ? 'Replace it' : 'Upload it'}
        </HoldButton>
      }
    >
      <p>
        {sizeText(file.size)}, to <b>{path}</b>.{' '}
        {replaces ? 'What the drone holds under this name is lost.' : 'A file of this name is not there yet.'}{' '}
        Its checksum is compared afterwards.
      </p>
      {tooLarge && <p>The file is too large: {sizeText(MOST_BYTES)} at most.</p>}
    </FormDialog>
  );
}

export function RemoveDialog({
  systemId,
  folder,
  file,
  onClose,
  onDone,
}: FileDialogProps & { file: VehicleFile }) {
  const { client } = useStation().connection;
  const path = inFolder(folder, file.name);
  const isFolder = file.kind === 'FOLDER';
  const remove = useAction(
    () =>
      isFolder
        ? client.vehicleTools.removeFolder({ systemId, path })
        : client.vehicleTools.removeFile({ systemId, path }),
    onDone,
  );
  return (
    <FormDialog
      title={`Delete ${path} from the drone?`}
      open
      onClose={onClose}
      confirm="Delete"
      onConfirm={() => {}}
      busy={remove.busy}
      failure={remove.failure}
      confirmButton={
        <HoldButton busy={remove.busy} onConfirm={() => remove.run(undefined)}>
          Delete it
        </HoldButton>
      }
    >
      <p>
        {isFolder
          ? 'The drone deletes a folder only when it is empty.'
          : `${sizeText(file.sizeBytes)}. It cannot be brought back, and the drone may need it: download it first if you are not sure.`}
      </p>
    </FormDialog>
  );
}

export function FolderDialog({ systemId, folder, onClose, onDone }: FileDialogProps) {
  const { client } = useStation().connection;
  const [name, setName] = useState('');
  const make = useAction(
    () => client.vehicleTools.makeFolder({ systemId, path: inFolder(folder, name.trim()) }),
    onDone,
  );
  return (
    <FormDialog
      title="New folder on the drone"
      open
      onClose={onClose}
      confirm="Make the folder"
      onConfirm={() => make.run(undefined)}
      confirmDisabled={name.trim() === ''}
      busy={make.busy}
      failure={make.failure}
    >
      <Field label={`Its name, in ${folder}`} value={name} onChange={setName} maxLength={100} autoFocus />
    </FormDialog>
  );
}

async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE_BYTES));
  return btoa(text);
}
