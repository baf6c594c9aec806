import type { FunctionComponent } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import type { Person } from '../../../preload/contract/session.ts';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { MissionsInFlight } from '../frame/missions-in-flight.tsx';
import { AccountTab } from './account-tab.tsx';
import { AuditTab } from './audit-tab.tsx';
import { DatabaseTab } from './database-tab.tsx';
import { LinksTab } from './links-tab.tsx';
import { SyncTab } from './sync-tab.tsx';
import { UsersTab } from './users-tab.tsx';
import './people.css';
import './system-workspace.css';

interface SystemTab {
  readonly id: string;
  readonly name: string;
  readonly panel: FunctionComponent<{ person: Person }>;
  /** Absent: everybody. */
  readonly shownTo?: (person: Person) => boolean;
}

const TABS: readonly SystemTab[] = [
  { id: 'account', name: 'My account', panel: AccountTab },
  { id: 'users', name: 'Users', panel: UsersTab, shownTo: (person) => person.role === 'ADMIN' },
  {
    id: 'database',
    name: 'Database',
    panel: DatabaseTab,
    shownTo: (person) => person.role !== 'DISPATCHER',
  },
  { id: 'links', name: 'Links', panel: LinksTab },
  {
    id: 'sync',
    name: 'Sync',
    panel: SyncTab,
    shownTo: (person) => person.permissions.includes('manage_sync'),
  },
  {
    id: 'audit',
    name: 'Audit',
    panel: AuditTab,
    shownTo: (person) => person.permissions.includes('read_audit'),
  },
];

/** What is not flying: people, records, the station itself. It covers the map, which stays as it is underneath. */
export function SystemWorkspace({ person }: { person: Person }) {
  const { view } = useStation();
  const wanted = useSelected(view, (state) => state.systemTab);
  const tabs = TABS.filter((tab) => tab.shownTo?.(person) !== false);
  const current = tabs.find((tab) => tab.id === wanted) ?? tabs[0];
  return (
    <main className="system" aria-label="System">
      <div className="system-flying">
        <MissionsInFlight />
      </div>
      <Tabs
        className="system-tabs"
        selectedKey={current?.id ?? ''}
        onSelectionChange={(key) => view.openSystem(String(key))}
      >
        <TabList className="system-tab-list" aria-label="System">
          {tabs.map(({ id, name }) => (
            <Tab key={id} id={id} className="system-tab">
              {name}
            </Tab>
          ))}
        </TabList>
        {tabs.map(({ id, panel: Panel }) => (
          <TabPanel key={id} id={id} className="system-panel">
            <Panel person={person} />
          </TabPanel>
        ))}
      </Tabs>
    </main>
  );
}
