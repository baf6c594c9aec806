import { Button } from 'react-aria-components';
import type { MissionSummary } from '../../../preload/contract/missions.ts';
import { useStation } from '../../state/station.ts';
import { useStore } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { duration } from '../../ui/formatting.ts';
import { HoldButton } from '../../ui/hold-button.tsx';
import { ABORT_REASONS, useAbort } from '../operate/use-mission-actions.ts';
import './missions-in-flight.css';

/** Missions whose detail is not in sight: their abort is still one step away (F4). */
export function MissionsInFlight({ exceptDroneId = null }: { exceptDroneId?: string | null }) {
  const missions = useStore(useStation().missions).filter(
    (mission) =>
      mission.phase !== 'OVER' && mission.remoteStationId === null && mission.droneId !== exceptDroneId,
  );
  if (missions.length === 0) return null;
  return (
    <ul className="flying" aria-label="Missions in flight">
      {missions.map((mission) => (
        <FlyingMission key={mission.missionId} mission={mission} />
      ))}
    </ul>
  );
}

function FlyingMission({ mission }: { mission: MissionSummary }) {
  const { view } = useStation();
  const abort = useAbort(mission.missionId);
  return (
    <li className="map-card flying-mission">
      <Button className="flying-name" onPress={() => view.show(mission.droneId)}>
        <b>{mission.droneId}</b> <span className="muted">{whereabouts(mission)}</span>
      </Button>
      <HoldButton look="small" busy={abort.busy} onConfirm={() => abort.run(ABORT_REASONS[0])}>
        Abort<span className="visually-hidden"> {mission.droneId} and return:</span>
      </HoldButton>
      <FailureNote failure={abort.failure} />
    </li>
  );
}

function whereabouts(mission: MissionSummary): string {
  if (mission.timeToSceneS !== null) return `scene in ${duration(mission.timeToSceneS)}`;
  switch (mission.phase) {
    case 'UPLOADING':
    case 'ARMING':
    case 'STARTING':
      return 'starting';
    case 'OUTBOUND':
      return 'on the way';
    case 'LANDING':
      return 'landing';
    case 'RELEASING':
    case 'AWAITING_CONFIRMATION':
    case 'ON_SCENE':
      return 'on scene';
    case 'HOLDING':
      return 'holding position';
    case 'ABORTING':
      return 'aborting';
    case 'PREPARING_RETURN':
    case 'RETURNING':
      return 'returning';
    case 'OVER':
      return 'over';
  }
}
