import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { FormDialog } from '../frame/form-dialog.tsx';
import { useAskAgain, useEarlierFlights } from './maintenance-queries.ts';
import { flightPatternWords } from './maintenance-words.ts';

/** What the drone's next flights are compared with, and how that begins anew after parts were changed. */
export function FlightPattern({ droneId, mayMaintain }: { droneId: string; mayMaintain: boolean }) {
  const { data, failure } = useEarlierFlights(droneId);
  const askAgain = useAskAgain();
  const [asking, setAsking] = useState(false);
  return (
    <section className="maintenance-section" aria-label="Flight pattern">
      <h3>Flight pattern</h3>
      <FailureNote failure={failure} />
      {data !== null && <p className="muted">{flightPatternWords(data)}</p>}
      {data !== null && data.flights > 0 && mayMaintain && (
        <div className="buttons">
          <Button className="button" onPress={() => setAsking(true)}>
            Learn anew…
          </Button>
        </div>
      )}
      {asking && (
        <LearnAnewDialog
          droneId={droneId}
          onClose={() => setAsking(false)}
          onDone={() => {
            setAsking(false);
            askAgain('earlier-flights', droneId);
          }}
        />
      )}
    </section>
  );
}

function LearnAnewDialog({ droneId, onClose, onDone }: { droneId: string; onClose(): void; onDone(): void }) {
  const { client } = useStation().connection;
  const forget = useAction(() => client.health.forgetEarlierFlights({ droneId }), onDone);
  return (
    <FormDialog
      title={`Learn anew how ${droneId} flies`}
      open
      onClose={onClose}
      confirm="Forget and learn anew"
      onConfirm={() => forget.run(undefined)}
      busy={forget.busy}
      failure={forget.failure}
    >
      <p>
        Do this after motors, propellers or other parts were changed. What was learnt from earlier flights is
        forgotten. Until enough new ones are flown, a fault that is there at take-off does not show in its
        flight pattern. It is recorded with your name.
      </p>
    </FormDialog>
  );
}
