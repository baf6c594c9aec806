import { Refusal } from '../../../preload/contract/errors.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type {
  MissionReview,
  NearestDrone,
  ReviewCursor,
  ReviewedMission,
  ReviewFigures,
  ReviewFilter,
  TrackPoint,
  ZoneConflict,
} from '../../../preload/contract/review.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store } from '../store/store.ts';

const DAY_MS = 86_400_000;
const PATH_POINTS = 1_000;
/** The specification's sample query asks for half a battery. */
const COVERAGE_BATTERY_PERCENT = 50;

export type MissionReviews = ReturnType<typeof createMissionReviews>;

/** What the records say of missions and of the fleet, for a look back. Reads only, with the eyes of `read`. */
export function createMissionReviews({ read, clock }: { read: Store['read']; clock: Clock }) {
  return {
    async missions(
      input: ReviewFilter & { after: ReviewCursor | null; limit: number },
    ): Promise<{ missions: ReviewedMission[]; next: ReviewCursor | null }> {
      const found = await read.searchMissions({ ...input, limit: input.limit + 1 });
      const missions = found.slice(0, input.limit);
      const last = found.length > input.limit ? missions.at(-1) : undefined;
      return {
        missions,
        next: last === undefined ? null : { launchedAtMs: last.launchedAtMs, missionId: last.missionId },
      };
    },

    async mission(missionId: string): Promise<MissionReview> {
      const [facts, events, transcript, recorded] = await Promise.all([
        read.missionFacts({ missionId }),
        read.missionTimeline({ missionId }),
        read.missionTranscript({ missionId }),
        read.flownPath({ missionId, maximumPoints: PATH_POINTS }),
      ]);
      if (facts === null) throw new Refusal('NOT_FOUND', 'There is no mission with this id.');
      const flownPath =
        recorded.length > 0 ? recorded : await read.keptFlightPath({ missionId, maximumPoints: PATH_POINTS });
      return { ...facts, events, transcript, flownPath };
    },

    track: (missionId: string, maximumPoints: number): Promise<TrackPoint[]> =>
      read.missionTrack({ missionId, maximumPoints }),

    async figures(span: { fromMs: number; untilMs: number }): Promise<ReviewFigures> {
      const nowMs = clock.nowMs();
      const [activeMissions, dronesByStatus, databaseBytes, response, lastDay, successByBase, availability] =
        await Promise.all([
          read.activeMissionCount({}),
          read.dronesByStatus({}),
          read.databaseSize({}),
          read.responseTime(span),
          read.responseTime({ fromMs: nowMs - DAY_MS, untilMs: nowMs + 1 }),
          read.successRateByBase(span),
          read.fleetAvailability({}),
        ]);
      const station = { activeMissions, dronesByStatus, databaseBytes };
      return { ...station, response, lastDay, successByBase, availability };
    },

    conflicts: (): Promise<ZoneConflict[]> => read.missionZoneConflicts({ nowMs: clock.nowMs() }),

    nearestDrone: (place: Position): Promise<NearestDrone | null> =>
      read.nearestAvailableDrone({ place, minimumBatteryPercent: COVERAGE_BATTERY_PERCENT }),
  };
}
