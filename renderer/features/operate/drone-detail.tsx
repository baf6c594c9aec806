import type { FleetDetail } from '../../../preload/contract/fleet.ts';
import type { Person } from '../../../preload/contract/session.ts';
import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import { missionOf } from '../../state/timeline.ts';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { Conversation } from './conversation.tsx';
import './drone-detail.css';
import { GuidedActions } from '../vehicle/guided-actions.tsx';
import { isFlying } from '../vehicle/guided-block.ts';
import { useRallyEdited } from '../vehicle/rally-edited.ts';
import { RallyPane } from '../vehicle/rally-pane.tsx';
import { ToolsButton } from '../vehicle/tools-button.tsx';
import { chipOf } from './fleet-row.ts';
import { FlightInstruments } from './flight-instruments.tsx';
import { GroundActions } from './ground-actions.tsx';
import { MissionActions } from './mission-actions.tsx';
import { MissionTimeline } from './mission-timeline.tsx';
import {
  AedSection,
  AnomalySection,
  HealthSection,
  InferenceSection,
  PowerSection,
} from './system-sections.tsx';

/** Everything about the selected drone, and what can be done with it. */
export function DroneDetail({ person }: { person: Person }) {
  const station = useStation();
  const key = useSelected(station.view, (view) => view.selectedKey);
  const { detail } = useStore(station.detail);
  const mission = useSelected(station.missions, (missions) => missionOf(missions, key));
  const flying = mission !== null && mission.phase !== 'OVER' ? mission : null;

  const rally = useRallyEdited();

  if (rally !== null && key !== null) return <RallyPane draft={rally} name={key} person={person} />;
  if (key === null) {
    return (
      <p className="side-empty">Choose a drone in the list or on the map to see its state and command it.</p>
    );
  }
  return (
    <>
      <DetailHeader name={key} detail={detail} />
      <ScrollArea label="State and mission">
        <Readings detail={detail} />
        {mission !== null && <MissionTimeline mission={mission} />}
        {mission !== null && <Conversation />}
        {detail !== null && detail.vehicle !== null && (
          <>
            <InferenceSection vehicle={detail.vehicle} match={detail.modelMatch} />
            <AedSection aed={detail.vehicle.aed} />
            {flying !== null && (
              <div className="section">
                <GuidedActions vehicle={detail.vehicle} person={person} onMission />
              </div>
            )}
          </>
        )}
      </ScrollArea>
      {flying?.remoteStationId != null || detail?.entry.remoteStationId != null ? null : flying !== null ? (
        // A new mission starts with no failure and no reason left from the one before.
        <MissionActions key={flying.missionId} mission={flying} />
      ) : (
        detail !== null && <FreeActions key={key} detail={detail} person={person} />
      )}
    </>
  );
}

/** What it says of itself, or why there is nothing to show. */
function Readings({ detail }: { detail: FleetDetail | null }) {
  if (detail === null) return <p className="section muted">Waiting for its data…</p>;
  const { entry, vehicle, anomaly } = detail;
  if (entry.remoteStationId !== null)
    return (
      <p className="section muted">
        The station {entry.remoteStationId} has this drone, and only it can command it. {entry.sentence}.
      </p>
    );
  if (vehicle === null)
    return (
      <p className="section muted">
        Never heard since the station started. Switch it on, or check the links.
      </p>
    );
  return (
    <>
      <FlightInstruments vehicle={vehicle} />
      <PowerSection vehicle={vehicle} />
      <HealthSection vehicle={vehicle} />
      <AnomalySection anomaly={anomaly} />
    </>
  );
}

/** Of a drone without a mission. One in the air is flown: that it is grounded afterwards is said on the ground. */
function FreeActions({ detail, person }: { detail: FleetDetail; person: Person }) {
  const { vehicle, record } = detail;
  const flying = vehicle !== null && isFlying(vehicle);
  return (
    <>
      {flying && (
        <div className="side-actions">
          <GuidedActions vehicle={vehicle} person={person} onMission={false} />
        </div>
      )}
      {(!flying || record === null) && <GroundActions detail={detail} person={person} />}
    </>
  );
}

function DetailHeader({ name, detail }: { name: string; detail: FleetDetail | null }) {
  const chip = detail === null ? null : chipOf(detail.entry);
  const vehicle = detail?.vehicle ?? null;
  return (
    <header className="section detail-header">
      <h1>{name}</h1>
      {detail !== null && detail.entry.remoteStationId === null && <ToolsButton />}
      {chip !== null && <span className={`chip ${chip.look}`}>{chip.words}</span>}
      <span className="muted detail-mode">
        {vehicle !== null && (
          <>
            {vehicle.armed ? 'Armed · ' : ''}
            {vehicle.modeText}
            {vehicle.firmware !== null && ` · ${vehicle.firmware}`}
          </>
        )}
      </span>
      {detail !== null && detail.entry.attention !== 'NONE' && detail.entry.attention !== 'IN_FLIGHT' && (
        <p className="detail-reason">{detail.entry.sentence}</p>
      )}
    </header>
  );
}
