import type { MissionRecord } from '../../db/queries/mission-record.ts';
import type { MissionSummary } from '../../preload/contract/missions.ts';
import type { SystemStatus } from '../../preload/contract/system.ts';
import type { VehicleState } from '../../preload/contract/vehicle.ts';
import { createDroneLeases, type DroneLeases } from './drone-leases.ts';
import type { DroneRoster } from './fleet/drone-roster.ts';
import { createSecretBox } from './identity/secret-box.ts';
import { heardDrones, ownMissions } from './own-presence.ts';
import type { Alerts } from './ports/alerts.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { Random } from './ports/random.ts';
import type { SecretStore } from './ports/secret-store.ts';
import { RemoteFlights } from './remote-flights.ts';
import type { Store } from './store/store.ts';
import { createCallLimiter } from './sync/call-limiter.ts';
import type { CentralLink } from './sync/central-link.ts';
import { pgTransport } from './sync/pg-transport.ts';
import { createStationStore } from './sync/station-store.ts';
import { SyncDesk } from './sync/sync-desk.ts';
import { type SyncSettings, syncSettingsFile } from './sync/sync-settings.ts';

export interface StationSyncOptions {
  store: Store;
  /** The same, of whose writes `onWritten` hears nothing: what sync itself writes is nothing to send. */
  quietStore: Store;
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
  const { missions, clock, log, alerts } = options;
  let desk: SyncDesk | null = null;
  const link = (): CentralLink | null => desk?.link() ?? null;
  const remote = new RemoteFlights({
    read: options.store.read,
    summaryOf: (record) => missions.summaryOf(record),
    ownFlights: () => missions.flights(),
    live: () => link()?.live ?? null,
    ...{ alerts, clock, log },
  });
  const opened = await openDesk(options, remote);
  desk = opened;
  const leases = createDroneLeases({
    link,
    flights: () => missions.flights(),
    remote,
    subscribe: (changed) => missions.subscribe(changed),
    ...{ clock, log },
  });
  const stopNoticing = sendSoon(options, () => link()?.engine.changed());
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
      stopNoticing();
      leases.close();
      remote.close();
      await opened.close();
    },
  };
}

async function openDesk(options: StationSyncOptions, remote: RemoteFlights): Promise<SyncDesk> {
  const { store, clock, random, log } = options;
  const stationStore = createStationStore(options.quietStore, clock);
  stationStore.onApplied((changed) => {
    const tables = new Set(changed);
    options.reload(tables);
    if (MISSION_TABLES.some((table) => tables.has(table))) remote.refresh();
  });
  return SyncDesk.open({
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
    ...{ clock, random, log },
  });
}

/** Tells the engine of what was written, gathering what belongs to one moment. Returns what ends it. */
function sendSoon({ onWritten, clock }: StationSyncOptions, changed: () => void): () => void {
  let cancel: (() => void) | null = null;
  const stop = onWritten(() => {
    cancel ??= clock.after(GATHER_MS, () => {
      cancel = null;
      changed();
    });
  });
  return () => {
    stop();
    cancel?.();
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
