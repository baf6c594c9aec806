import type { MissionSummary } from '../../../preload/contract/missions.ts';
import type { StationClient } from '../../client/connection.ts';
import { type Action, useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';

/** Sent when nobody picked another reason: an abort takes one step (F4). */
export const ABORT_REASONS = [
  'Operator abort',
  'Ambulance on scene',
  'Not an arrest',
  'Aircraft nearby',
  'Weather',
  'Drone behaves oddly',
] as const;
export type AbortReason = (typeof ABORT_REASONS)[number];

export function useAbort(missionId: string): Action<AbortReason> {
  const { client } = useStation().connection;
  return useAction((reason: AbortReason) => client.missions.abort({ missionId, reason }));
}

export type MissionActionName =
  | 'hold'
  | 'resume'
  | 'landHere'
  | 'releaseAgain'
  | 'confirmDelivery'
  | 'returnNow'
  | 'stayOnScene';

/** Which actions make sense in which phase. Abort is none of them: it always does (F4). */
export function actionsOf(mission: MissionSummary): readonly MissionActionName[] {
  switch (mission.phase) {
    case 'UPLOADING':
    case 'ARMING':
    case 'STARTING':
    case 'OVER':
      return [];
    case 'OUTBOUND':
    case 'LANDING':
    case 'PREPARING_RETURN':
    case 'RETURNING':
    case 'ABORTING':
      return ['hold', 'landHere'];
    case 'HOLDING':
      return ['resume', 'landHere'];
    case 'RELEASING':
      return ['confirmDelivery', 'releaseAgain'];
    case 'AWAITING_CONFIRMATION':
      return ['confirmDelivery', 'releaseAgain', 'stayOnScene', 'returnNow'];
    case 'ON_SCENE':
      return ['stayOnScene', 'returnNow', 'releaseAgain'];
  }
}

export function sendMissionAction(
  client: StationClient,
  missionId: string,
  name: MissionActionName,
): Promise<MissionSummary> {
  switch (name) {
    case 'landHere':
      return client.missions.landHere({ missionId, reason: 'Operator landed it here' });
    case 'confirmDelivery':
      return client.missions.confirmDelivery({ missionId, note: null });
    default:
      return client.missions[name]({ missionId });
  }
}
