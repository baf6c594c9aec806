import type { MissionRecord } from '../../db/queries/mission-record.ts';
import type { MissionSummary } from '../../preload/contract/missions.ts';
import type { RemoteDrone } from './fleet/fleet-view.ts';
import type { Alerts } from './ports/alerts.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { Store } from './store/store.ts';
import type { RedisLive } from './sync/redis-live.ts';

interface RemoteFlightsParts {
  read: Pick<Store['read'], 'remoteMissions' | 'remoteDrones'>;
  summaryOf(record: MissionRecord): MissionSummary;
  /** Missions of this station that are not over. */
  ownFlights(): readonly { droneId: string }[];
  live(): Pick<RedisLive, 'mission' | 'availability'> | null;
  alerts: Alerts;
  clock: Clock;
  log: Log;
}

const SHOWN_AFTER_OVER_MS = 600_000;
const MOST_MISSIONS = 500;
const MOST_DRONES = 5_000;
const REFRESH_EVERY_MS = 15_000;
/** As long as the centre's own lease. */
const HELD_FOR_MS = 90_000;

/** What other stations fly: seen here, marked, and never commanded from here. */
export class RemoteFlights {
  readonly #parts: RemoteFlightsParts;
  readonly #listeners = new Set<() => void>();
  readonly #held = new Map<string, { stationId: string; untilMs: number }>();
  readonly #alerted = new Set<string>();
  readonly #stop: () => void;
  #missions: MissionSummary[] = [];
  #drones = new Map<string, string>();
  #reading = false;
  #again = false;

  constructor(parts: RemoteFlightsParts) {
    this.#parts = parts;
    this.#stop = parts.clock.every(REFRESH_EVERY_MS, () => this.refresh());
    this.refresh();
  }

  missions(): MissionSummary[] {
    const live = this.#parts.live();
    return this.#missions.map((mission) => {
      const now = mission.phase === 'OVER' ? null : (live?.mission(mission.missionId) ?? null);
      return now === null ? mission : { ...mission, timeToSceneS: now.timeToSceneS };
    });
  }

  /** The other station whose mission this is; null: it is this station's, or unknown. */
  stationOfMission(missionId: string): string | null {
    return this.#missions.find((mission) => mission.missionId === missionId)?.remoteStationId ?? null;
  }

  /** Null: it is this station's. */
  drone(droneId: string): RemoteDrone | null {
    const mission = this.#flightOf(droneId);
    const stationId = mission?.remoteStationId ?? this.#drones.get(droneId);
    if (stationId === undefined) return null;
    const live = this.#parts.live();
    const now = mission === undefined ? null : (live?.mission(mission.missionId) ?? null);
    return {
      stationId,
      availability: mission === undefined ? (live?.availability(droneId) ?? 'UNKNOWN') : 'TAKEN',
      place: now === null || now.place === null ? null : { ...now.place, ageMs: now.ageMs() },
    };
  }

  /** The other station that flies the drone now, or that the centre named as its holder; null: none known. */
  holderOf(droneId: string): string | null {
    const lease = this.#held.get(droneId);
    const holds = lease !== undefined && lease.untilMs > this.#parts.clock.monotonicMs();
    return this.#flightOf(droneId)?.remoteStationId ?? (holds ? lease.stationId : null);
  }

  /** The centre said who holds it; null: nobody else does. */
  heldBy(droneId: string, stationId: string | null): void {
    const untilMs = this.#parts.clock.monotonicMs() + HELD_FOR_MS;
    if (stationId === null) this.#held.delete(droneId);
    else this.#held.set(droneId, { stationId, untilMs });
  }

  missionIds(): string[] {
    return this.#missions.flatMap(({ missionId, phase }) => (phase === 'OVER' ? [] : [missionId]));
  }

  droneIds(): string[] {
    return [...this.#drones.keys()];
  }

  /** Reads the records again: others changed them. */
  refresh(): void {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    this.#read()
      .catch((error: unknown) =>
        this.#parts.log.warn('remote-flights-not-read', {
          error: error instanceof Error ? error.name : 'unknown',
        }),
      )
      .finally(() => {
        const again = this.#again;
        this.#reading = false;
        this.#again = false;
        if (again) this.refresh();
      });
  }

  /** Returns its unsubscribe. */
  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  }

  close(): void {
    this.#stop();
  }

  #flightOf(droneId: string): MissionSummary | undefined {
    return this.#missions.find((mission) => mission.droneId === droneId && mission.phase !== 'OVER');
  }

  async #read(): Promise<void> {
    const { read, summaryOf, clock } = this.#parts;
    const endedAfterMs = clock.nowMs() - SHOWN_AFTER_OVER_MS;
    const [records, entered] = await Promise.all([
      read.remoteMissions({ endedAfterMs, limit: MOST_MISSIONS }),
      read.remoteDrones({ limit: MOST_DRONES }),
    ]);
    this.#missions = records.map(summaryOf);
    this.#drones = new Map(entered.map(({ droneId, stationId }) => [droneId, stationId]));
    this.#warnOfTwoFlights();
    for (const listener of this.#listeners) listener();
  }

  /** S14: apart from each other, two stations may each have sent what they believe to be the same drone. */
  #warnOfTwoFlights(): void {
    const { alerts, ownFlights } = this.#parts;
    const twice = new Map<string, string>();
    for (const { droneId } of ownFlights()) {
      const stationId = this.#flightOf(droneId)?.remoteStationId;
      if (stationId) twice.set(droneId, stationId);
    }
    for (const [droneId, stationId] of twice) {
      this.#alerted.add(droneId);
      alerts.raise({
        cause: `flown-twice:${droneId}`,
        level: 'WARNING',
        subject: droneId,
        droneId,
        sentence: `${droneId} is flown by this station and, as its records say, by ${stationId}. Call ${stationId} now and agree who aborts.`,
      });
    }
    for (const droneId of [...this.#alerted].filter((each) => !twice.has(each))) {
      this.#alerted.delete(droneId);
      alerts.clear(`flown-twice:${droneId}`);
    }
  }
}
