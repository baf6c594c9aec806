import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { FleetDetail } from '../../../preload/contract/fleet.ts';
import type { Person } from '../../../preload/contract/session.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { Field } from '../../ui/field.tsx';
import { FormDialog } from '../frame/form-dialog.tsx';
import { RegisterDialog } from './register-dialog.tsx';

type Move = 'MAINTENANCE' | 'READY';

/** What can be done with a drone that flies no mission: make it known, ground it, return it to service. */
export function GroundActions({ detail, person }: { detail: FleetDetail; person: Person }) {
  const [registering, setRegistering] = useState(false);
  const [move, setMove] = useState<Move | null>(null);
  const { record, vehicle } = detail;

  if (record === null) {
    if (vehicle === null) return null;
    return (
      <div className="side-actions">
        <p className="muted">
          Nobody registered this vehicle. It cannot be launched until it has an id, a serial number and a
          base.
        </p>
        {person.permissions.includes('register_drones') ? (
          <Button className="button primary" onPress={() => setRegistering(true)}>
            Register…
          </Button>
        ) : (
          <p className="muted">Your role may not register drones: ask a supervisor.</p>
        )}
        {registering && <RegisterDialog systemId={vehicle.systemId} onClose={() => setRegistering(false)} />}
      </div>
    );
  }
  const next: Move = record.status === 'MAINTENANCE' || record.status === 'OFFLINE' ? 'READY' : 'MAINTENANCE';
  return (
    <div className="side-actions">
      <Button className="button" onPress={() => setMove(next)}>
        {next === 'READY' ? 'Return to service…' : 'Ground…'}
      </Button>
      {move !== null && <StatusDialog droneId={record.droneId} move={move} onClose={() => setMove(null)} />}
    </div>
  );
}

function StatusDialog({ droneId, move, onClose }: { droneId: string; move: Move; onClose(): void }) {
  const { client } = useStation().connection;
  const [reason, setReason] = useState('');
  const action = useAction(
    () => client.fleet.setStatus({ droneId, status: move, reason: reason.trim() }),
    onClose,
  );
  const words = move === 'READY' ? 'Return to service' : 'Ground';
  return (
    <FormDialog
      title={`${words}: ${droneId}`}
      open
      onClose={onClose}
      confirm={words}
      onConfirm={() => action.run(undefined)}
      confirmDisabled={reason.trim() === ''}
      busy={action.busy}
      failure={action.failure}
    >
      <p className="muted">
        {move === 'READY'
          ? 'It can be chosen for a launch again. The reason is recorded with your name.'
          : 'It cannot be launched until somebody returns it to service. The reason is recorded with your name.'}
      </p>
      <Field label="Reason" value={reason} onChange={setReason} autoFocus maxLength={500} />
    </FormDialog>
  );
}
