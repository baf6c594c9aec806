import type { Engine } from '../../db/engine.ts';
import type { QueryName } from '../../db/protocol.ts';
import type { MissionRecord } from '../../db/queries/mission-record.ts';
import type { NewMissionEvent } from '../../db/queries/query-map.ts';
import { type Random, uuidV7 } from '../../main/station/ports/random.ts';
import type { DroneRecord } from '../../preload/contract/fleet.ts';
import type { MissionStatus } from '../../preload/contract/missions.ts';
import {
  emergencyInput,
  FIRE_STATION_10,
  NOW_MS,
  newMission,
  telemetryRow,
} from '../integration/db/build-records.ts';

/** The order of a mission without an abort. */
const STATUSES: readonly MissionStatus[] = [
  'LAUNCHED',
  'IN_FLIGHT',
  'ARRIVED',
  'LANDED',
  'AED_DEPLOYED',
  'RETURNING',
  'COMPLETED',
];
const DRONES = 12;
const TELEMETRY_EVERY_MS = 100;

/** What the database said it keeps. */
export type Acknowledged =
  | { kind: 'emergency'; emergencyId: string }
  | { kind: 'event'; eventId: string; missionId: string }
  /** A status that the mission had reached. */
  | { kind: 'status'; missionId: string; rank: number }
  /** Telemetry of a mission that was flushed. */
  | { kind: 'telemetry'; missionId: string; rows: number };

interface Flight {
  mission: MissionRecord;
  rank: number;
  telemetryRows: number;
}

/**
 * What a busy station asks of its database, by chance: calls, launches, events, telemetry, checkpoints. Every step
 * that was answered is told to `acknowledge` before the next is begun.
 */
export class CrashWorkload {
  readonly #engine: Engine;
  readonly #random: Random;
  readonly #acknowledge: (record: Acknowledged) => void;
  readonly #flights: Flight[] = [];
  #telemetryAtMs = NOW_MS;

  constructor(engine: Engine, random: Random, acknowledge: (record: Acknowledged) => void) {
    this.#engine = engine;
    this.#random = random;
    this.#acknowledge = acknowledge;
  }

  /** Connects the station and makes the fleet, or takes up the missions that an earlier workload left in the air. */
  async prepare(): Promise<void> {
    await this.#run('syncAdopt', { stationId: 'Crash' });
    while ((await this.#run('syncOffer', { limit: 100 })) === true);
    const missions = (await this.#run('unfinishedMissions', {})) as MissionRecord[];
    for (const mission of missions) {
      const { missionId, status } = mission;
      const telemetryRows = (await this.#run('telemetryCount', { missionId })) as number;
      this.#flights.push({ mission, rank: statusRank(status), telemetryRows });
      this.#telemetryAtMs += telemetryRows * TELEMETRY_EVERY_MS;
    }
    const drones = (await this.#run('droneRecords', {})) as DroneRecord[];
    if (drones.some(({ droneId }) => droneId.startsWith('Crash-'))) return;
    await this.#run('ensureBaseStation', { baseStationId: 'Crash', position: FIRE_STATION_10 });
    for (let number = 1; number <= DRONES; number++)
      await this.#run('registerDrone', {
        droneId: `Crash-${number}`,
        systemId: 100 + number,
        serialNumber: `crash-${number}`,
        baseStationId: 'Crash',
        model: undefined,
      });
  }

  async step(): Promise<void> {
    const chance = this.#random.next();
    const flight = this.#flights[Math.floor(this.#random.next() * this.#flights.length)];
    if (chance < 0.3 || flight === undefined) await this.#call();
    else if (chance < 0.7) await this.#progress(flight);
    else if (chance < 0.93) await this.#record(flight);
    else if (chance < 0.97) await this.#flush();
    else if (chance < 0.99) await this.#engine.checkpoint();
    else await this.#engine.vacuum();
  }

  /** A call comes in, and a drone is sent when one is free. */
  async #call(): Promise<void> {
    const emergencyId = this.#newId();
    await this.#run('createEmergency', {
      ...emergencyInput({ address: emergencyId }),
      emergencyId,
      nowMs: NOW_MS,
    });
    this.#acknowledge({ kind: 'emergency', emergencyId });
    if (this.#flights.length >= DRONES) return;
    const busy = new Set(this.#flights.map((flight) => flight.mission.droneId));
    const droneId = Array.from({ length: DRONES }, (_, index) => `Crash-${index + 1}`).find(
      (id) => !busy.has(id),
    );
    if (droneId === undefined) return;
    const launch = this.#event();
    const request = newMission({ missionId: this.#newId(), emergencyId, droneId, events: [launch] });
    const mission = (await this.#run('createMission', request)) as MissionRecord;
    this.#flights.push({ mission, rank: 0, telemetryRows: 0 });
    this.#acknowledge({ kind: 'status', missionId: mission.missionId, rank: 0 });
    this.#acknowledge({ kind: 'event', missionId: mission.missionId, eventId: launch.eventId });
  }

  async #progress(flight: Flight): Promise<void> {
    const { missionId } = flight.mission;
    const event = this.#event();
    const rank = flight.rank + (this.#random.next() < 0.3 ? 1 : 0);
    await this.#run('recordMissionProgress', {
      missionId,
      events: [event],
      changes: { status: STATUSES[rank] },
      droneStatusAfter: 'READY',
    });
    flight.rank = rank;
    this.#acknowledge({ kind: 'event', missionId, eventId: event.eventId });
    this.#acknowledge({ kind: 'status', missionId, rank });
    if (rank === STATUSES.length - 1) this.#flights.splice(this.#flights.indexOf(flight), 1);
  }

  async #record(flight: Flight): Promise<void> {
    const { missionId, droneId } = flight.mission;
    const rows = Array.from({ length: 50 + Math.floor(this.#random.next() * 450) }, () => {
      this.#telemetryAtMs += TELEMETRY_EVERY_MS;
      return telemetryRow(missionId, { droneId, atMs: this.#telemetryAtMs });
    });
    const { inserted } = (await this.#run('appendTelemetry', { rows })) as { inserted: number };
    flight.telemetryRows += inserted;
  }

  async #flush(): Promise<void> {
    await this.#engine.flush();
    for (const { mission, telemetryRows: rows } of this.#flights)
      this.#acknowledge({ kind: 'telemetry', missionId: mission.missionId, rows });
  }

  /** As the station itself, at a time by which everything has happened. */
  #run(name: QueryName, input: unknown): Promise<unknown> {
    return this.#engine.run(name, input, { actor: null, nowMs: this.#telemetryAtMs });
  }

  #newId(): string {
    return uuidV7(NOW_MS, this.#random);
  }

  #event(): NewMissionEvent {
    const eventId = this.#newId();
    return { eventId, type: 'HOLD', atMs: NOW_MS, source: 'STATION', sentence: eventId };
  }
}

export function statusRank(status: string): number {
  return (STATUSES as readonly string[]).indexOf(status);
}
