import { Button, FileTrigger } from 'react-aria-components';
import { Chooser } from '../../ui/field.tsx';
import { base64Of } from './photo.ts';

export type ModelFileSource =
  | { readonly kind: 'FILE'; readonly name: string }
  | { readonly kind: 'CHOSEN'; readonly file: File };

/** As the station takes it. */
export async function sourceOf(source: ModelFileSource) {
  return source.kind === 'FILE' ? source : { kind: 'BYTES' as const, base64: await base64Of(source.file) };
}

/** What goes through the page; what lies in the folder does not. */
export function sizeOf(source: ModelFileSource | null): number {
  return source?.kind === 'CHOSEN' ? source.file.size : 0;
}

interface ModelFileFieldProps {
  /** "model", "golden file". */
  what: string;
  extension: string;
  /** In the station's model folder. */
  names: readonly string[];
  value: ModelFileSource | null;
  onChange(value: ModelFileSource | null): void;
  optional?: boolean;
}

/** One file, from the station's folder or from this computer. */
export function ModelFileField(props: ModelFileFieldProps) {
  const { what, extension, names, value, onChange, optional = false } = props;
  return (
    <>
      {names.length > 0 && (
        <Chooser
          label={`In the folder: ${what}`}
          choices={names.map((name) => ({ value: name, label: name }))}
          value={value?.kind === 'FILE' ? value.name : null}
          onChange={(name) => onChange({ kind: 'FILE', name })}
        />
      )}
      <FileTrigger
        acceptedFileTypes={[extension]}
        onSelect={(chosen) => {
          const file = chosen?.[0];
          if (file !== undefined) onChange({ kind: 'CHOSEN', file });
        }}
      >
        <Button className="button">{value?.kind === 'CHOSEN' ? value.file.name : `Choose a ${what}…`}</Button>
      </FileTrigger>
      {optional && value !== null && (
        <Button className="button" onPress={() => onChange(null)}>
          Without {what}
        </Button>
      )}
    </>
  );
}
