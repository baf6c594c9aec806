import { memo } from 'react';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import type { Parameter, ParameterChange } from './parameter-changes.ts';
import { CHANGE_WORDS, numberText } from './vehicle-words.ts';

/** Autopilots have 1,000 to 1,500: a vehicle that claims more is shown in part. */
const MOST_ROWS = 2_000;

interface ParameterTableProps {
  parameters: readonly Parameter[];
  changes: ReadonlyMap<string, ParameterChange>;
  chosen: string | null;
  onChoose(name: string): void;
}

export function ParameterTable({ parameters, changes, chosen, onChoose }: ParameterTableProps) {
  return (
    <ScrollArea label="Parameters">
      <table className="table figures" aria-label="Parameters">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col" className="number">
              Value
            </th>
            <th scope="col">Changed from here</th>
          </tr>
        </thead>
        <tbody>
          {parameters.slice(0, MOST_ROWS).map(({ name, value }) => (
            <ParameterRow
              key={name}
              name={name}
              value={numberText(value)}
              change={changes.get(name)}
              selected={name === chosen}
              onChoose={onChoose}
            />
          ))}
        </tbody>
      </table>
      {parameters.length === 0 && <p className="vehicle-empty muted">No parameter of this name.</p>}
      {parameters.length > MOST_ROWS && (
        <p className="vehicle-empty muted">
          {parameters.length - MOST_ROWS} more: type a part of the name to find them.
        </p>
      )}
    </ScrollArea>
  );
}

interface RowProps {
  name: string;
  value: string;
  change: ParameterChange | undefined;
  selected: boolean;
  onChoose(name: string): void;
}

const ParameterRow = memo(function ParameterRow({ name, value, change, selected, onChoose }: RowProps) {
  return (
    <tr aria-current={selected ? 'true' : undefined} data-changed={change?.state === 'ACCEPTED'}>
      <th scope="row">
        <button type="button" className="row-button" aria-pressed={selected} onClick={() => onChoose(name)}>
          {name}
        </button>
      </th>
      <td className="number">{value}</td>
      <td>{change !== undefined && <ChangeWords change={change} />}</td>
    </tr>
  );
});

/** The life of a change in one line. */
export function ChangeWords({ change }: { change: ParameterChange }) {
  const { state, original, sentence } = change;
  if (state === 'ACCEPTED')
    return (
      <span className="change">
        <i className="change-mark" aria-hidden="true" />
        {original === null ? CHANGE_WORDS[state] : `was ${numberText(original)}`}
      </span>
    );
  return (
    <span className="change">
      {CHANGE_WORDS[state]}
      {sentence !== null && `: ${sentence}`}
    </span>
  );
}
