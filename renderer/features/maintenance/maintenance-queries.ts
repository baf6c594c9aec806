import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { MaintenanceDue, OpenHealthCheck } from '../../../preload/contract/health.ts';
import type { ModelReading } from '../../../preload/contract/models.ts';
import { failureOf } from '../../client/failure.ts';
import { followFeed } from '../../state/feed.ts';
import { useStation } from '../../state/station.ts';
import { createStore, useSelected, useStore } from '../../state/store.ts';

export type DroneDue = MaintenanceDue & { readonly underWay: boolean };

const HISTORY_CHECKS = 100;

/** Null until the station has answered. */
export function useDue(): readonly DroneDue[] | null {
  const station = useStation();
  const store = useMemo(() => createStore<readonly DroneDue[] | null>(null), []);
  useEffect(
    () =>
      followFeed(
        station.session.gate,
        (signal) => station.connection.client.health.due(undefined, { signal }),
        ({ drones }) => store.set(drones),
      ),
    [station, store],
  );
  return useStore(store);
}

/** The check that is under way with this drone; undefined until the station has answered. */
export function useOpenCheck(droneId: string): OpenHealthCheck | null | undefined {
  const station = useStation();
  const store = useMemo(() => createStore<OpenHealthCheck | null | undefined>(undefined), []);
  useEffect(() => {
    store.set(undefined);
    return followFeed(
      station.session.gate,
      (signal) => station.connection.client.health.watch({ droneId }, { signal }),
      ({ check }) => store.set(check),
    );
  }, [station, store, droneId]);
  return useStore(store);
}

/** The model that is read from a drone, or the last that was. */
export function useModelReading(): ModelReading | null {
  const station = useStation();
  const store = useMemo(() => createStore<ModelReading | null>(null), []);
  useEffect(
    () =>
      followFeed(
        station.session.gate,
        (signal) => station.connection.client.models.reading(undefined, { signal }),
        ({ reading }) => store.set(reading),
      ),
    [station, store],
  );
  return useStore(store);
}

/** Answers belong to the person who asked. */
function useAnswer<Output>(parts: readonly unknown[], ask: () => Promise<Output>) {
  const { session } = useStation();
  const ready = useSelected(session.state, (state) => state.readyEpoch !== null);
  const asker = useSelected(session.state, (state) => state.person?.dispatcherId ?? null);
  const query = useQuery({
    queryKey: ['maintenance', ...parts, asker],
    queryFn: ask,
    enabled: ready && asker !== null,
  });
  return { data: query.data ?? null, failure: query.error === null ? null : failureOf(query.error) };
}

/** Asks these again: something of them was changed. */
export function useAskAgain(): (...parts: readonly unknown[]) => void {
  const client = useQueryClient();
  return (...parts) => void client.invalidateQueries({ queryKey: ['maintenance', ...parts] });
}

/** @param newestAtMs of the newest check that is known otherwise: a newer one makes it ask again */
export function useHistory(droneId: string, newestAtMs: number | null) {
  const { client } = useStation().connection;
  return useAnswer(['history', droneId, newestAtMs], () =>
    client.health.history({ droneId, limit: HISTORY_CHECKS }),
  );
}

/** @param taken how many there are: one more makes it ask again */
export function usePhotos(healthCheckId: string, taken: number) {
  const { client } = useStation().connection;
  return useAnswer(['photos', healthCheckId, taken], () => client.health.photos({ healthCheckId }));
}

export function useChecklists() {
  const { client } = useStation().connection;
  return useAnswer(['checklists'], () => client.health.checklists());
}

export function useBaselines() {
  const { client } = useStation().connection;
  return useAnswer(['baselines'], () => client.health.baselines());
}

export function useBaselineDifferences(droneId: string) {
  const { client } = useStation().connection;
  return useAnswer(['differences', droneId], () => client.health.baselineDifferences({ droneId }));
}

export function useEarlierFlights(droneId: string) {
  const { client } = useStation().connection;
  return useAnswer(['earlier-flights', droneId], () => client.health.earlierFlights({ droneId }));
}

export function useVerifications() {
  const { client } = useStation().connection;
  return useAnswer(['verifications'], () => client.models.verifications());
}

export function useModelFiles() {
  const { client } = useStation().connection;
  return useAnswer(['model-files'], () => client.models.files());
}
