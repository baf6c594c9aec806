import { useState } from 'react';
import { Button, Checkbox, FileTrigger } from 'react-aria-components';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { HoldButton } from '../../ui/hold-button.tsx';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { NO_CHANGES, type ParameterChange, type VehicleChanges } from './parameter-changes.ts';
import { ChangeWords } from './parameter-table.tsx';
import { type ComparedFile, useVehicleDesk } from './vehicle-desk.ts';
import { CHANGE_WORDS, numberText } from './vehicle-words.ts';

const FORMATS = { MISSION_PLANNER: 'Mission Planner', QGC: 'QGroundControl' };
const MOST_NAMED = 8;

/** Compares a file with what was read. Nothing is sent by it. */
export function OpenParameterFile({ systemId }: { systemId: number }) {
  const { client } = useStation().connection;
  const desk = useVehicleDesk();
  const open = useAction(async (file: File) => {
    const diff = await client.vehicleTools.compareParameterFile({ systemId, text: await file.text() });
    desk.keepFile(systemId, { name: file.name, diff });
  });
  return (
    <>
      <FileTrigger
        acceptedFileTypes={['.param', '.params', '.parm', 'text/plain']}
        onSelect={(files) => {
          const file = files?.item(0);
          if (file) open.run(file);
        }}
      >
        <Button className="button" isDisabled={open.busy}>
          Open a file…
        </Button>
      </FileTrigger>
      <FailureNote failure={open.failure} />
    </>
  );
}

interface ParameterFileProps {
  systemId: number;
  file: ComparedFile;
  mayChange: boolean;
}

/** What a file's values would change, to choose from, and the way of those that were chosen. */
export function ParameterFile({ systemId, file, mayChange }: ParameterFileProps) {
  const desk = useVehicleDesk();
  const { differences, notOnVehicle, notInFile, format } = file.diff;
  const changes = useSelected(desk.changes.state, (all) => all.get(systemId) ?? NO_CHANGES);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const open = differences.filter(({ name, wanted }) => !isSet(changes.byName.get(name), wanted));
  const chosen = open.filter(({ name }) => !left.has(name));
  const choose = (name: string, isChosen: boolean): void => {
    const next = new Set(left);
    if (isChosen) next.delete(name);
    else next.add(name);
    setLeft(next);
  };
  return (
    <>
      <div className="tool-row">
        <p>
          <b>{file.name}</b>
          <span className="muted">
            {` · ${FORMATS[format]} · ${differences.length} differ · ${notInFile} are not in the file`}
          </span>
        </p>
        <span className="grow" />
        {(changes.running || mayChange) && (
          <SetChosen systemId={systemId} changes={changes} chosen={chosen} />
        )}
        <Button className="button" onPress={() => desk.keepFile(systemId, null)}>
          Close the file
        </Button>
      </div>
      {notOnVehicle.length > 0 && (
        <p className="muted">
          Not on this drone: {notOnVehicle.slice(0, MOST_NAMED).join(', ')}
          {notOnVehicle.length > MOST_NAMED && ` and ${notOnVehicle.length - MOST_NAMED} more`}
        </p>
      )}
      <DifferenceTable differences={differences} changes={changes} left={left} onChoose={choose} />
    </>
  );
}

type Difference = ComparedFile['diff']['differences'][number];

interface SetChosenProps {
  systemId: number;
  changes: VehicleChanges;
  chosen: readonly Difference[];
}

/** Sends the chosen values one by one, or says how far that has come. */
function SetChosen({ systemId, changes, chosen }: SetChosenProps) {
  const desk = useVehicleDesk();
  const wishes = chosen.map(({ name, wanted }) => ({ name, value: wanted }));
  if (!changes.running)
    return (
      <HoldButton
        disabled={chosen.length === 0}
        disabledHint="choose at least one"
        onConfirm={() => desk.changes.set(systemId, wishes)}
      >
        Set {chosen.length} of them
      </HoldButton>
    );
  return (
    <>
      <progress aria-label="Changes" max={changes.total} value={changes.done} data-running="true" />
      <span role="status">
        {changes.done} of {changes.total}
      </span>
      <Button className="button" onPress={() => desk.changes.cancel(systemId)}>
        Cancel
      </Button>
    </>
  );
}

interface DifferenceTableProps {
  differences: readonly Difference[];
  changes: VehicleChanges;
  left: ReadonlySet<string>;
  onChoose(name: string, isChosen: boolean): void;
}

function DifferenceTable({ differences, changes, left, onChoose }: DifferenceTableProps) {
  return (
    <ScrollArea label="Differences">
      <table className="table figures" aria-label="Differences">
        <thead>
          <tr>
            <th scope="col">Set</th>
            <th scope="col">Name</th>
            <th scope="col" className="number">
              On the drone
            </th>
            <th scope="col" className="number">
              In the file
            </th>
            <th scope="col">Outcome</th>
          </tr>
        </thead>
        <tbody>
          {differences.map(({ name, held, wanted }) => (
            <tr key={name}>
              <td>
                <Checkbox
                  className="check"
                  aria-label={`Set ${name}`}
                  isSelected={!left.has(name)}
                  isDisabled={changes.running || isSet(changes.byName.get(name), wanted)}
                  onChange={(isChosen) => onChoose(name, isChosen)}
                >
                  <span className="check-box" aria-hidden="true" />
                </Checkbox>
              </td>
              <th scope="row">{name}</th>
              <td className="number">{numberText(held)}</td>
              <td className="number">{numberText(wanted)}</td>
              <td>
                <Outcome change={changes.byName.get(name)} wanted={wanted} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {differences.length === 0 && (
        <p className="vehicle-empty muted">The drone holds the values of the file already.</p>
      )}
    </ScrollArea>
  );
}

function isSet(change: ParameterChange | undefined, wanted: number): boolean {
  return change?.state === 'ACCEPTED' && change.wanted === wanted;
}

/** Of this value, not of another one that was tried before. */
function Outcome({ change, wanted }: { change: ParameterChange | undefined; wanted: number }) {
  if (change === undefined || change.wanted !== wanted) return null;
  return change.state === 'ACCEPTED' ? CHANGE_WORDS.ACCEPTED : <ChangeWords change={change} />;
}
