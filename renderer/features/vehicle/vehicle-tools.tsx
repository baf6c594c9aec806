import { useEffect, useRef, useState } from 'react';
import { Button, Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import type { Person } from '../../../preload/contract/session.ts';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { MissionsInFlight } from '../frame/missions-in-flight.tsx';
import { AboutTab } from './about-tab.tsx';
import { BehaviourTab } from './behaviour-tab.tsx';
import { FilesTab } from './files-tab.tsx';
import { KeptLogs, LogsTab } from './logs-tab.tsx';
import { MessagesTab } from './messages-tab.tsx';
import { ParametersTab } from './parameters-tab.tsx';
import { PlansTab } from './plans-tab.tsx';
import type { ToolTabProps } from './tool-tab.ts';
import { TrafficTab } from './traffic-tab.tsx';
import { useVehicleDesk } from './vehicle-desk.ts';
import { useToolsStatus } from './vehicle-feeds.ts';
import './vehicle.css';

const TABS = [
  { id: 'messages', title: 'Messages', panel: MessagesTab },
  { id: 'parameters', title: 'Parameters', panel: ParametersTab },
  { id: 'behaviour', title: 'Behaviour', panel: BehaviourTab },
  { id: 'logs', title: 'Logs', panel: LogsTab },
  { id: 'files', title: 'Files', panel: FilesTab },
  { id: 'plans', title: 'Plans', panel: PlansTab },
  { id: 'about', title: 'Components', panel: AboutTab },
  { id: 'traffic', title: 'Traffic', panel: TrafficTab },
] as const;

/** Everything about one vehicle that is not flying it. It covers map and detail; the fleet stays at its side. */
export function VehicleTools({ person }: { person: Person }) {
  const station = useStation();
  const desk = useVehicleDesk();
  const [tab, setTab] = useState<string>(TABS[0].id);
  const panel = useRef<HTMLElement>(null);
  const key = useSelected(station.detail, (detail) => detail.key);
  const systemId = useSelected(station.detail, (detail) => detail.detail?.vehicle?.systemId ?? null);
  const isRemote = useSelected(station.detail, (detail) => detail.detail?.entry.remoteStationId != null);
  const isReplay = useSelected(station.detail, (detail) => detail.detail?.vehicle?.isReplay === true);
  useEffect(() => panel.current?.focus(), []);

  useEffect(() => {
    // Menus and dialogs keep their Escape to themselves; a hold that is under way is what it ends first.
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      const holding = document.querySelector('[data-phase="HOLDING"]') !== null;
      if (!holding) desk.setOpen(false);
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [desk]);
  return (
    <main className="vehicle-tools" aria-label={`Vehicle tools of ${key ?? ''}`} ref={panel} tabIndex={-1}>
      <header className="vehicle-head">
        <h1>{key}</h1>
        <span className="muted">Vehicle tools{systemId !== null && ` · system ${systemId}`}</span>
        <span className="grow" />
        <Button className="button" onPress={() => desk.setOpen(false)}>
          Back to the map
        </Button>
      </header>
      <MissionsInFlight />
      {systemId === null || isRemote ? (
        <div className="vehicle-panel">
          <p className="muted">
            {isRemote
              ? 'Another station has this drone: its tools are there.'
              : 'This drone was not heard since the station started. Switch it on, or check the links.'}
          </p>
          {person.permissions.includes('maintain_drones') && (
            <KeptLogs vehicle={key ?? ''} arrivedAtMs={null} />
          )}
        </div>
      ) : (
        <ToolTabs
          key={systemId}
          {...{ systemId, person, tab, isReplay }}
          vehicle={key ?? ''}
          onTab={setTab}
        />
      )}
    </main>
  );
}

interface ToolTabsProps extends Omit<ToolTabProps, 'status'> {
  readonly tab: string;
  onTab(tab: string): void;
}

function ToolTabs({ tab, onTab, ...tool }: ToolTabsProps) {
  const status = useToolsStatus(tool.systemId);
  return (
    <Tabs className="system-tabs" selectedKey={tab} onSelectionChange={(next) => onTab(String(next))}>
      <TabList className="system-tab-list" aria-label="Vehicle tools">
        {TABS.map(({ id, title }) => (
          <Tab key={id} id={id} className="system-tab">
            {title}
            {id === 'plans' &&
              status?.plans.some(({ state }) => state === 'DIFFERS') === true &&
              ' · differs'}
          </Tab>
        ))}
      </TabList>
      {TABS.map(({ id, panel: Panel }) => (
        <TabPanel key={id} id={id} className="vehicle-panel">
          <Panel {...tool} status={status} />
        </TabPanel>
      ))}
    </Tabs>
  );
}
