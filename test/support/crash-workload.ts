import type { Call, Engine } from '../../db/engine.ts';
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
const MOST_TOGETHER = 12;

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
  /** Events so far: each carries its number, and those written together say so (crash-checker.ts). */
  events: number;
}

/**
 * What a busy station asks of its database, by chance: calls, launches, events, alone and of many callers together,
 * telemetry, checkpoints. Every step that was answered is told to `acknowledge` before the next is begun.
 * `acknowledgesEarly`: what was written together is told before it is on the disk, a fault that must be found.
 */
export class CrashWorkload {
  readonly #engine: Engine;
  readonly #random: Random;
  readonly #acknowledge: (record: Acknowledged) => void;
  readonly #acknowledgesEarly: boolean;
  readonly #flights: Flight[] = [];
  #telemetryAtMs = NOW_MS;

  constructor(
    engine: Engine,
    random: Random,
    acknowledge: (record: Acknowledged) => void,
    { acknowledgesEarly = false } = {},
  ) {
    this.#engine = engine;
    this.#random = random;
    this.#acknowledge = acknowledge;
    this.#acknowledgesEarly = acknowledgesEarly;
  }

  /** Connects the station and makes the fleet, or takes up the missions that an earlier workload left in the air. */
  async prepare(): Promise<void> {
    await this.#run('syncAdopt', { stationId: 'Crash' });
    while ((await this.#run('syncOffer', { limit: 100 })) === true);
    const missions = (await this.#run('unfinishedMissions', {})) as MissionRecord[];
    for (const mission of missions) {
      const { missionId, status } = mission;
      const telemetryRows = (await this.#run('telemetryCount', { missionId })) as number;
      const events = ((await this.#run('missionEvents', { missionId })) as unknown[]).length;
      this.#flights.push({ mission, rank: statusRank(status), telemetryRows, events });
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
    else if (chance < 0.45) await this.#together();
    else if (chance < 0.7) await this.#progress(flight);
    else if (chance < 0.93) await this.#record(flight);
    else if (chance < 0.97) await this.#flush();
    else if (chance < 0.99) await this.#engine.checkpoint();
    else while (await this.#engine.vacuumNext());
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
    const launch = this.#event(1);
    const request = newMission({ missionId: this.#newId(), emergencyId, droneId, events: [launch] });
    const mission = (await this.#run('createMission', request)) as MissionRecord;
    this.#flights.push({ mission, rank: 0, telemetryRows: 0, events: 1 });
    this.#acknowledge({ kind: 'status', missionId: mission.missionId, rank: 0 });
    this.#acknowledge({ kind: 'event', missionId: mission.missionId, eventId: launch.eventId });
  }

  async #progress(flight: Flight): Promise<void> {
    const { missionId } = flight.mission;
    const event = this.#event(++flight.events);
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

  /** Events, changes and a call of callers that wait together, two of them of one mission now and then. */
  async #together(): Promise<void> {
    const together = this.#newId();
    const size = 2 + Math.floor(this.#random.next() * (MOST_TOGETHER - 1));
    const calls: Call[] = [];
    const told: Acknowledged[] = [];
    const ask = (name: QueryName, input: object): number =>
      calls.push({ name, input, actor: null, nowMs: this.#telemetryAtMs });
    while (told.length < size) {
      const flight = this.#flights[Math.floor(this.#random.next() * this.#flights.length)];
      if (flight === undefined || this.#random.next() < 0.1) {
        const emergencyId = this.#newId();
        ask('createEmergency', {
          ...emergencyInput({ address: emergencyId }),
          ...{ emergencyId, nowMs: NOW_MS },
        });
        told.push({ kind: 'emergency', emergencyId });
        continue;
      }
      const { missionId } = flight.mission;
      const event = this.#event(++flight.events, { together });
      // One that is over is left to a step of its own.
      const advances = this.#random.next() < 0.2 && flight.rank < STATUSES.length - 2;
      if (advances) flight.rank++;
      const changes = advances ? { status: STATUSES[flight.rank] } : {};
      ask('recordMissionProgress', { missionId, events: [event], changes });
      told.push({ kind: 'event', missionId, eventId: event.eventId });
      if (advances) told.push({ kind: 'status', missionId, rank: flight.rank });
    }
    for (const { input } of calls)
      for (const { data } of (input as { events?: NewMissionEvent[] }).events ?? [])
        if (data !== undefined) data.size = told.filter(({ kind }) => kind === 'event').length;
    const flushedLater = this.#acknowledgesEarly || this.#random.next() < 0.5;
    const outcomes = await this.#engine.runTogether(calls, { flushedLater });
    for (const outcome of outcomes) if ('refusal' in outcome) throw outcome.refusal;
    if (!this.#acknowledgesEarly) await this.#engine.flush();
    for (const record of told) this.#acknowledge(record);
    if (this.#acknowledgesEarly) await this.#engine.flush();
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

  #event(number: number, shared: { together?: string } = {}): NewMissionEvent {
    const eventId = this.#newId();
    const data = { number, ...shared };
    return { eventId, type: 'HOLD', atMs: NOW_MS, source: 'STATION', sentence: eventId, data };
  }
}

export function statusRank(status: string): number {
  return (STATUSES as readonly string[]).indexOf(status);
}
