import { Refusal } from '../../preload/contract/errors.ts';
import type { Position } from '../../preload/contract/geo.ts';
import type { ModelMatch } from '../../preload/contract/models.ts';
import { DroneModels } from './drone-models.ts';
import type { DroneRoster } from './fleet/drone-roster.ts';
import type { HealthDesk } from './health/health-desk.ts';
import { createHealthRecords, type HealthRecords } from './health/health-records.ts';
import { remindOfMaintenance } from './health/maintenance-reminders.ts';
import { ModelMatches } from './health/model-matches.ts';
import { createStationHealth } from './health-wiring.ts';
import type { StartModelProcess } from './inference/model-process.ts';
import { createStationInference, type StationInference } from './inference-wiring.ts';
import type { LinkSet } from './link/link-set.ts';
import { LogReader } from './logs/log-reader.ts';
import type { Alerts } from './ports/alerts.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { Random } from './ports/random.ts';
import type { Store } from './store/store.ts';
import type { Vehicles } from './vehicle/vehicle-registry.ts';
import { VehicleToolsDesk } from './vehicle-tools-desk.ts';

/** Hexadecimal digits of a hash that drones say. */
const HASH_START = 16;

/** What technicians work with: a vehicle's tools, models, health checks. */
export interface Technicians {
  readonly vehicleTools: VehicleToolsDesk;
  readonly inference: StationInference;
  /** Models as they lie on drones. */
  readonly droneModels: DroneModels;
  readonly health: HealthDesk;
  readonly healthRecords: HealthRecords;
  /** Whether the model that a drone says it runs is one of the fleet's; null: not known. */
  modelMatch(systemId: number): ModelMatch | null;
  close(): Promise<void>;
}

export function createTechnicians(parts: {
  store: Store;
  roster: DroneRoster;
  links: Pick<LinkSet, 'onFrame' | 'pathInUse'>;
  vehicles: Vehicles;
  flights: () => readonly { systemId: number; droneId: string }[];
  /** This or another station has a mission for the drone, or holds it for one. */
  onMission: (droneId: string) => boolean;
  inReplay: () => boolean;
  straightIsClear: (from: Position, to: Position) => Promise<boolean>;
  exclusionsFor: (line: readonly Position[]) => Position[][];
  startModelProcess: StartModelProcess;
  logWorkerUrl: string;
  modelsDirectory: string;
  dataDirectory: string;
  alerts: Alerts;
  clock: Clock;
  random: Random;
  log: Log;
}): Technicians {
  const { store, roster, links, vehicles, flights, alerts, clock, random, log, dataDirectory } = parts;
  const nameOf = (systemId: number): string | null => roster.bySystemId(systemId)?.droneId ?? null;
  const vehicleTools = new VehicleToolsDesk({
    ...{ vehicles, dataDirectory, nameOf, straightIsClear: parts.straightIsClear, clock, log },
    exclusionsFor: parts.exclusionsFor,
    logReader: new LogReader(parts.logWorkerUrl),
    onMission: (systemId) => flights().some((flight) => flight.systemId === systemId),
  });
  const inference = createStationInference({
    ...{ links, store, nameOf, inReplay: parts.inReplay, dataDirectory, alerts, clock, random, log },
    ...{ startModelProcess: parts.startModelProcess, modelsDirectory: parts.modelsDirectory },
  });
  const models = new ModelMatches(store.read, clock);
  const health = createStationHealth({
    ...{ store, roster, links, models, clock, random, log },
    ...{ anomalies: inference.anomalies, lastFlights: inference.lastFlights },
    toolsOf: (systemId) => vehicles.tools(systemId),
    onMission: (droneId) => (parts.onMission(droneId) ? `${droneId} flies a mission.` : null),
  });
  const droneModels = createDroneModels({ store, roster, vehicleTools, inference });
  const reminders = remindOfMaintenance({ read: store.read, roster, alerts, clock, log });
  return {
    vehicleTools,
    inference,
    droneModels,
    health,
    healthRecords: createHealthRecords({ store, clock }),
    modelMatch(systemId) {
      const reported = inference.reportedModel(systemId);
      return reported === null ? null : models.of(reported);
    },
    async close() {
      droneModels.cancel();
      reminders.close();
      await health.close();
      vehicleTools.close();
      await inference.close();
    },
  };
}

function createDroneModels(parts: {
  store: Store;
  roster: DroneRoster;
  vehicleTools: VehicleToolsDesk;
  inference: StationInference;
}): DroneModels {
  const { store, roster, vehicleTools, inference } = parts;
  const systemIdOf = (droneId: string): number => {
    const systemId = roster.find(droneId)?.mavlinkSystemId ?? null;
    if (systemId === null)
      throw new Refusal('NOT_FOUND', `${droneId} is not registered with a MAVLink system id. Give it one.`);
    return systemId;
  };
  return new DroneModels({
    toolsOf: (droneId) => vehicleTools.tools(systemIdOf(droneId)),
    desk: inference.desk,
    reportedOf: (droneId) => inference.reportedModel(systemIdOf(droneId)),
    isActive: async (version, sha256) =>
      (await store.read.reportedModel({ version, hashStart: sha256.slice(0, HASH_START) })) === 'ACTIVE',
  });
}
