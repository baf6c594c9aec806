import type { MissionSummary } from '../../preload/contract/missions.ts';
import type { VehicleState } from '../../preload/contract/vehicle.ts';
import type { DroneRoster } from './fleet/drone-roster.ts';
import type { HeardDrone, OwnMission } from './sync/redis-presence.ts';

interface OwnState {
  missions: {
    active(): MissionSummary[];
    flights(): readonly { droneId: string }[];
  };
  roster: DroneRoster;
  vehicleOf(systemId: number): VehicleState | null;
}

/** This station's missions as other stations are shown them. */
export function ownMissions({ missions, roster, vehicleOf }: OwnState): OwnMission[] {
  return missions.active().map((mission) => {
    const systemId = roster.find(mission.droneId)?.mavlinkSystemId ?? null;
    const vehicle = systemId === null ? null : vehicleOf(systemId);
    return {
      missionId: mission.missionId,
      droneId: mission.droneId,
      status: mission.status,
      over: mission.phase === 'OVER',
      launchedAtMs: mission.launchedAtMs,
      timeToSceneS: mission.timeToSceneS,
      place: vehicle === null || vehicle.contact === 'LOST' ? null : placeOf(vehicle),
    };
  });
}

/** The drones that this station hears, and whether they could be launched for all that it knows. */
export function heardDrones({ missions, roster, vehicleOf }: OwnState): HeardDrone[] {
  const flying = new Set(missions.flights().map(({ droneId }) => droneId));
  return roster.all().flatMap(({ droneId, mavlinkSystemId, status }): HeardDrone[] => {
    const vehicle = mavlinkSystemId === null ? null : vehicleOf(mavlinkSystemId);
    if (vehicle === null) return [];
    const free = status === 'READY' && !vehicle.armed && !flying.has(droneId);
    return [{ droneId, free, heardMsAgo: vehicle.lastHeardMsAgo }];
  });
}

function placeOf({ position, attitude, velocity }: VehicleState): OwnMission['place'] {
  if (position === null) return null;
  return {
    latitudeDeg: position.latitudeDeg,
    longitudeDeg: position.longitudeDeg,
    altitudeRelativeHomeM: position.altitudeRelativeHomeM,
    headingDeg: attitude?.headingDeg ?? null,
    groundSpeedMps: velocity?.groundSpeedMps ?? null,
  };
}
