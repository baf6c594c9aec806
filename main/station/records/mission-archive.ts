import type { MissionRecord } from '../../../db/queries/mission-record.ts';
import type { TranscriptRecord } from '../../../db/queries/query-map.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { MissionEvent, MissionReport, MissionSummary } from '../../../preload/contract/missions.ts';
import type { Store } from '../store/store.ts';

const PATH_POINTS = 1_000;

/** What the records say of missions, flying or over, to the person who asks. Reads only. */
export function createMissionArchive(parts: {
  store: { as(dispatcherId: string): { read: Store['read'] } };
  summaryOf(record: MissionRecord): MissionSummary;
}) {
  const { store, summaryOf } = parts;

  async function recordOf(read: Store['read'], missionId: string): Promise<MissionRecord> {
    const record = await read.mission({ missionId });
    if (record === null) throw new Refusal('NOT_FOUND', 'There is no mission with this id.');
    return record;
  }

  return {
    async recent(limit: number, dispatcherId: string): Promise<MissionSummary[]> {
      return (await store.as(dispatcherId).read.recentMissions({ limit })).map(summaryOf);
    },

    async timeline(
      missionId: string,
      dispatcherId: string,
    ): Promise<{ events: MissionEvent[]; transcript: TranscriptRecord[]; flownPath: Position[] }> {
      const { read } = store.as(dispatcherId);
      const [, events, transcript, flownPath] = await Promise.all([
        recordOf(read, missionId),
        read.missionEvents({ missionId }),
        read.missionTranscript({ missionId }),
        read.flownPath({ missionId, maximumPoints: PATH_POINTS }),
      ]);
      return { events, transcript, flownPath };
    },

    async report(missionId: string, dispatcherId: string): Promise<MissionReport> {
      const { read } = store.as(dispatcherId);
      const [record, events, telemetryRows, flownClearanceM, figures] = await Promise.all([
        recordOf(read, missionId),
        read.missionEvents({ missionId }),
        read.telemetryCount({ missionId }),
        read.flownClearance({ missionId }),
        read.missionFigures({ missionId }),
      ]);
      return { mission: summaryOf(record), events, telemetryRows, flownClearanceM, ...figures };
    },
  };
}
