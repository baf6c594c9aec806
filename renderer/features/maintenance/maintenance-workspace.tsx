import type { Person } from '../../../preload/contract/session.ts';
import { useStore } from '../../state/store.ts';
import { MissionsInFlight } from '../frame/missions-in-flight.tsx';
import '../system/people.css';
import { ChecklistsPage } from './checklists-page.tsx';
import { DronePage } from './drone-page.tsx';
import { useMaintenance } from './maintenance-context.ts';
import './maintenance.css';
import { ModelsPage } from './models-page.tsx';

/** Beside the list: a drone, the checklists, or the models. It covers the map, which stays as it is underneath. */
export function MaintenanceWorkspace({ person }: { person: Person }) {
  const { part } = useStore(useMaintenance().state);
  return (
    <main className="maintenance" aria-label="Maintenance">
      <div className="maintenance-flying">
        <MissionsInFlight />
      </div>
      {part === 'drones' && <DronePage person={person} />}
      {part === 'checklists' && <ChecklistsPage person={person} />}
      {part === 'models' && <ModelsPage person={person} />}
    </main>
  );
}
