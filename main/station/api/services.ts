import type { TranscriptRecord } from '../../../db/queries/query-map.ts';
import type { Zone, ZoneInput } from '../../../preload/contract/airspace.ts';
import type { Alert } from '../../../preload/contract/alerts.ts';
import type { Decision, WeatherInput } from '../../../preload/contract/dispatch.ts';
import type { CloseReason, Emergency, EmergencyInput } from '../../../preload/contract/emergencies.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { MissionEvent, MissionReport, MissionSummary } from '../../../preload/contract/missions.ts';
import type { ModelMatch } from '../../../preload/contract/models.ts';
import type { Person } from '../../../preload/contract/session.ts';
import type { SystemStatus } from '../../../preload/contract/system.ts';
import type { DroneModels } from '../drone-models.ts';
import type { DroneRoster } from '../fleet/drone-roster.ts';
import type { FleetMember } from '../fleet/fleet-view.ts';
import type { HealthDesk } from '../health/health-desk.ts';
import type { HealthRecords } from '../health/health-records.ts';
import type { Identity } from '../identity/identity.ts';
import type { StationInference } from '../inference-wiring.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { MissionReviews } from '../records/mission-reviews.ts';
import type { RecordsDesk } from '../records-desk.ts';
import type { LinkServices } from '../station-links.ts';
import type { SyncDesk } from '../sync/sync-desk.ts';
import type { VehicleToolsDesk } from '../vehicle-tools-desk.ts';

type Subscribe = (changed: () => void) => () => void;

/** What the api needs of the station: create-station.ts fills it in. */
export interface Services {
  clock: Clock;
  log: Log;
  stationName: string;
  version: string;
  demoAccount: { dispatcherId: string; password: string } | null;
  needsFirstAdministrator(): Promise<boolean>;
  identity: Identity;
  roster: DroneRoster;
  fleet: {
    /** With the missions and alerts that the person may see. */
    members(person: Person): Promise<FleetMember[]>;
    /** Any change of what the fleet list says: may ring often. */
    subscribe: Subscribe;
  };
  alerts: {
    list(person: Person): Promise<Alert[]>;
    /** Refuses with NOT_FOUND when its cause has ended. */
    acknowledge(alertId: string, person: Person): Promise<void>;
    subscribe: Subscribe;
  };
  zones: {
    all(): Zone[];
    create(input: ZoneInput, person: Person): Promise<Zone>;
    update(input: ZoneInput & { zoneId: string; version: number }, person: Person): Promise<Zone>;
    subscribe(changed: (zone: Zone) => void): () => void;
  };
  desk: {
    create(input: EmergencyInput, person: Person): Promise<Emergency>;
    update(input: EmergencyInput & { emergencyId: string }, person: Person): Promise<Emergency>;
    close(input: {
      emergencyId: string;
      reason: CloseReason;
      note: string | null;
      byDispatcherId: string;
    }): Promise<Emergency>;
    get(emergencyId: string, person: Person): Promise<Emergency>;
    open(person: Person): Promise<Emergency[]>;
    subscribe: Subscribe;
  };
  dispatch: {
    assess(input: {
      emergencyId: string;
      weather: WeatherInput | undefined;
      dispatcherId: string;
    }): Promise<Decision>;
    launch(input: {
      decisionId: string;
      droneId: string;
      overrideReason: string | null;
      person: Person;
    }): Promise<MissionSummary>;
  };
  missions: {
    watched(person: Person): Promise<MissionSummary[]>;
    subscribe: Subscribe;
    get(missionId: string, person: Person): Promise<MissionSummary>;
    recent(limit: number, person: Person): Promise<MissionSummary[]>;
    timeline(
      missionId: string,
      person: Person,
    ): Promise<{ events: MissionEvent[]; transcript: TranscriptRecord[]; flownPath: Position[] }>;
    report(missionId: string, person: Person): Promise<MissionReport>;
    abort(missionId: string, reason: string, person: Person): Promise<MissionSummary>;
    hold(missionId: string, person: Person): Promise<MissionSummary>;
    resume(missionId: string, person: Person): Promise<MissionSummary>;
    landHere(missionId: string, reason: string, person: Person): Promise<MissionSummary>;
    releaseAgain(missionId: string, person: Person): Promise<MissionSummary>;
    confirmDelivery(missionId: string, note: string | null, person: Person): Promise<MissionSummary>;
    returnNow(missionId: string, person: Person): Promise<MissionSummary>;
    stayOnScene(missionId: string, person: Person): Promise<MissionSummary>;
    recordOutcome(
      missionId: string,
      outcome: {
        bystanderUsedAed: boolean | null;
        shockDelivered: boolean | null;
        ambulanceArrivedAtMs: number | null;
        patientOutcome: 'SURVIVED' | 'TRANSPORTED' | 'DECEASED' | 'UNKNOWN' | null;
      },
      person: Person,
    ): Promise<MissionSummary>;
  };
  /** The records as this person may see them. */
  review(person: Person): MissionReviews;
  records: RecordsDesk;
  inference: Omit<StationInference, 'close'>;
  droneModels: DroneModels;
  health: Omit<HealthDesk, 'close'>;
  healthRecords: HealthRecords;
  /** Whether the model that a drone says it runs is one of the fleet's; null: not known. */
  modelMatch(systemId: number): ModelMatch | null;
  sync: SyncDesk;
  calls: {
    /** Refuses (TOO_MANY_ATTEMPTS) when this machine has made too many of these calls within a minute. */
    count(endpoint: string): Promise<void>;
    /** A person who is signed in called; or signed out. */
    personActive(dispatcherId: string): void;
    personLeft(dispatcherId: string): void;
  };
  links: LinkServices;
  vehicleTools: Omit<VehicleToolsDesk, 'close'>;
  systemStatus(): Promise<SystemStatus>;
  audit(
    person: Person,
    action: string,
    subject: string | null,
    detail?: Record<string, string | number | boolean | null>,
  ): Promise<void>;
}
