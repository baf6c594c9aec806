import type { FleetDetail } from '../../preload/contract/fleet.ts';
import type { StationClient } from '../client/connection.ts';
import { followFeed, latestPerFrame } from './feed.ts';
import { createStore, type Readable } from './store.ts';
import type { View } from './view.ts';

export interface DetailState {
  readonly key: string | null;
  readonly detail: FleetDetail | null;
}

const NOTHING: DetailState = { key: null, detail: null };

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
      if (store.get().key === key) store.set({ key, detail });
    });
    leave = followFeed(gate, (signal) => client.fleet.detail({ key }, { signal }), apply);
  };
  view.subscribe(onView);
  return store;
}
