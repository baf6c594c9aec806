import { useEffect } from 'react';
import type { Person } from '../../../preload/contract/session.ts';
import { OUTDATED_ADDRESS } from '../../client/outdated-address.ts';
import { useSilence } from '../../state/silence.ts';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { age } from '../../ui/formatting.ts';
import { DispatchList } from '../dispatch/dispatch-list.tsx';
import { DispatchSide } from '../dispatch/dispatch-side.tsx';
import { createIntake, IntakeContext } from '../dispatch/intake-context.ts';
import { DroneDetail } from '../operate/drone-detail.tsx';
import { FleetList } from '../operate/fleet-list.tsx';
import { SystemWorkspace } from '../system/system-workspace.tsx';
import { AlertsBar } from './alerts-bar.tsx';
import './frame.css';
import { useMemo } from 'react';
import { MapPane } from './map-pane.tsx';
import { Rail } from './rail.tsx';
import { TopBar } from './top-bar.tsx';

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
        <SilenceBanner />
        {workspace !== 'system' && (
          <section className="list-pane" aria-label={workspace === 'operate' ? 'Fleet' : 'Emergencies'}>
            {workspace === 'operate' ? <FleetList /> : <DispatchList />}
          </section>
        )}
        <MapPane person={person} />
        {workspace !== 'system' && (
          <aside
            className="side-pane"
            aria-label={workspace === 'operate' ? 'Selected drone' : 'Go or no-go'}
          >
            {workspace === 'operate' ? <DroneDetail person={person} /> : <DispatchSide person={person} />}
          </aside>
        )}
        {workspace === 'system' && <SystemWorkspace person={person} />}
        <AlertsBar />
      </div>
    </IntakeContext>
  );
}

/** Says plainly, over a dimmed page, that the station went silent. */
function SilenceBanner() {
  const { silent, forS } = useSilence();
  const outdated = useSelected(useStation().connection.state, (state) => state.outdated);
  useEffect(() => {
    document.documentElement.dataset.stale = String(silent);
  }, [silent]);
  const old = forS === null ? '' : `This picture is ${age(forS)} old. `;
  const said = outdated ? OUTDATED_ADDRESS : 'The station does not answer.';
  return (
    <div className="stale-banner">
      <span className="visually-hidden" role="status">
        {silent && `${said} Commands may not reach it.`}
      </span>
      {silent && (
        <p>
          {said} {old}Commands may not reach it.
        </p>
      )}
    </div>
  );
}
