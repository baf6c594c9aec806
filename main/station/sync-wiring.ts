import type { MissionRecord } from '../../db/queries/query-map.ts';
import type { MissionSummary } from '../../preload/contract/missions.ts';
import type { SystemStatus } from '../../preload/contract/system.ts';
import type { VehicleState } from '../../preload/contract/vehicle.ts';
import { createDroneLeases, type DroneLeases } from './drone-leases.ts';
import type { DroneRoster } from './fleet/drone-roster.ts';
import { createSecretBox } from './identity/secret-box.ts';
import type { Alerts } from './ports/alerts.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { Random } from './ports/random.ts';
import type { SecretStore } from './ports/secret-store.ts';
import { createRemoteFlights, type RemoteFlights } from './remote-flights.ts';
import type { Store } from './store/store.ts';
import { createCallLimiter } from './sync/call-limiter.ts';
import { pgTransport } from './sync/pg-transport.ts';
import type { HeardDrone, OwnMission } from './sync/redis-presence.ts';
import { createStationStore } from './sync/station-store.ts';
import { openSyncDesk, type SyncDesk } from './sync/sync-desk.ts';
import { type SyncSettings, syncSettingsFile } from './sync/sync-settings.ts';

export interface StationSyncOptions {
  store: Store;
  onWritten(listener: () => void): () => void;
  given: SyncSettings | null;
  dataDirectory: string;
  secrets: SecretStore;
  missions: {
    active(): MissionSummary[];
    flights(): readonly { missionId: string; droneId: string }[];
    summaryOf(record: MissionRecord): MissionSummary;
    subscribe(changed: () => void): () => void;
  };
  roster: DroneRoster;
  vehicleOf(systemId: number): VehicleState | null;
  /** Reads again what is held in memory of these tables: other stations changed them. */
  reload(tables: ReadonlySet<string>): void;
  alerts: Alerts;
  clock: Clock;
  random: Random;
  log: Log;
}

/** The station's part in the network of stations. Without a centre it is there all the same, and does nothing. */
export interface StationSync {
  desk: SyncDesk;
  remote: RemoteFlights;
  leases: DroneLeases;
  /** Counts a call of the contract. Refuses (TOO_MANY_ATTEMPTS). */
  countCall(endpoint: string): Promise<void>;
  personActive(dispatcherId: string): void;
  personLeft(dispatcherId: string): void;
  summary(): SystemStatus['sync'];
  close(): Promise<void>;
}

/** Changes of one moment go together. */
const GATHER_MS = 50;
/** Everybody who calls sits at this machine: the hosts listen on loopback only. */
const LOOPBACK = '127.0.0.1';
const MISSION_TABLES = ['missions', 'drones', 'emergencies'];

export async function createStationSync(options: StationSyncOptions): Promise<StationSync> {
  const { store, missions, roster, vehicleOf, clock, random, log, alerts } = options;
  const link = () => desk?.link() ?? null;
  const remote = createRemoteFlights({
    read: store.read,
    summaryOf: (record) => missions.summaryOf(record),
    ownFlights: () => missions.flights(),
    live: () => link()?.live ?? null,
    alerts,
    clock,
    log,
  });
  let desk: SyncDesk | null = null;
  const stationStore = createStationStore(store, clock);
  stationStore.onApplied((changed) => {
    const tables = new Set(changed);
    options.reload(tables);
    if (MISSION_TABLES.some((table) => tables.has(table))) remote.refresh();
  });
  const opened = await openSyncDesk({
    store: stationStore,
    stored: stationStore,
    openTransport: ({ serverUrl, token }, authorityPem) =>
      pgTransport({ url: serverUrl, authorityPem, token }),
    file: syncSettingsFile(options.dataDirectory, await createSecretBox(options.secrets, random)),
    given: options.given,
    presence: {
      missions: () => ownMissions(options),
      drones: () => heardDrones(options),
      settled: (missionIds) => store.read.settledMissions({ missionIds }),
    },
    remote,
    visible: (records, dispatcherId) => visibleRecords(store.as(dispatcherId).read, records),
    clock,
    random,
    log,
  });
  desk = opened;
  const leases = createDroneLeases({
    link,
    flights: () => missions.flights(),
    remote,
    subscribe: (changed) => missions.subscribe(changed),
    clock,
    log,
  });
  let gathering: (() => void) | null = null;
  const stopNoticing = options.onWritten(() => {
    gathering ??= clock.after(GATHER_MS, () => {
      gathering = null;
      link()?.engine.changed();
    });
  });
  const limiter = createCallLimiter(() => link()?.redis ?? null, clock);

  return {
    desk: opened,
    remote,
    leases,
    countCall: (endpoint) => limiter.count(endpoint, link()?.redis?.ownAddress() ?? LOOPBACK),
    personActive: (dispatcherId) => link()?.presence?.active(dispatcherId),
    personLeft: (dispatcherId) => link()?.presence?.left(dispatcherId),
    summary: () => summaryOf(opened),
    async close() {
      gathering?.();
      stopNoticing();
      leases.close();
      remote.close();
      await opened.close();
    },
  };

  function ownMissions({ missions: own }: StationSyncOptions): OwnMission[] {
    return own.active().map((mission) => {
      const systemId = roster.find(mission.droneId)?.mavlinkSystemId ?? null;
      const vehicle = systemId === null ? null : vehicleOf(systemId);
      return {
        missionId: mission.missionId,
        droneId: mission.droneId,
        status: mission.status,
        over: mission.phase === 'OVER',
        launchedAtMs: mission.launchedAtMs,
        timeToSceneS: mission.timeToSceneS,
        place: vehicle === null || vehicle.contact === 'LOST' ? null : placeOf(vehicle),
      };
    });
  }

  function heardDrones({ missions: own }: StationSyncOptions): HeardDrone[] {
    const flying = new Set(own.flights().map(({ droneId }) => droneId));
    return roster.all().flatMap(({ droneId, mavlinkSystemId, status }): HeardDrone[] => {
      const vehicle = mavlinkSystemId === null ? null : vehicleOf(mavlinkSystemId);
      if (vehicle === null) return [];
      const free = status === 'READY' && !vehicle.armed && !flying.has(droneId);
      return [{ droneId, free, heardMsAgo: vehicle.lastHeardMsAgo }];
    });
  }
}

function placeOf({ position, attitude, velocity }: VehicleState): OwnMission['place'] {
  if (position === null) return null;
  return {
    latitudeDeg: position.latitudeDeg,
    longitudeDeg: position.longitudeDeg,
    altitudeRelativeHomeM: position.altitudeRelativeHomeM,
    headingDeg: attitude?.headingDeg ?? null,
    groundSpeedMps: velocity?.groundSpeedMps ?? null,
  };
}

/** Emergencies and missions are for whom the policies of the database show them; everything else is everybody's. */
async function visibleRecords(
  read: Store['read'],
  records: readonly { table: string; rowId: string }[],
): Promise<ReadonlySet<string>> {
  const of = (table: string) => records.filter((record) => record.table === table).map(({ rowId }) => rowId);
  const missionIds = of('missions');
  const [emergencies, missions] = await Promise.all([
    Promise.all(of('emergencies').map((emergencyId) => read.emergency({ emergencyId }))),
    missionIds.length === 0 ? [] : read.visibleMissions({ missionIds }),
  ]);
  const open = ['base_stations', 'drones', 'no_fly_zones', 'ai_model_versions'].flatMap(of);
  return new Set([...open, ...missions, ...emergencies.flatMap((each) => each?.emergencyId ?? [])]);
}

function summaryOf(desk: SyncDesk): SystemStatus['sync'] {
  const { phase, central, waiting, refused, conflicts } = desk.status();
  if (phase === 'NOT_SET_UP') return null;
  return {
    connected: central.state === 'UP',
    sinceMs: central.sinceMs,
    changesWaiting: waiting.changes,
    paused: phase === 'PAUSED',
    needsPerson: phase === 'STOPPED' || refused > 0 || conflicts > 0,
  };
}
