import { createMissionControl, type MissionControl } from '../../main/station/dispatch/mission-control.ts';
import { distanceM } from '../../main/station/dispatch/mission-geometry.ts';
import type { LaunchOrder } from '../../main/station/dispatch/mission-order.ts';
import type { MissionWorld } from '../../main/station/dispatch/mission-run.ts';
import type { AircraftDirectory } from '../../main/station/ports/aircraft.ts';
import type { AlertRequest, Alerts } from '../../main/station/ports/alerts.ts';
import type { Clock } from '../../main/station/ports/clock.ts';
import type { Log } from '../../main/station/ports/log.ts';
import { seededRandom } from '../../main/station/ports/random.ts';
import type { Position } from '../../preload/contract/geo.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryMissionStore } from './memory-mission-store.ts';
import { ScriptedDrone, ScriptedFleet } from './scripted-drone.ts';

export const HOME: Position = { latitudeDeg: 42.36, longitudeDeg: -71.06 };
/** About 560 m north of home. */
export const SCENE: Position = { latitudeDeg: 42.365, longitudeDeg: -71.06 };
export const OPERATOR = { dispatcherId: 'ana', displayName: 'Ana Ruiz' };

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };

/** Alerts as a person sees them: by cause, until cleared. */
export class SeenAlerts implements Alerts {
  readonly now = new Map<string, AlertRequest>();
  readonly all: AlertRequest[] = [];

  raise(alert: AlertRequest): void {
    this.now.set(alert.cause, alert);
    this.all.push(alert);
  }

  clear(cause: string): void {
    this.now.delete(cause);
  }

  kinds(): string[] {
    return [...this.now.keys()].map((cause) => cause.split(':')[0] ?? '').toSorted();
  }
}

export function launchOrder(nowMs: number, destination = SCENE): LaunchOrder {
  const waypoints = [HOME, destination];
  const candidate = {
    droneId: 'Alpha-3',
    baseStationId: 'BOS-1',
    verdict: 'GO' as const,
    checks: [],
    distanceM: distanceM(HOME, destination),
    route: {
      waypoints,
      lengthM: distanceM(HOME, destination),
      cruiseAltitudeRelativeHomeM: 60,
      clearanceM: null,
      nearestZoneName: null,
    },
    timeToSceneS: 60,
    batteryPercent: 95,
    batteryNeededPercent: 30,
    riskScore: 12,
  };
  const emergencyId = '018bcfe5-6800-7000-8000-000000000001';
  return {
    decision: {
      decisionId: '018bcfe5-6800-7000-8000-000000000002',
      emergencyId,
      destination,
      computedAtMs: nowMs,
      durationMs: 12,
      dataAgeMs: 100,
      wind: { speedMps: 3, fromDeg: 270, source: 'Alpha-3' },
      candidates: [candidate],
    },
    candidate,
    emergency: {
      emergencyId,
      type: 'cardiac_arrest',
      position: destination,
      address: '1 Beacon St',
      city: 'Boston',
      state: 'MA',
      callerPhone: null,
      callerOnScene: true,
      bystanderAvailable: true,
      ambulanceOnScene: false,
      trauma: false,
      callerLanguage: 'en',
      victimAgeYears: 60,
      callerWords: null,
      calledAtMs: nowMs,
      closed: null,
      missionId: null,
    },
    person: OPERATOR,
    override: null,
    weather: null,
  };
}

export interface MissionStation {
  clock: FakeClock;
  drone: ScriptedDrone;
  fleet: ScriptedFleet;
  store: MemoryMissionStore;
  alerts: SeenAlerts;
  control: MissionControl;
  /** Another station process on the same records and the same drones. */
  restart(): MissionControl;
}

export function missionStation(
  parts: Partial<Pick<MissionWorld, 'exclusionsFor' | 'homewardRoute' | 'straightIsClear'>> = {},
): MissionStation {
  const clock = new FakeClock();
  const drone = new ScriptedDrone(clock, 7, HOME);
  const fleet = new ScriptedFleet([drone]);
  const store = new MemoryMissionStore();
  const alerts = new SeenAlerts();
  const restart = (): MissionControl => missionControl({ clock, fleet, store, alerts, parts });
  return { clock, drone, fleet, store, alerts, control: restart(), restart };
}

export function missionControl(world: {
  clock: Clock;
  fleet: AircraftDirectory;
  store: MemoryMissionStore;
  alerts: Alerts;
  parts?: Partial<MissionWorld>;
}): MissionControl {
  return createMissionControl({
    store: world.store.asStore(),
    aircraft: world.fleet,
    clock: world.clock,
    random: seededRandom(1),
    alerts: world.alerts,
    log: silentLog,
    systemIdOf: (droneId) => (droneId === 'Alpha-3' ? 7 : null),
    cruiseSpeedMps: 15,
    exclusionsFor: async () => [],
    homewardRoute: async (from, to) => ({ waypoints: [from, to], clearanceM: null }),
    straightIsClear: () => true,
    ...world.parts,
  });
}
