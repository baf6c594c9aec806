import { Bell } from 'lucide-react';
import { Button } from 'react-aria-components';
import type { Person } from '../../../preload/contract/session.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { NONE } from '../../ui/formatting.ts';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { chipOf } from '../operate/fleet-row.ts';
import { moment } from '../review/review-words.ts';
import { CheckPage } from './check-page.tsx';
import { FlightPattern } from './flight-pattern.tsx';
import { CheckHistory, Trends } from './history.tsx';
import { useMaintenance } from './maintenance-context.ts';
import { type DroneDue, useDue, useHistory, useOpenCheck } from './maintenance-queries.ts';
import { DECISION_WORDS, dateWords, dueWords } from './maintenance-words.ts';
import { CheckReport } from './report.tsx';

/** The selected drone: its check under way, or what is on record of it. */
export function DronePage({ person }: { person: Person }) {
  const { view } = useStation();
  const selected = useSelected(view, (state) => state.selectedKey);
  const due = useDue();
  const drone = due?.find(({ droneId }) => droneId === selected) ?? null;
  if (due === null) return <p className="maintenance-empty">Waiting for the station to answer…</p>;
  if (drone === null)
    return (
      <p className="maintenance-empty">
        {selected === null
          ? 'Choose a drone in the list: its history is shown, and a health check can be started.'
          : `${selected} is not registered at this station. Choose a drone in the list.`}
      </p>
    );
  return <Drone key={drone.droneId} drone={drone} person={person} />;
}

function Drone({ drone, person }: { drone: DroneDue; person: Person }) {
  const maintenance = useMaintenance();
  const { reportOf } = useStore(maintenance.state);
  const check = useOpenCheck(drone.droneId);
  const history = useHistory(drone.droneId, drone.lastCheckAtMs);
  const mayMaintain = person.permissions.includes('maintain_drones');
  const checks = history.data?.checks ?? [];
  if (reportOf !== null) {
    const signed = checks.find(({ healthCheckId }) => healthCheckId === reportOf);
    const reported = check?.healthCheckId === reportOf ? check : signed;
    if (reported !== undefined) return <CheckReport check={reported} drone={drone} />;
  }
  return (
    <>
      <DroneHead drone={drone} underWay={check !== null} mayMaintain={mayMaintain} />
      <ScrollArea label="Health of the drone">
        <div className="maintenance-body">
          {check === undefined ? (
            <p className="muted">Waiting for the station to answer…</p>
          ) : check !== null ? (
            <CheckPage check={check} model={drone.model} nextDue={drone.nextDue} mayMaintain={mayMaintain} />
          ) : (
            <>
              <Facts drone={drone} />
              <FlightPattern droneId={drone.droneId} mayMaintain={mayMaintain} />
              <FailureNote failure={history.failure} />
              {history.data !== null && (
                <>
                  <CheckHistory checks={checks} />
                  <Trends checks={checks} />
                </>
              )}
            </>
          )}
        </div>
      </ScrollArea>
    </>
  );
}

interface DroneHeadProps {
  drone: DroneDue;
  underWay: boolean;
  mayMaintain: boolean;
}

function DroneHead({ drone, underWay, mayMaintain }: DroneHeadProps) {
  const station = useStation();
  const { droneId } = drone;
  const detail = useStore(station.detail);
  const shown = detail.key === droneId ? detail.detail : null;
  const chip = shown === null ? null : chipOf(shown.entry);
  const start = useAction(() => station.connection.client.health.start({ droneId }));
  return (
    <header className="maintenance-head">
      <h1>{droneId}</h1>
      {chip !== null && <span className={`chip ${chip.look}`}>{chip.words}</span>}
      <span className="muted maintenance-model">
        {drone.model}
        {shown?.vehicle != null && ` · ${shown.vehicle.firmware ?? 'firmware not heard'}`}
        {shown !== null && shown.vehicle === null && ' · not heard since the station started'}
      </span>
      {!underWay &&
        (mayMaintain ? (
          <Button className="button primary" isDisabled={start.busy} onPress={() => start.run(undefined)}>
            {start.busy ? 'Starting…' : 'Start health check'}
          </Button>
        ) : (
          <span className="muted">Your role may not check drones: ask a supervisor.</span>
        ))}
      <FailureNote failure={start.failure} />
    </header>
  );
}

function Facts({ drone }: { drone: DroneDue }) {
  const due = dueWords(drone);
  return (
    <dl className="maintenance-facts">
      <div>
        <dt>Next maintenance</dt>
        <dd>
          {due.mark !== null && <Bell size={14} aria-hidden="true" />} {due.words}
          <small>{drone.nextDue !== null && dateWords(drone.nextDue)}</small>
        </dd>
      </div>
      <div>
        <dt>Last check</dt>
        <dd>
          {drone.lastCheckAtMs === null ? 'Never' : moment(drone.lastCheckAtMs)}
          <small>{drone.lastDecision !== null && `signed as ${DECISION_WORDS[drone.lastDecision]}`}</small>
        </dd>
      </div>
      <div>
        <dt>Flight hours</dt>
        <dd>{drone.flightHours.toFixed(1)} h</dd>
      </div>
      <div>
        <dt>Model</dt>
        <dd>{drone.model === '' ? NONE : drone.model}</dd>
      </div>
    </dl>
  );
}
