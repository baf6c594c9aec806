import type { TelemetryRow } from '../../../db/queries/query-map.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { AircraftDirectory } from '../ports/aircraft.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../store/store.ts';
import { OrderedWriter } from './ordered-writer.ts';

/** 2 Hz a drone. */
const SAMPLE_EVERY_MS = 500;
/** F10. */
const FRESH_MS = 3_000;
/** Ten drones for more than half an hour without a database. */
const CAPACITY = 40_000;
const BATCH_SIZE = 2_000;

export interface RecordedFlight {
  missionId: string;
  droneId: string;
  systemId: number;
  destination: Position;
}

export interface FlightRecorderOptions {
  /** The missions that are not over. */
  flights(): readonly RecordedFlight[];
  aircraft: AircraftDirectory;
  append: Store['write']['appendTelemetry'];
  distanceM(from: Position, to: Position): number;
  clock: Clock;
  alerts: Alerts;
  log: Log;
}

/** Writes down where every drone on a mission is, from take-off until it stands still. */
export interface FlightRecorder {
  /** Rows given up because the database took none for too long. */
  readonly dropped: number;
  close(): Promise<void>;
}

export function createFlightRecorder(options: FlightRecorderOptions): FlightRecorder {
  const { clock, alerts, log, append } = options;
  const writer = new OrderedWriter<TelemetryRow>({
    clock,
    alerts,
    log,
    name: 'telemetry',
    contents: 'telemetry records',
    capacity: CAPACITY,
    batchSize: BATCH_SIZE,
    write: (rows) => append({ rows }),
  });
  let lastAtMs = new Map<string, number>();
  const stop = clock.every(SAMPLE_EVERY_MS, () => {
    const seenAtMs = new Map<string, number>();
    for (const flight of options.flights()) {
      const vehicle = options.aircraft.find(flight.systemId)?.state();
      const before = lastAtMs.get(flight.missionId) ?? 0;
      const row =
        vehicle === undefined ? null : telemetryRow(flight, vehicle, clock.nowMs(), options.distanceM);
      // A fix is recorded once: time and mission are the key of the row.
      if (row !== null && row.atMs > before) writer.add(row);
      seenAtMs.set(flight.missionId, Math.max(before, row?.atMs ?? 0));
    }
    lastAtMs = seenAtMs;
  });
  return {
    get dropped(): number {
      return writer.dropped;
    },
    async close(): Promise<void> {
      stop();
      await writer.close();
    },
  };
}

/** Null when the drone's position is too old to be recorded as where it is. Other old parts are left out. */
function telemetryRow(
  flight: RecordedFlight,
  vehicle: VehicleState,
  nowMs: number,
  distanceM: FlightRecorderOptions['distanceM'],
): TelemetryRow | null {
  const fresh = <Part extends { receivedAtMs: number }>(part: Part | null): Part | null =>
    part !== null && nowMs - part.receivedAtMs <= FRESH_MS ? part : null;
  const position = fresh(vehicle.position);
  if (position === null || Math.abs(position.latitudeDeg) > 90 || Math.abs(position.longitudeDeg) > 180)
    return null;
  const inference = fresh(vehicle.inference);
  const gps = fresh(vehicle.gps);
  return {
    atMs: position.receivedAtMs,
    missionId: flight.missionId,
    droneId: flight.droneId,
    latitudeDeg: position.latitudeDeg,
    longitudeDeg: position.longitudeDeg,
    altitudeAmslM: position.altitudeAmslM,
    groundSpeedMps: fresh(vehicle.velocity)?.groundSpeedMps ?? null,
    headingDeg: fresh(vehicle.attitude)?.headingDeg ?? null,
    batteryPercent: fresh(vehicle.battery)?.remainingPercent ?? null,
    satellites: gps?.satellites ?? null,
    gpsFixQuality: gps?.quality ?? null,
    obstacles: inference?.obstacles ?? null,
    persons: inference?.persons ?? null,
    landingZoneConfidence: inference?.landingZoneConfidence ?? null,
    navigationMode: NAVIGATION_MODE[vehicle.modeKind],
    distanceToDestinationM: distanceM(position, flight.destination),
    temperatureC: vehicle.temperatureC,
  };
}

const NAVIGATION_MODE: Record<VehicleState['modeKind'], TelemetryRow['navigationMode']> = {
  MISSION: 'AUTONOMOUS',
  RETURN: 'AUTONOMOUS',
  LAND: 'AUTONOMOUS',
  GUIDED: 'ASSISTED',
  HOLD: 'ASSISTED',
  MANUAL: 'MANUAL',
  OTHER: null,
};
