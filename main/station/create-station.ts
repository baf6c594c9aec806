import type { Position } from '../../preload/contract/geo.ts';
import type { Person } from '../../preload/contract/session.ts';
import type { VehicleState } from '../../preload/contract/vehicle.ts';
import { Airspace } from './airspace/airspace-service.ts';
import { createAlertBook } from './alerts/alert-book.ts';
import type { Services } from './api/services.ts';
import type { BackupFiles } from './backup-files.ts';
import { coveredMissions, liveMissions, visibleAlerts } from './covered-missions.ts';
import { createAssessor } from './dispatch/assess.ts';
import { EmergencyDesk } from './dispatch/emergency-desk.ts';
import { CRUISE_AIR_SPEED_MPS, CRUISE_ALTITUDE_RELATIVE_HOME_M } from './dispatch/energy-model.ts';
import { createLaunchDesk } from './dispatch/launch-desk.ts';
import { createMissionControl } from './dispatch/mission-control.ts';
import { createMissionCoverage } from './dispatch/mission-coverage.ts';
import { distanceM } from './dispatch/mission-geometry.ts';
import { openDroneRoster } from './fleet/drone-roster.ts';
import { createRegistrar } from './fleet/registrar.ts';
import { createFleetService } from './fleet-service.ts';
import { createIdentity } from './identity/identity.ts';
import type { StartModelProcess } from './inference/model-process.ts';
import { tellOfAnotherKey } from './key-check.ts';
import type { StationArguments } from './options.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { Random } from './ports/random.ts';
import type { SecretStore } from './ports/secret-store.ts';
import { createDroneSeen } from './records/drone-seen.ts';
import { createFlightRecorder } from './records/flight-recorder.ts';
import { createMissionArchive } from './records/mission-archive.ts';
import { createMissionReviews } from './records/mission-reviews.ts';
import { createTranscripts } from './records/transcripts.ts';
import { createRecordsDesk } from './records-desk.ts';
import { createStationLinks } from './station-links.ts';
import {
  alertOfRecords,
  followMissions,
  joined,
  launchWithLease,
  makeFirstAdministrator,
  reloader,
  straightWays,
} from './station-wiring.ts';
import { noticedWrites } from './store/noticed-writes.ts';
import { openStore } from './store/open-store.ts';
import { createStationSync } from './sync-wiring.ts';
import { createSystemStatus } from './system-status.ts';
import { createTechnicians } from './technicians-wiring.ts';
import { watchVehicles } from './vehicle/vehicle-alerts.ts';

export interface StationOptions {
  arguments: StationArguments & { dataDirectory: string };
  workerUrl: string;
  backupWorkerUrl: string;
  backups: BackupFiles;
  /** Called when a backup is ready to take the place of the records: the host closes this station first. */
  onPrepared(restore: PreparedRestore): void;
  databaseResources: string;
  startModelProcess: StartModelProcess;
  logWorkerUrl: string;
  modelsDirectory: string;
  migrationsDirectory: string;
  version: string;
  firstAdministratorPassword: string | null;
  /** For `--central`. */
  stationToken: string | null;
  clock: Clock;
  random: Random;
  secrets: SecretStore;
  log: Log;
}

/** A backup that is ready to take the place of the records, and who asked for that. */
export interface PreparedRestore {
  archive: string;
  person: Person;
}

export interface Station {
  services: Services;
  onMissionsFlying(listener: (flying: boolean) => void): void;
  markReady(sinceStartMs: number): void;
  close(): Promise<void>;
}

/** In the demo only, where the page shows it and the records are made up. */
const DEMO_ACCOUNT = { dispatcherId: 'operator12', password: 'shock-advised-12' };

/** Wires the capabilities to each other. The only place that knows them all. */
export async function createStation(options: StationOptions): Promise<Station> {
  const { arguments: args, clock, random, log } = options;
  const opened = await openStore({
    workerUrl: options.workerUrl,
    backupWorkerUrl: options.backupWorkerUrl,
    dataDirectory: args.dataDirectory,
    preparedDirectory: options.databaseResources,
    migrationsDirectory: options.migrationsDirectory,
    log,
    clock,
  });
  const { store, onWritten } = noticedWrites(opened.store);
  if (args.demo) await store.write.seedDemo({ password: DEMO_ACCOUNT.password, nowMs: clock.nowMs() });

  const alerts = createAlertBook({ clock, random });
  alertOfRecords(opened, alerts);
  await tellOfAnotherKey({ store, secrets: options.secrets, alerts, clock, log });
  const roster = await openDroneRoster(store);
  const stationName = args.stationName ?? roster.baseStations()[0]?.name ?? 'SkyRescue';
  const identity = await createIdentity({ store, clock, random, secrets: options.secrets, stationName });
  await makeFirstAdministrator(
    { name: args.firstAdministrator, password: options.firstAdministratorPassword, log },
    identity.signIn.createFirstAdministrator,
  );

  const stationLinks = await createStationLinks({
    ...{ arguments: args, store, roster, clock, random, secrets: options.secrets, alerts, log },
    missionsFly: () => missions.flights().length > 0,
  });
  // What people see and act on may be a replay; missions, records and alerts know only what flies now.
  const { live, shown: vehicles } = stationLinks;
  const vehicleOf = (systemId: number): VehicleState | null => live.find(systemId)?.state() ?? null;
  const nameOf = (systemId: number): string | null => roster.bySystemId(systemId)?.droneId ?? null;
  const vehicleAlerts = watchVehicles({ vehicles: live, alerts, clock, nameOf });
  const registrar = createRegistrar({
    registrations: args.registrations,
    roster,
    store,
    vehicleOf,
    clock,
    alerts,
    log,
  });

  const airspace = new Airspace({
    store,
    clock,
    random,
    alerts,
    log,
    activeRoutes: () => missions.routesInFlight(),
  });
  const straightIsClear = straightWays(store, clock);
  const missions = createMissionControl({
    store,
    aircraft: live,
    systemIdOf: (droneId) => roster.find(droneId)?.mavlinkSystemId ?? null,
    cruiseSpeedMps: CRUISE_AIR_SPEED_MPS,
    clock,
    random,
    alerts,
    log,
    exclusionsFor: async (line) => airspace.exclusionRings(line),
    homewardRoute: async (from, to) => (await airspace.planClearRoute(leg(from, to))).route,
    straightIsClear,
  });
  airspace.onConflict(({ missionId, sentence }) => missions.zoneConflict(missionId, sentence));
  await airspace.start();

  const desk = new EmergencyDesk({
    store,
    clock,
    random,
    droneFlyingTo: (emergencyId) =>
      missions.active().find((mission) => mission.emergencyId === emergencyId && mission.phase !== 'OVER')
        ?.droneId ?? null,
  });
  const activeMissionOf = (droneId: string): string | null =>
    missions.active().find((mission) => mission.droneId === droneId && mission.phase !== 'OVER')?.missionId ??
    null;
  const assessor = createAssessor({
    store,
    airspace,
    clock,
    random,
    vehicleOf,
    activeMissionOf,
    heldElsewhere: (droneId) => sync.remote.holderOf(droneId),
    checkedBy: (droneId) => technicians.health.startedBy(droneId),
    modelMatch: (systemId) => technicians.modelMatch(systemId),
    doorIsLeft: (droneId) => technicians.health.doorIsLeft(droneId),
    unusualFlight: (droneId) => technicians.inference.lastFlights.unchecked(droneId),
  });
  const launchDesk = createLaunchDesk({ assessor, missions });

  const recorder = createFlightRecorder({
    flights: () => missions.flights(),
    aircraft: live,
    append: store.write.appendTelemetry,
    distanceM,
    clock,
    alerts,
    log,
  });
  const transcripts = createTranscripts({
    flights: () => missions.flights(),
    aircraft: live,
    read: store.read,
    append: store.write.appendTranscript,
    onConversation: (missionId, voice) => missions.voiceHeard(missionId, voice),
    clock,
    random,
    alerts,
    log,
  });
  const droneSeen = createDroneSeen({
    registered: () =>
      roster.all().map(({ droneId, mavlinkSystemId }) => ({ droneId, systemId: mavlinkSystemId })),
    aircraft: live,
    record: store.write.recordDroneSeen,
    clock,
    log,
  });
  const coverage = createMissionCoverage({
    store,
    liveMissions: () => liveMissions(missions, alerts.list(), sync.remote),
    clock,
    log,
  });
  // A call that was corrected may lie in another state now, and a person may cover others.
  desk.subscribe(coverage.outdated);
  identity.sessionsChanged(coverage.outdated);
  const archive = createMissionArchive({
    store,
    summaryOf: (record) => missions.summaryOf(record),
  });
  await missions.recover();
  const rosterFollowsMissions = followMissions(missions, roster, desk, log);
  const status = createSystemStatus({
    stationName,
    version: options.version,
    dataDirectory: args.dataDirectory,
    clock,
    links: stationLinks.links,
    replay: stationLinks.replayStatus,
    vehiclesHeard: () => vehicles.states().filter((state) => state.contact !== 'LOST').length,
    database: opened.status,
    keyPlace: () => options.secrets.place(),
    sync: () => sync.summary(),
  });

  const records = createRecordsDesk({
    opened,
    backups: options.backups,
    dataDirectory: args.dataDirectory,
    restoreBlocked: () =>
      missions.flights().length > 0 || live.states().some((state) => state.armed)
        ? 'A drone is flying. Restore when all are on the ground and disarmed.'
        : null,
    onPrepared: options.onPrepared,
    clock,
    alerts,
    log,
  });

  const sync = await createStationSync({
    ...{
      store,
      quietStore: opened.store,
      onWritten,
      missions,
      roster,
      vehicleOf,
      alerts,
      clock,
      random,
      log,
    },
    ...{ dataDirectory: args.dataDirectory, secrets: options.secrets },
    given: args.central && { ...args.central, token: options.stationToken ?? '' },
    reload: reloader({ roster, airspace, desk, coverage, log }),
  });

  const technicians = createTechnicians({
    ...{ store, roster, links: stationLinks.links, vehicles, straightIsClear, alerts, clock, random, log },
    ...{ startModelProcess: options.startModelProcess, modelsDirectory: options.modelsDirectory },
    logWorkerUrl: options.logWorkerUrl,
    exclusionsFor: (line) => airspace.exclusionRings(line),
    dataDirectory: args.dataDirectory,
    flights: () => missions.flights(),
    onMission: (droneId) => activeMissionOf(droneId) !== null || sync.remote.holderOf(droneId) !== null,
    inReplay: () => stationLinks.replayStatus() !== null,
  });

  const services: Services = {
    clock,
    log,
    stationName: status.stationName,
    version: options.version,
    demoAccount: args.demo ? DEMO_ACCOUNT : null,
    needsFirstAdministrator: async () => !(await store.read.hasPeople({})),
    identity,
    roster,
    fleet: createFleetService({
      ...{ roster, vehicles, missions, alerts, coverage, remote: sync.remote },
      isReplay: () => stationLinks.replayStatus() !== null,
    }),
    alerts: {
      async list(person) {
        return visibleAlerts(alerts.list(), await coverage.visibleTo(person.dispatcherId));
      },
      async acknowledge(alertId, person) {
        const missionId = alerts.list().find((alert) => alert.alertId === alertId)?.missionId;
        if (missionId) await coverage.require(missionId, person.dispatcherId);
        alerts.acknowledge(alertId, person.displayName);
      },
      subscribe: alerts.subscribe,
    },
    zones: {
      all: () => airspace.all(),
      create: (input, { dispatcherId }) => airspace.create(input, dispatcherId),
      update: (input, { dispatcherId }) => airspace.update(input, dispatcherId),
      subscribe: (changed) => airspace.subscribe(changed),
    },
    desk: {
      create: (input, { dispatcherId }) => desk.create(input, dispatcherId),
      update: (input, { dispatcherId }) => desk.update(input, dispatcherId),
      close: (input) => desk.close(input),
      get: (emergencyId, { dispatcherId }) => desk.get(emergencyId, dispatcherId),
      open: ({ dispatcherId }) => desk.open(dispatcherId),
      subscribe: joined(
        (changed) => desk.subscribe(changed),
        (changed) => missions.subscribe(changed),
      ),
    },
    dispatch: {
      async assess(input) {
        await stationLinks.leaveReplay();
        return assessor.assess(input);
      },
      launch: (input) => launchWithLease(input, sync.leases, launchDesk),
    },
    missions: coveredMissions(missions, archive, coverage, sync.remote),
    review: (person) => createMissionReviews({ read: store.as(person.dispatcherId).read, clock }),
    records,
    sync: sync.desk,
    calls: { count: sync.countCall, personActive: sync.personActive, personLeft: sync.personLeft },
    links: stationLinks.services,
    ...technicians,
    systemStatus: status.current,
    audit: (person, action, subject, detail = {}) =>
      store.write.appendAudit({
        atMs: clock.nowMs(),
        dispatcherId: person.dispatcherId,
        action,
        subject,
        detail,
      }),
  };

  return {
    services,
    onMissionsFlying(listener) {
      let told: boolean | null = null;
      const tell = (): void => {
        const flying = missions.flights().length > 0;
        if (flying !== told) listener(flying);
        told = flying;
      };
      tell();
      missions.subscribe(tell);
    },
    markReady: status.markReady,
    async close() {
      rosterFollowsMissions();
      registrar.close();
      await sync.close();
      await records.close();
      await technicians.close();
      vehicleAlerts.close();
      airspace.stop();
      await missions.close();
      await Promise.all([recorder.close(), transcripts.close(), droneSeen.close()]);
      await stationLinks.close();
      await opened.close();
    },
  };
}

/** The homeward leg as the airspace plans it. */
function leg(from: Position, to: Position) {
  return { from, to, cruiseAltitudeRelativeHomeM: CRUISE_ALTITUDE_RELATIVE_HOME_M };
}
