import type { MissionRecord } from '../../db/queries/query-map.ts';
import type { MissionSummary } from '../../preload/contract/missions.ts';
import type { RemoteDrone } from './fleet/fleet-view.ts';
import type { Alerts } from './ports/alerts.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { Store } from './store/store.ts';
import type { RedisLive } from './sync/redis-live.ts';

/** What other stations fly: seen here, marked, and never commanded from here. */
export interface RemoteFlights {
  missions(): readonly MissionSummary[];
  /** The other station whose mission this is; null: it is this station's, or unknown. */
  stationOfMission(missionId: string): string | null;
  drone(droneId: string): RemoteDrone | null;
  /** The other station that flies the drone now, or was told to hold it; null: none known. */
  holderOf(droneId: string): string | null;
  /** The centre said who holds it. */
  heldBy(droneId: string, stationId: string | null): void;
  missionIds(): readonly string[];
  droneIds(): readonly string[];
  /** Reads the records again: others changed them. */
  refresh(): void;
  subscribe(changed: () => void): () => void;
  close(): void;
}

const SHOWN_AFTER_OVER_MS = 600_000;
const MOST_MISSIONS = 500;
const MOST_DRONES = 5_000;
const REFRESH_EVERY_MS = 15_000;
/** As long as the centre's own lease. */
const HELD_FOR_MS = 90_000;

export function createRemoteFlights(parts: {
  read: Pick<Store['read'], 'remoteMissions' | 'remoteDrones'>;
  summaryOf(record: MissionRecord): MissionSummary;
  /** Missions of this station that are not over. */
  ownFlights(): readonly { droneId: string }[];
  live(): RedisLive | null;
  alerts: Alerts;
  clock: Clock;
  log: Log;
}): RemoteFlights {
  const { read, summaryOf, ownFlights, live, alerts, clock, log } = parts;
  const listeners = new Set<() => void>();
  let missions: MissionSummary[] = [];
  let drones = new Map<string, string>();
  const held = new Map<string, { stationId: string; untilMs: number }>();
  const alerted = new Set<string>();
  let reading: Promise<void> | null = null;
  let again = false;

  async function readRecords(): Promise<void> {
    const endedAfterMs = clock.nowMs() - SHOWN_AFTER_OVER_MS;
    const [records, entered] = await Promise.all([
      read.remoteMissions({ endedAfterMs, limit: MOST_MISSIONS }),
      read.remoteDrones({ limit: MOST_DRONES }),
    ]);
    missions = records.map(summaryOf);
    drones = new Map(entered.map(({ droneId, stationId }) => [droneId, stationId]));
    warnOfTwoFlights();
    for (const listener of listeners) listener();
  }

  function refresh(): void {
    if (reading !== null) {
      again = true;
      return;
    }
    reading = readRecords()
      .catch((error: unknown) =>
        log.warn('remote-flights-not-read', { error: error instanceof Error ? error.name : 'unknown' }),
      )
      .finally(() => {
        reading = null;
        if (!again) return;
        again = false;
        refresh();
      });
  }

  /** S14: apart from each other, two stations may each have sent what they believe to be the same drone. */
  function warnOfTwoFlights(): void {
    const flownHere = new Set(ownFlights().map(({ droneId }) => droneId));
    const twice = new Map<string, string>();
    for (const mission of missions)
      if (mission.phase !== 'OVER' && mission.remoteStationId !== null && flownHere.has(mission.droneId))
        twice.set(mission.droneId, mission.remoteStationId);
    for (const [droneId, stationId] of twice) {
      alerted.add(droneId);
      alerts.raise({
        cause: `flown-twice:${droneId}`,
        level: 'WARNING',
        subject: droneId,
        droneId,
        sentence: `${droneId} is flown by this station and, as its records say, by ${stationId}. Call ${stationId} now and agree who aborts.`,
      });
    }
    for (const droneId of [...alerted].filter((each) => !twice.has(each))) {
      alerted.delete(droneId);
      alerts.clear(`flown-twice:${droneId}`);
    }
  }

  function flownBy(droneId: string): string | null {
    return (
      missions.find((mission) => mission.droneId === droneId && mission.phase !== 'OVER')?.remoteStationId ??
      null
    );
  }

  const stop = clock.every(REFRESH_EVERY_MS, refresh);
  refresh();
  return {
    missions: () =>
      missions.map((mission) => {
        const now = mission.phase === 'OVER' ? null : (live()?.mission(mission.missionId) ?? null);
        return now === null ? mission : { ...mission, timeToSceneS: now.timeToSceneS };
      }),
    stationOfMission: (missionId) =>
      missions.find((mission) => mission.missionId === missionId)?.remoteStationId ?? null,
    drone(droneId) {
      const stationId = flownBy(droneId) ?? drones.get(droneId);
      if (stationId === undefined) return null;
      const mission = missions.find((each) => each.droneId === droneId && each.phase !== 'OVER');
      const now = mission === undefined ? null : (live()?.mission(mission.missionId) ?? null);
      return {
        stationId,
        availability: mission === undefined ? (live()?.availability(droneId) ?? 'UNKNOWN') : 'TAKEN',
        place: now?.place == null ? null : { ...now.place, ageMs: now.ageMs() },
      };
    },
    holderOf(droneId) {
      const lease = held.get(droneId);
      return (
        flownBy(droneId) ??
        (lease !== undefined && lease.untilMs > clock.monotonicMs() ? lease.stationId : null)
      );
    },
    heldBy(droneId, stationId) {
      if (stationId === null) held.delete(droneId);
      else held.set(droneId, { stationId, untilMs: clock.monotonicMs() + HELD_FOR_MS });
    },
    missionIds: () => missions.flatMap(({ missionId, phase }) => (phase === 'OVER' ? [] : [missionId])),
    droneIds: () => [...drones.keys()],
    refresh,
    subscribe(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    close: stop,
  };
}
