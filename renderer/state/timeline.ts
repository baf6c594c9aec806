import type { InferContractRouterOutputs } from '@orpc/contract';
import type { contract } from '../../preload/contract/index.ts';
import type { MissionSummary } from '../../preload/contract/missions.ts';
import type { StationClient } from '../client/connection.ts';
import { followFeed, latestPerFrame } from './feed.ts';
import { createStore, type Readable } from './store.ts';
import type { View } from './view.ts';

type Feed = InferContractRouterOutputs<typeof contract>['missions']['timeline'];
export type Timeline = Feed extends AsyncIterable<infer Value> ? Value : never;

export interface TimelineState {
  readonly missionId: string | null;
  readonly timeline: Timeline | null;
}

/**
 * The mission a drone flies, or else the last one it flew of those the station still tells of. One that this station
 * flies goes before what others say: its abort must be at hand (F4).
 */
export function missionOf(
  missions: readonly MissionSummary[],
  droneId: string | null,
): MissionSummary | null {
  let found: MissionSummary | null = null;
  for (const mission of missions) {
    if (mission.droneId !== droneId) continue;
    if (found === null || isNearer(mission, found)) found = mission;
  }
  return found;
}

function isNearer(one: MissionSummary, other: MissionSummary): boolean {
  const isOurs = ({ remoteStationId, phase }: MissionSummary): boolean =>
    remoteStationId === null && phase !== 'OVER';
  return isOurs(one) === isOurs(other) ? one.launchedAtMs > other.launchedAtMs : isOurs(one);
}

/** Events, conversation and flown path of the selected drone's mission. */
export function createTimeline(
  client: StationClient,
  gate: Readable<number | null>,
  view: View,
  missions: Readable<readonly MissionSummary[]>,
): Readable<TimelineState> {
  const store = createStore<TimelineState>({ missionId: null, timeline: null });
  let leave: (() => void) | null = null;

  const onChange = (): void => {
    const missionId = missionOf(missions.get(), view.get().selectedKey)?.missionId ?? null;
    if (missionId === store.get().missionId) return;
    leave?.();
    leave = null;
    store.set({ missionId, timeline: null });
    if (missionId === null) return;
    const apply = latestPerFrame((timeline: Timeline) => {
      if (store.get().missionId === missionId) store.set({ missionId, timeline });
    });
    leave = followFeed(gate, (signal) => client.missions.timeline({ missionId }, { signal }), apply);
  };
  view.subscribe(onChange);
  missions.subscribe(onChange);
  return store;
}
