import { useEffect, useMemo, useRef } from 'react';
import type { StationClient } from '../../client/connection.ts';
import { followFeed, latestPerFrame } from '../../state/feed.ts';
import { useStation } from '../../state/station.ts';
import { createStore, useStore } from '../../state/store.ts';

type Open<Value> = (client: StationClient, signal: AbortSignal) => Promise<AsyncIterable<Value>>;

/** The newest of a feed while this is shown. For another vehicle it must be mounted anew (`key`). */
function useFeed<Value>(open: Open<Value>): Value | null {
  const { session, connection } = useStation();
  const opener = useRef(open);
  const store = useMemo(() => createStore<Value | null>(null), []);
  useEffect(
    () =>
      followFeed(
        session.gate,
        (signal) => opener.current(connection.client, signal),
        latestPerFrame(store.set),
      ),
    [session, connection, store],
  );
  return useStore(store);
}

export function useToolsStatus(systemId: number) {
  return useFeed((client, signal) => client.vehicleTools.watch({ systemId }, { signal }));
}

export function useInspectedMessages(systemId: number) {
  return useFeed((client, signal) => client.vehicleTools.inspect({ systemId }, { signal }))?.messages ?? null;
}

export function useTraffic() {
  return useFeed((client, signal) => client.vehicleTools.traffic(undefined, { signal }))?.aircraft ?? null;
}
