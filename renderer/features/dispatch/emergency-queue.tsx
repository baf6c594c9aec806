import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { Emergency } from '../../../preload/contract/emergencies.ts';
import type { MissionSummary } from '../../../preload/contract/missions.ts';
import { useNowMs } from '../../state/now.ts';
import { useStation } from '../../state/station.ts';
import { useStore } from '../../state/store.ts';
import { coordinates, duration } from '../../ui/formatting.ts';
import { isUnsaved } from './intake.ts';
import { useIntake } from './intake-context.ts';

export function EmergencyQueue() {
  const station = useStation();
  const intake = useIntake();
  const emergencies = useStore(station.openEmergencies);
  const missions = useStore(station.missions);
  const draft = useStore(intake.state);
  const nowMs = useNowMs();
  const [refused, setRefused] = useState(false);

  const open = (emergency: Emergency): void => {
    const mission = missions.find(({ missionId }) => missionId === emergency.missionId);
    if (mission !== undefined) {
      station.view.show(mission.droneId);
      return;
    }
    setRefused(isUnsaved(draft));
    if (isUnsaved(draft)) return;
    intake.take(emergency);
    station.view.focusOn(emergency.position);
  };

  return (
    <section aria-label="Open emergencies">
      <h2>
        <span>Open emergencies</span>
        <span className="dim">{emergencies.length}</span>
      </h2>
      <div className="queue-note" role="status">
        {refused && isUnsaved(draft) && (
          <>
            <p>The call in the form has no position and is saved nowhere. Give it one, or clear it.</p>
            <Button className="button small" onPress={intake.startNew}>
              Clear the form
            </Button>
          </>
        )}
      </div>
      <ul>
        {emergencies.map((emergency) => (
          <li key={emergency.emergencyId}>
            <Button
              className="queue-item"
              aria-current={emergency.emergencyId === draft.emergency?.emergencyId ? 'true' : undefined}
              onPress={() => open(emergency)}
            >
              <b>{emergency.address ?? coordinates(emergency.position)}</b>
              {queueChip(
                emergency,
                missions.find(({ missionId }) => missionId === emergency.missionId),
              )}
              <span className="dim">{duration((nowMs - emergency.calledAtMs) / 1000)}</span>
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function queueChip(emergency: Emergency, mission: MissionSummary | undefined) {
  if (emergency.missionId !== null) {
    const by = mission?.remoteStationId == null ? '' : ` · ${mission.remoteStationId}`;
    return (
      <span className="chip flying">
        {mission?.droneId ?? 'In flight'}
        {by}
      </span>
    );
  }
  if (emergency.ambulanceOnScene === true) return <span className="chip">Ambulance there</span>;
  return <span className="chip">Waits</span>;
}
