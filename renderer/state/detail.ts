import type { FleetDetail } from '../../preload/contract/fleet.ts';
import type { StationClient } from '../client/connection.ts';
import { followFeed, latestPerFrame } from './feed.ts';
import { createStore, type Readable } from './store.ts';
import type { View } from './view.ts';

export interface DetailState {
  readonly key: string | null;
  readonly detail: FleetDetail | null;
  /** The last landing-zone confidences of the onboard AI, oldest first. */
  readonly landingZoneConfidences: readonly number[];
}

const KEPT_CONFIDENCES = 60;
const NOTHING: DetailState = { key: null, detail: null, landingZoneConfidences: [] };

/** Everything about the selected drone. */
export function createDetail(
  client: StationClient,
  gate: Readable<number | null>,
  view: View,
): Readable<DetailState> {
  const store = createStore<DetailState>(NOTHING);
  let leave: (() => void) | null = null;

  const onView = (): void => {
    const key = view.get().selectedKey;
    if (key === store.get().key) return;
    leave?.();
    leave = null;
    store.set({ ...NOTHING, key });
    if (key === null) return;
    const apply = latestPerFrame((detail: FleetDetail) => {
      if (store.get().key === key) store.set(withDetail(store.get(), detail));
    });
    leave = followFeed(gate, (signal) => client.fleet.detail({ key }, { signal }), apply);
  };
  view.subscribe(onView);
  return store;
}

/** Adds the newest values; an AI status that was seen before adds no second point to the history. */
export function withDetail(state: DetailState, detail: FleetDetail): DetailState {
  const before = state.detail?.vehicle?.inference ?? null;
  const now = detail.vehicle?.inference ?? null;
  const isNew =
    now !== null && now.landingZoneConfidence !== null && now.receivedAtMs !== before?.receivedAtMs;
  const landingZoneConfidences =
    isNew && now.landingZoneConfidence !== null
      ? [...state.landingZoneConfidences, now.landingZoneConfidence].slice(-KEPT_CONFIDENCES)
      : state.landingZoneConfidences;
  return { ...state, detail, landingZoneConfidences };
}
