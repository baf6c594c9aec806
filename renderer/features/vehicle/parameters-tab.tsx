import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Button, Checkbox } from 'react-aria-components';
import type { ParameterDescription } from '../../../preload/contract/vehicle-tools.ts';
import { failureOf } from '../../client/failure.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Field } from '../../ui/field.tsx';
import { saveFile } from '../review/save-file.ts';
import { asOfText } from './parameter-advice.ts';
import { NO_CHANGES, type Parameter } from './parameter-changes.ts';
import { ParameterEdit } from './parameter-edit.tsx';
import { OpenParameterFile, ParameterFile } from './parameter-file.tsx';
import { ParameterTable } from './parameter-table.tsx';
import type { ToolTabProps } from './tool-tab.ts';
import { TransferLine } from './transfer-line.tsx';
import { useVehicleDesk } from './vehicle-desk.ts';

const NO_PARAMETERS: Parameter[] = [];
const NO_DESCRIPTIONS: ParameterDescription[] = [];

/** Read, searched, changed with read-back, kept in files and compared with them. */
export function ParametersTab(props: ToolTabProps) {
  const { systemId, status, person } = props;
  const station = useStation();
  const { client } = station.connection;
  const desk = useVehicleDesk();
  const mayChange = person.permissions.includes('maintain_drones');
  const held = status?.parameters ?? null;
  const readAtMs = held?.readAtMs ?? null;
  const { parameters, failure } = useParameters(systemId, readAtMs);
  const read = useAction(() => client.vehicleTools.readParameters({ systemId }));
  const file = useSelected(desk.files, (files) => files.get(systemId) ?? null);
  const reading = status?.transfer?.kind === 'PARAMETERS' && status.transfer.state === 'RUNNING';
  return (
    <div className="parameters">
      <div className="tool-row">
        <Button
          className={readAtMs === null ? 'button primary' : 'button'}
          isDisabled={read.busy || reading}
          onPress={() => read.run(undefined)}
        >
          {readAtMs === null ? 'Read the parameters' : 'Read again'}
        </Button>
        <TransferLine systemId={systemId} transfer={status?.transfer ?? null} mayCancel={mayChange} />
      </div>
      <FailureNote failure={read.failure ?? failure} />
      {status?.parametersNote != null && <p role="alert">{status.parametersNote}</p>}
      {held === null ? (
        <p className="vehicle-empty muted">
          The parameters of this drone were not read yet. Reading them takes some seconds, on a slow radio a
          minute.
        </p>
      ) : (
        <>
          <FileRow systemId={systemId} held={held} />
          {file === null ? (
            <ParameterList {...props} parameters={parameters} />
          ) : (
            <ParameterFile systemId={systemId} file={file} mayChange={mayChange} />
          )}
        </>
      )}
    </div>
  );
}

/** As they were read last; asked for anew when they were read again, or changed from here. */
function useParameters(systemId: number, readAtMs: number | null) {
  const station = useStation();
  const queries = useQueryClient();
  const { changes } = useVehicleDesk();
  const changing = useSelected(changes.state, (all) => all.get(systemId)?.running ?? false);
  useEffect(() => {
    if (!changing) void queries.invalidateQueries({ queryKey: ['vehicle', systemId, 'parameters'] });
  }, [changing, queries, systemId]);
  const query = useQuery({
    queryKey: ['vehicle', systemId, 'parameters', readAtMs],
    queryFn: () => station.connection.client.vehicleTools.parameters({ systemId }),
    enabled: readAtMs !== null,
    placeholderData: keepPreviousData,
  });
  return {
    parameters: query.data?.parameters ?? NO_PARAMETERS,
    failure: query.error === null ? null : failureOf(query.error),
  };
}

interface FileRowProps {
  systemId: number;
  held: NonNullable<NonNullable<ToolTabProps['status']>['parameters']>;
}

function FileRow({ systemId, held }: FileRowProps) {
  const { client } = useStation().connection;
  const save = useAction(
    (format: 'MISSION_PLANNER' | 'QGC') => client.vehicleTools.parameterFile({ systemId, format }),
    ({ fileName, text }) => saveFile(fileName, 'text/plain', text),
  );
  return (
    <div className="tool-row">
      <OpenParameterFile systemId={systemId} />
      <Button className="button" isDisabled={save.busy} onPress={() => save.run('MISSION_PLANNER')}>
        Save for Mission Planner
      </Button>
      <Button className="button" isDisabled={save.busy} onPress={() => save.run('QGC')}>
        Save for QGroundControl
      </Button>
      <span className="muted" role="status">
        {asOfText(held)}
      </span>
      <FailureNote failure={save.failure} />
    </div>
  );
}

/** By name; asked for once they were read from the drone. */
function useDescriptions(systemId: number, count: number) {
  const station = useStation();
  const query = useQuery({
    queryKey: ['vehicle', systemId, 'parameter descriptions', count],
    queryFn: () => station.connection.client.vehicleTools.parameterDescriptions({ systemId }),
    enabled: count > 0,
  });
  return query.data?.descriptions ?? NO_DESCRIPTIONS;
}

function ParameterList({
  systemId,
  status,
  person,
  parameters,
}: ToolTabProps & { parameters: readonly Parameter[] }) {
  const desk = useVehicleDesk();
  const changes = useSelected(desk.changes.state, (all) => all.get(systemId) ?? NO_CHANGES);
  const [search, setSearch] = useState('');
  const [changedOnly, setChangedOnly] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const wanted = search.trim().toUpperCase();
  const shown = parameters.filter(
    ({ name }) => name.includes(wanted) && (!changedOnly || changes.byName.has(name)),
  );
  const parameter = parameters.find(({ name }) => name === chosen) ?? null;
  const told = status?.descriptions ?? null;
  const descriptions = useDescriptions(systemId, told?.count ?? 0);
  return (
    <>
      <div className="tool-row">
        <Field label="Find a parameter" value={search} onChange={setSearch} />
        <Checkbox className="check" isSelected={changedOnly} onChange={setChangedOnly}>
          <span className="check-box" aria-hidden="true" />
          Only those changed from here
        </Checkbox>
        <span className="muted" role="status">
          {shown.length} of {parameters.length}
        </span>
      </div>
      <div className="parameter-panes">
        <ParameterTable parameters={shown} changes={changes.byName} chosen={chosen} onChoose={setChosen} />
        {parameter === null ? (
          <p className="vehicle-empty muted">Choose a parameter to change it. {told?.sentence ?? ''}</p>
        ) : (
          <ParameterEdit
            key={parameter.name}
            systemId={systemId}
            parameter={parameter}
            description={descriptions.find(({ name }) => name === parameter.name) ?? null}
            mayChange={person.permissions.includes('maintain_drones')}
          />
        )}
      </div>
    </>
  );
}
