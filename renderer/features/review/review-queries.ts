import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { MissionStatus } from '../../../preload/contract/missions.ts';
import type { ReviewCursor } from '../../../preload/contract/review.ts';
import { type Failure, failureOf } from '../../client/failure.ts';
import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import { useReview } from './review-context.ts';
import { filterOf, spanOf } from './review-filter.ts';

const PAGE_ROWS = 100;
const FLYING_EVERY_MS = 5_000;
const FIRST_PAGE: ReviewCursor | null = null;

/** What everybody else may see is nobody's business: answers belong to the person who asked. */
function useAsker() {
  const { session } = useStation();
  const ready = useSelected(session.state, (state) => state.readyEpoch !== null);
  const asker = useSelected(session.state, (state) => state.person?.dispatcherId ?? null);
  return { enabled: ready && asker !== null, key: (...parts: unknown[]) => ['review', asker, ...parts] };
}

/** Asks again when a mission begins, moves on or ends. */
export function useReviewFollowsMissions(): void {
  const client = useQueryClient();
  const { missions } = useStation();
  useEffect(() => {
    const moves = (): string =>
      missions
        .get()
        .map(({ missionId, status }) => `${missionId} ${status}`)
        .join();
    let known = moves();
    return missions.subscribe(() => {
      const now = moves();
      if (now === known) return;
      known = now;
      void client.invalidateQueries({ queryKey: ['review'] });
    });
  }, [client, missions]);
}

export function useMissionList() {
  const station = useStation();
  const { form } = useStore(useReview().state);
  const { enabled, key } = useAsker();
  const query = useInfiniteQuery({
    queryKey: key('missions', form),
    queryFn: ({ pageParam }) =>
      station.connection.client.review.missions({
        ...filterOf(form, station.nowMs()),
        after: pageParam,
        limit: PAGE_ROWS,
      }),
    initialPageParam: FIRST_PAGE,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    enabled,
  });
  return { ...query, missions: query.data?.pages.flatMap((page) => page.missions), failure: failure(query) };
}

export function useMissionReview(missionId: string | null) {
  const { client } = useStation().connection;
  const { enabled, key } = useAsker();
  const query = useQuery({
    queryKey: key('mission', missionId),
    queryFn: () => (missionId === null ? null : client.review.mission({ missionId })),
    refetchInterval: ({ state }) => (isFlying(state.data?.status) ? FLYING_EVERY_MS : false),
    enabled: enabled && missionId !== null,
  });
  return { mission: query.data ?? null, failure: failure(query) };
}

function isFlying(status: MissionStatus | undefined): boolean {
  return status !== undefined && status !== 'COMPLETED' && status !== 'ABORTED';
}

export function useFigures() {
  const station = useStation();
  const { form } = useStore(useReview().state);
  const { enabled, key } = useAsker();
  const { period, fromDay, untilDay } = form;
  const query = useQuery({
    queryKey: key('figures', period, fromDay, untilDay),
    queryFn: () => station.connection.client.review.figures(spanOf(form, station.nowMs())),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
    enabled,
  });
  return { figures: query.data ?? null, failure: failure(query) };
}

export function useConflicts() {
  const { client } = useStation().connection;
  const { enabled, key } = useAsker();
  const query = useQuery({
    queryKey: key('conflicts'),
    queryFn: () => client.review.conflicts(),
    refetchInterval: 10_000,
    enabled,
  });
  return { conflicts: query.data ?? null, failure: failure(query) };
}

export function useNearestDrone() {
  const { client } = useStation().connection;
  const { place } = useStore(useReview().state);
  const { enabled, key } = useAsker();
  return useQuery({
    queryKey: key('nearest', place),
    queryFn: () => (place === null ? null : client.review.nearestDrone({ place })),
    enabled: enabled && place !== null,
  });
}

export function useBaseNames(): readonly { id: string; name: string }[] {
  const { client } = useStation().connection;
  const { enabled, key } = useAsker();
  const query = useQuery({
    queryKey: key('bases'),
    queryFn: () => client.fleet.baseStations(),
    staleTime: 60_000,
    enabled,
  });
  return (query.data ?? []).map(({ baseStationId: id, name }) => ({ id, name }));
}

function failure({ error }: { error: Error | null }): Failure | null {
  return error === null ? null : failureOf(error);
}
