import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { Chooser, Field } from '../../ui/field.tsx';
import { FormDialog } from '../frame/form-dialog.tsx';

/** Makes a vehicle known that is heard as this system. */
export function RegisterDialog({ systemId, onClose }: { systemId: number; onClose(): void }) {
  const { connection, view } = useStation();
  const [droneId, setDroneId] = useState('');
  const [serialNumber, setSerialNumber] = useState('');
  const [model, setModel] = useState('');
  const [baseStationId, setBaseStationId] = useState<string | null>(null);
  const bases = useQuery({
    queryKey: ['baseStations', 'register'],
    queryFn: () => connection.client.fleet.baseStations(),
  });
  const register = useAction(
    () =>
      connection.client.fleet.register({
        droneId: droneId.trim(),
        systemId,
        serialNumber: serialNumber.trim(),
        baseStationId: baseStationId ?? '',
        ...(model.trim() !== '' && { model: model.trim() }),
      }),
    (record) => {
      view.select(record.droneId);
      onClose();
    },
  );
  const complete = droneId.trim() !== '' && serialNumber.trim() !== '' && baseStationId !== null;

  return (
    <FormDialog
      title={`Register system ${systemId}`}
      open
      onClose={onClose}
      confirm="Register"
      onConfirm={() => register.run(undefined)}
      confirmDisabled={!complete}
      busy={register.busy}
      failure={register.failure}
    >
      <div className="two">
        <Field label="Drone id" value={droneId} onChange={setDroneId} maxLength={50} autoFocus />
        <Field label="Serial number" value={serialNumber} onChange={setSerialNumber} maxLength={100} />
      </div>
      <div className="two">
        <Chooser
          label="Base station"
          choices={(bases.data ?? []).map((base) => ({ value: base.baseStationId, label: base.name }))}
          value={baseStationId}
          onChange={setBaseStationId}
        />
        <Field label="Model (if known)" value={model} onChange={setModel} maxLength={100} />
      </div>
    </FormDialog>
  );
}
