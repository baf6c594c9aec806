import { useEffect } from 'react';
import type { Person } from '../../../preload/contract/session.ts';
import { useAgeS } from '../../state/now.ts';
import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import { age } from '../../ui/formatting.ts';
import { DispatchList } from '../dispatch/dispatch-list.tsx';
import { DispatchSide } from '../dispatch/dispatch-side.tsx';
import { createIntake, IntakeContext } from '../dispatch/intake-context.ts';
import { DroneDetail } from '../operate/drone-detail.tsx';
import { FleetList } from '../operate/fleet-list.tsx';
import { AlertsBar } from './alerts-bar.tsx';
import './frame.css';
import { useMemo } from 'react';
import { MapPane } from './map-pane.tsx';
import { Rail } from './rail.tsx';
import { TopBar } from './top-bar.tsx';

/** Older than this, what is on screen may no longer be true (U4). */
const STALE_AFTER_S = 3;

/** Top bar, rail, list, map, detail, alerts: the same in every workspace. */
export function Frame({ person }: { person: Person }) {
  const station = useStation();
  const workspace = useSelected(station.view, (view) => view.workspace);
  // The call being taken survives a look at another workspace (U5).
  const intake = useMemo(() => createIntake(station), [station]);
  useEffect(() => intake.run(), [intake]);

  return (
    <IntakeContext value={intake}>
      <div className="frame" data-workspace={workspace}>
        <TopBar person={person} />
        <Rail />
        <Freshness />
        <section className="list-pane" aria-label={workspace === 'operate' ? 'Fleet' : 'Emergencies'}>
          {workspace === 'operate' ? <FleetList /> : <DispatchList />}
        </section>
        <MapPane person={person} />
        <aside className="side-pane" aria-label={workspace === 'operate' ? 'Selected drone' : 'Go or no-go'}>
          {workspace === 'operate' ? <DroneDetail person={person} /> : <DispatchSide person={person} />}
        </aside>
        <AlertsBar />
      </div>
    </IntakeContext>
  );
}

/** Says plainly, over a dimmed page, when the station went silent. */
function Freshness() {
  const station = useStation();
  const { phase } = useStore(station.connection.state);
  const receivedAtMs = useSelected(station.system, (system) => system.receivedAtMs);
  const silentS = useAgeS(receivedAtMs === 0 ? null : station.nowMs() - Date.now() + receivedAtMs);
  const stale = phase !== 'OPEN' || (silentS !== null && silentS > STALE_AFTER_S);
  useEffect(() => {
    document.documentElement.dataset.stale = String(stale);
  }, [stale]);
  return (
    <div role="status" className="stale-banner">
      {stale &&
        `The station does not answer. ${silentS === null ? '' : `This picture is ${age(silentS)} old.`} Commands cannot be sent.`}
    </div>
  );
}
