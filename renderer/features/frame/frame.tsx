import { useEffect } from 'react';
import type { Person } from '../../../preload/contract/session.ts';
import { OUTDATED_ADDRESS } from '../../client/outdated-address.ts';
import { useSilence } from '../../state/silence.ts';
import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import { age } from '../../ui/formatting.ts';
import { DispatchList } from '../dispatch/dispatch-list.tsx';
import { DispatchSide } from '../dispatch/dispatch-side.tsx';
import { createIntake, IntakeContext } from '../dispatch/intake-context.ts';
import { createMaintenance, MaintenanceContext } from '../maintenance/maintenance-context.ts';
import { MaintenanceList } from '../maintenance/maintenance-list.tsx';
import { MaintenanceWorkspace } from '../maintenance/maintenance-workspace.tsx';
import { DroneDetail } from '../operate/drone-detail.tsx';
import { FleetList } from '../operate/fleet-list.tsx';
import { MissionReviewPane } from '../review/mission-review.tsx';
import { createReview, ReviewContext } from '../review/review-context.ts';
import { ReviewList } from '../review/review-list.tsx';
import { SystemWorkspace } from '../system/system-workspace.tsx';
import { createVehicleDesk, VehicleDeskContext } from '../vehicle/vehicle-desk.ts';
import { VehicleTools } from '../vehicle/vehicle-tools.tsx';
import { AlertsBar } from './alerts-bar.tsx';
import './frame.css';
import { useMemo } from 'react';
import { MapPane } from './map-pane.tsx';
import { Rail } from './rail.tsx';
import { ReplayBar } from './replay-bar.tsx';
import { TopBar } from './top-bar.tsx';

const PANES = {
  operate: { list: 'Fleet', side: 'Selected drone' },
  dispatch: { list: 'Emergencies', side: 'Go or no-go' },
  maintenance: { list: 'Maintenance of the fleet', side: null },
  review: { list: 'Missions and figures', side: 'Mission' },
  system: { list: null, side: null },
} as const;

/** Top bar, rail, list, map, detail, alerts: the same in every workspace. */
export function Frame({ person }: { person: Person }) {
  const station = useStation();
  const workspace = useSelected(station.view, (view) => view.workspace);
  // The call being taken survives a look at another workspace (U5).
  const intake = useMemo(() => createIntake(station), [station]);
  useEffect(() => intake.run(), [intake]);
  const review = useMemo(createReview, []);
  const vehicles = useMemo(() => createVehicleDesk(station.connection.client), [station]);
  const selected = useSelected(station.view, (view) => view.selectedKey !== null);
  const tools = useStore(vehicles.open) && selected && workspace === 'operate';
  const maintenance = useMemo(createMaintenance, []);
  const panes = PANES[workspace];

  return (
    <IntakeContext value={intake}>
      <ReviewContext value={review}>
        <MaintenanceContext value={maintenance}>
          <VehicleDeskContext value={vehicles}>
            <div className="frame" data-workspace={workspace} data-tools={tools}>
              <TopBar person={person} />
              <ReplayBar person={person} />
              <Rail />
              <SilenceBanner />
              {panes.list !== null && (
                <section className="list-pane" aria-label={panes.list}>
                  {workspace === 'operate' && <FleetList />}
                  {workspace === 'dispatch' && <DispatchList person={person} />}
                  {workspace === 'maintenance' && <MaintenanceList />}
                  {workspace === 'review' && <ReviewList />}
                </section>
              )}
              <MapPane person={person} />
              {panes.side !== null && !tools && (
                <aside className="side-pane" aria-label={panes.side}>
                  {workspace === 'operate' && <DroneDetail person={person} />}
                  {workspace === 'dispatch' && <DispatchSide person={person} />}
                  {workspace === 'review' && <MissionReviewPane />}
                </aside>
              )}
              {workspace === 'maintenance' && <MaintenanceWorkspace person={person} />}
              {workspace === 'system' && <SystemWorkspace person={person} />}
              {tools && <VehicleTools person={person} />}
              <AlertsBar />
            </div>
          </VehicleDeskContext>
        </MaintenanceContext>
      </ReviewContext>
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
