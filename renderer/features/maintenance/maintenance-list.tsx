import { Bell, Wrench } from 'lucide-react';
import { useMemo } from 'react';
import type { FleetEntry } from '../../../preload/contract/fleet.ts';
import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import { Segments } from '../../ui/field.tsx';
import { chipOf } from '../operate/fleet-row.ts';
import { moveFocus } from '../operate/move-focus.ts';
import { moment } from '../review/review-words.ts';
import { type MaintenancePart, useMaintenance } from './maintenance-context.ts';
import { type DroneDue, useDue } from './maintenance-queries.ts';
import { byDue, dueWords } from './maintenance-words.ts';

const PARTS: readonly { value: MaintenancePart; label: string }[] = [
  { value: 'drones', label: 'Drones' },
  { value: 'checklists', label: 'Checklists' },
  { value: 'models', label: 'AI models' },
];

/** The fleet by what is due: overdue first. */
export function MaintenanceList() {
  const station = useStation();
  const maintenance = useMaintenance();
  const { part } = useStore(maintenance.state);
  const selected = useSelected(station.view, (view) => view.selectedKey);
  const entries = useStore(station.fleet);
  const due = useDue();
  const drones = useMemo(() => (due === null ? null : byDue(due)), [due]);
  const entryOf = (droneId: string): FleetEntry | null => entries.find(({ key }) => key === droneId) ?? null;
  return (
    <>
      <h2>
        <span>Maintenance · by what is due</span>
        <span className="dim">{drones?.length}</span>
      </h2>
      <div className="maintenance-parts">
        <Segments
          label="What to work on"
          labelHidden
          choices={PARTS}
          value={part}
          onChange={maintenance.show}
        />
      </div>
      <ul aria-label="Drones by what is due" onKeyDown={moveFocus}>
        {drones?.map((drone) => (
          <DueRow
            key={drone.droneId}
            drone={drone}
            entry={entryOf(drone.droneId)}
            selected={part === 'drones' && drone.droneId === selected}
            onSelect={() => {
              maintenance.show('drones');
              station.view.select(drone.droneId);
            }}
          />
        ))}
      </ul>
      {drones === null && <p className="list-empty muted">Waiting for the station to answer…</p>}
      {drones?.length === 0 && (
        <p className="list-empty muted">No drone is registered. Register one under Operate.</p>
      )}
    </>
  );
}

interface DueRowProps {
  drone: DroneDue;
  entry: FleetEntry | null;
  selected: boolean;
  onSelect(): void;
}

function DueRow({ drone, entry, selected, onSelect }: DueRowProps) {
  const chip = entry === null ? null : chipOf(entry);
  const due = dueWords(drone);
  return (
    <li>
      <button type="button" className="drone" aria-current={selected ? 'true' : undefined} onClick={onSelect}>
        <span className="drone-line">
          <b>{drone.droneId}</b>
          {chip !== null && <span className={`chip ${chip.look}`}>{chip.words}</span>}
          <span className="grow" />
          <span className={due.mark === null ? 'muted' : 'due-mark'}>
            {due.mark !== null && <Bell size={13} aria-hidden="true" />}
            {due.words}
          </span>
        </span>
        <span className="drone-line muted">
          {drone.underWay ? (
            <span className="due-mark">
              <Wrench size={13} aria-hidden="true" />
              Check under way
            </span>
          ) : (
            <span>
              {drone.lastCheckAtMs === null ? 'Never checked' : `Checked ${moment(drone.lastCheckAtMs)}`}
            </span>
          )}
          <span className="grow" />
          <span>{drone.flightHours.toFixed(1)} h flown</span>
        </span>
      </button>
    </li>
  );
}
