import type { Schema } from '../schema.ts';
import { type Cell, day, fixed, instant, instantOrNull, point, polygon } from './cells.ts';
import { chanceOf } from './chance.ts';
import {
  type SampleBase,
  type SampleDispatcher,
  type SampleDrone,
  type SampleSize,
  sampleBases,
  sampleDispatchers,
  sampleDrones,
} from './city.ts';
import { sampleFlight } from './flight.ts';
import { positionOf } from './ground.ts';
import { sampleHistory } from './history.ts';
import { sampleModels } from './models.ts';
import { minuteRollup } from './rollup.ts';
import { CRUISE_HEIGHT_M, type SampleEmergency, type SampleMission } from './sample-mission.ts';
import { aedTakenMs, sampleEvents, sampleTranscript } from './story.ts';
import { type SampleZone, sampleZones, ZoneIndex } from './zones.ts';

export interface SampleTable {
  name: keyof Schema & string;
  columns: readonly string[];
  /** Made while it is read: a million rows of telemetry are never there at once. Each reading gives the same rows. */
  rows(): Iterable<readonly Cell[]>;
}

const DAY_MS = 86_400_000;
/** As the retention of the product leaves them. */
const TRANSCRIPT_MS = 7 * DAY_MS;
const TELEMETRY_MS = 90 * DAY_MS;
const MPH_PER_MPS = 2.236_936;
/** Well formed, and the hash of nothing that anybody knows: nobody signs in with an account of the sample. */
const NOBODYS_HASH = `$2b$10$${'SampleAccountsCannotSignIn'.padEnd(53, '.')}`;

/** Every row of a made-up city and its last months, in an order that foreign keys accept. */
export function sampleTables(size: SampleSize, seed: number, nowMs: number): SampleTable[] {
  const chance = chanceOf(seed);
  const bases = sampleBases(size, chance);
  const drones = sampleDrones(size, bases, nowMs, chance);
  const dispatchers = sampleDispatchers(size, chance);
  const zones = sampleZones(size, bases, nowMs, chance);
  const models = sampleModels(size, nowMs, chance);
  const city = { size, bases, drones, dispatchers, zones: new ZoneIndex(zones) };
  const { emergencies, missions } = sampleHistory(city, nowMs, seed);
  const recent = (forMs: number) => missions.filter((mission) => mission.launchedAtMs >= nowMs - forMs);
  const older = missions.filter((mission) => mission.launchedAtMs < nowMs - TELEMETRY_MS);
  return [
    baseTable(bases, drones, nowMs),
    droneTable(drones, nowMs),
    dispatcherTable(dispatchers, nowMs),
    table('ai_model_versions', MODEL_COLUMNS, () => models),
    zoneTable(zones, nowMs),
    emergencyTable(emergencies),
    missionTable(missions),
    eventTable(missions),
    weatherTable(missions),
    transcriptTable(recent(TRANSCRIPT_MS)),
    telemetryTable(recent(TELEMETRY_MS)),
    // The minutes of what is younger are added up by the database as it arrives.
    table('telemetry_1min', ROLLUP_COLUMNS, () => mapEach(older, minuteRollup)),
  ];
}

/** A column that the migrated database does not have does not compile. */
function table<Name extends keyof Schema & string>(
  name: Name,
  columns: readonly (keyof Schema[Name] & string)[],
  rows: () => Iterable<readonly Cell[]>,
): SampleTable {
  return { name, columns, rows };
}

const MODEL_COLUMNS = [
  ...(['model_version_id', 'model_type', 'version', 'model_file_path', 'model_size_mb'] as const),
  ...(['accuracy_percent', 'latency_ms', 'power_watts', 'deployed_at', 'deployed_to_drones'] as const),
  ...(['active', 'notes', 'created_at'] as const),
];
const ROLLUP_COLUMNS = [
  ...(['bucket', 'mission_id', 'drone_id', 'speed_sum', 'speed_samples', 'altitude_sum'] as const),
  ...(['samples', 'min_battery', 'max_battery'] as const),
];

function baseTable(bases: readonly SampleBase[], drones: readonly SampleDrone[], nowMs: number): SampleTable {
  const made = instant(nowMs - 500 * DAY_MS);
  return table(
    'base_stations',
    [
      ...(['base_station_id', 'name', 'location', 'address', 'city', 'state', 'facility_type'] as const),
      ...(['capacity', 'current_occupancy', 'coverage_radius_miles', 'contact_name'] as const),
      ...(['contact_phone', 'operational', 'created_at', 'updated_at'] as const),
    ],
    () =>
      bases.map((base) => [
        ...[
          base.baseStationId,
          base.name,
          point(base.place),
          base.address,
          'Boston',
          'MA',
          base.facilityType,
        ],
        ...[base.capacity, drones.filter((drone) => drone.base === base).length, 5, 'Front desk (made up)'],
        ...['+1 617 555 0190', true, made, made],
      ]),
  );
}

function droneTable(drones: readonly SampleDrone[], nowMs: number): SampleTable {
  const healthy = JSON.stringify({ motors: 'OK', cameras: 'OK', gps: 'OK' });
  const worn = JSON.stringify({ motors: 'WORN', cameras: 'OK', gps: 'OK' });
  return table(
    'drones',
    [
      ...(['drone_id', 'serial_number', 'mavlink_system_id', 'base_station_id', 'status'] as const),
      ...(['battery_level', 'current_location', 'current_altitude_meters', 'manufacture_date'] as const),
      ...(['firmware_version', 'ai_model_version', 'total_missions', 'total_flight_hours'] as const),
      ...(['last_mission_at', 'last_maintenance_at', 'next_maintenance_due'] as const),
      ...(['hardware_health', 'created_at', 'updated_at'] as const),
    ],
    () =>
      drones.map((drone, index) => {
        const maintainedMs = nowMs - (5 + ((index * 7) % 80)) * DAY_MS;
        return [
          ...[drone.droneId, drone.serialNumber, drone.systemId, drone.base.baseStationId, drone.status],
          ...[drone.batteryPercent, point(drone.base.place), drone.base.groundAmslM],
          ...[day(drone.manufacturedAtMs), 'ArduCopter 4.6.3', 'sample-2.1.0', drone.missions],
          ...[
            fixed(drone.flownMs / 3_600_000, 2),
            instantOrNull(drone.lastMissionAtMs),
            instant(maintainedMs),
          ],
          ...[day(maintainedMs + 90 * DAY_MS), drone.status === 'MAINTENANCE' ? worn : healthy],
          ...[instant(drone.manufacturedAtMs), instant(nowMs)],
        ];
      }),
  );
}

function dispatcherTable(dispatchers: readonly SampleDispatcher[], nowMs: number): SampleTable {
  const made = instant(nowMs - 400 * DAY_MS);
  return table(
    'dispatchers',
    [
      ...(['dispatcher_id', 'first_name', 'last_name', 'email', 'password_hash', 'role'] as const),
      ...(['dispatch_center_id', 'dispatch_center_name', 'coverage_states', 'total_launches'] as const),
      ...(['total_successful_missions', 'created_at', 'updated_at'] as const),
    ],
    () =>
      dispatchers.map((person) => [
        ...[person.dispatcherId, person.firstName, person.lastName, `${person.dispatcherId}@sample.invalid`],
        ...[NOBODYS_HASH, person.role, person.centerId, `Example Dispatch ${person.centerId.slice(-1)}`],
        ...[`{${person.coverage.join(',')}}`, person.launches, person.successes, made, made],
      ]),
  );
}

function zoneTable(zones: readonly SampleZone[], nowMs: number): SampleTable {
  const made = instant(nowMs - 400 * DAY_MS);
  return table(
    'no_fly_zones',
    [
      ...(['zone_id', 'name', 'zone_polygon', 'zone_type', 'altitude_restriction_meters'] as const),
      ...(['start_time', 'end_time', 'authority', 'active', 'created_at', 'updated_at'] as const),
    ],
    () =>
      zones.map((zone) => [
        ...[zone.zoneId, zone.name, polygon(zone.corners), zone.type, zone.ceilingAglM],
        ...[instantOrNull(zone.startsAtMs), instantOrNull(zone.endsAtMs), zone.authority, zone.active],
        ...[made, made],
      ]),
  );
}

function emergencyTable(emergencies: readonly SampleEmergency[]): SampleTable {
  return table(
    'emergencies',
    [
      ...(['emergency_id', 'emergency_type', 'call_timestamp', 'location_point', 'address', 'city'] as const),
      ...(['state', 'zip_code', 'caller_phone', 'caller_on_scene', 'bystander_available'] as const),
      ...(['caller_language', 'victim_age', 'symptoms', 'additional_info', 'dispatch_center_id'] as const),
      ...(['closed_at', 'closed_reason', 'closed_by', 'created_at', 'updated_at'] as const),
    ],
    () =>
      emergencies.map((call) => [
        ...[call.emergencyId, call.type, instant(call.calledAtMs), point(call.place), call.address, 'Boston'],
        ...['MA', '00000', call.phone, call.callerOnScene, call.bystander, call.language, call.age],
        ...[
          call.words,
          JSON.stringify({ ambulanceOnScene: false, trauma: call.closed?.reason === 'TRAUMA' }),
        ],
        ...[call.centerId, instantOrNull(call.closed?.atMs ?? null), call.closed?.reason ?? null],
        ...[call.closed?.byDispatcherId ?? null, instant(call.calledAtMs), instant(call.calledAtMs)],
      ]),
  );
}

function missionTable(missions: readonly SampleMission[]): SampleTable {
  return table(
    'missions',
    [
      ...(['mission_id', 'emergency_id', 'drone_id', 'dispatcher_id', 'dispatcher_name', 'status'] as const),
      ...(['destination_location', 'destination_address', 'launch_time', 'arrival_time'] as const),
      ...(['aed_deployed_time', 'completion_time', 'abort_time', 'abort_reason'] as const),
      ...(['estimated_eta_seconds', 'actual_eta_seconds', 'flight_path', 'flight_plan'] as const),
      ...(['voice_ai_active', 'language_detected', 'total_voice_exchanges'] as const),
      ...(['conversation_state', 'risk_assessment_score', 'landing_zone_confidence'] as const),
      ...(['aed_successfully_deployed', 'bystander_used_aed', 'shock_delivered'] as const),
      ...(['ambulance_arrival_time', 'patient_outcome', 'override_reason', 'override_by'] as const),
      ...(['created_at', 'updated_at'] as const),
    ],
    () => mapEach(missions, (mission) => [missionRow(mission)]),
  );
}

function missionRow(mission: SampleMission): readonly Cell[] {
  const { emergency, drone, dispatcher, launchedAtMs, times, outcome } = mission;
  const arrived = mission.abortReason === null;
  const at = (sinceLaunchMs: number): string => instant(launchedAtMs + sinceLaunchMs);
  const spoken = sampleTranscript(mission);
  return [
    ...[mission.missionId, emergency.emergencyId, drone.droneId, dispatcher.dispatcherId],
    ...[`${dispatcher.firstName} ${dispatcher.lastName}`, arrived ? 'COMPLETED' : 'ABORTED'],
    ...[point(emergency.place), emergency.address, instant(launchedAtMs)],
    ...[arrived ? at(times.arrivedMs) : null, outcome.delivered ? at(aedTakenMs(mission)) : null],
    ...[arrived ? at(times.endMs + 200) : null, arrived ? null : at(times.arrivedMs + 120)],
    ...[mission.abortReason, mission.estimatedEtaS, arrived ? Math.round(times.arrivedMs / 1_000) : null],
    ...[flownLine(mission), plan(mission), spoken.length > 0, spoken.length > 0 ? emergency.language : null],
    ...[spoken.length, spoken.at(-1)?.state ?? null, mission.riskScore],
    ...[fixed(mission.landingConfidence, 2), arrived ? outcome.delivered : false],
    ...[outcome.bystanderUsedAed, outcome.shockDelivered, instantOrNull(outcome.ambulanceArrivedAtMs)],
    ...[outcome.patientOutcome, mission.overrideReason],
    ...[mission.overrideReason === null ? null : dispatcher.dispatcherId],
    ...[instant(launchedAtMs), at(times.endMs + 200)],
  ];
}

/** Every third fix: enough for a line on a map. */
function flownLine(mission: SampleMission): string {
  const vertices = Array.from(sampleFlight(mission))
    .filter((_, index) => index % 3 === 0)
    .map((fix) => `${fixed(fix.longitudeDeg, 6)} ${fixed(fix.latitudeDeg, 6)}`);
  return `SRID=4326;LINESTRING(${vertices.join(',')})`;
}

function plan({ drone, emergency }: SampleMission): string {
  const home = positionOf(drone.base.place);
  const destination = positionOf(emergency.place);
  return JSON.stringify({
    ...{ systemId: drone.systemId ?? 0, home, destination, cruiseAltitudeRelativeHomeM: CRUISE_HEIGHT_M },
    ...{ cruiseSpeedMps: 15, outbound: [home, destination], homebound: [destination, home] },
    clearanceM: null,
  });
}

function eventTable(missions: readonly SampleMission[]): SampleTable {
  return table(
    'mission_events',
    ['event_id', 'mission_id', 'event_type', 'timestamp', 'source', 'sentence', 'event_data'],
    () =>
      mapEach(missions, (mission) =>
        sampleEvents(mission).map((event) => [
          ...[
            event.eventId,
            mission.missionId,
            event.type,
            instant(event.atMs),
            event.source,
            event.sentence,
          ],
          event.data === null ? null : JSON.stringify(event.data),
        ]),
      ),
  );
}

function weatherTable(missions: readonly SampleMission[]): SampleTable {
  return table(
    'weather_conditions',
    [
      ...(['weather_id', 'mission_id', 'location', 'observation_time', 'condition'] as const),
      ...(['temperature_celsius', 'wind_speed_mph', 'wind_direction_degrees'] as const),
      ...(['precipitation_mm', 'visibility_meters', 'data_source'] as const),
    ],
    () =>
      mapEach(missions, ({ missionId, emergency, launchedAtMs, weather, chance }) => [
        [
          ...[chance.fork(4).id(launchedAtMs), missionId, point(emergency.place), instant(launchedAtMs)],
          ...[weather.condition, fixed(weather.temperatureC, 1)],
          ...[fixed(weather.windSpeedMps * MPH_PER_MPS, 1), weather.windFromDeg],
          ...[fixed(weather.precipitationMm, 2), weather.visibilityM, 'made up'],
        ],
      ]),
  );
}

function transcriptTable(missions: readonly SampleMission[]): SampleTable {
  return table(
    'voice_transcripts',
    [
      ...(['transcript_id', 'mission_id', 'timestamp', 'speaker', 'text', 'language'] as const),
      ...(['confidence_score', 'stt_model', 'dialogue_model', 'is_scripted_response'] as const),
      'conversation_state',
    ],
    () =>
      mapEach(missions, (mission) =>
        sampleTranscript(mission).map((line) => [
          ...[line.transcriptId, mission.missionId, instant(line.atMs), line.speaker, line.text, 'en'],
          ...[line.confidence === null ? null : fixed(line.confidence, 2)],
          ...[
            line.speaker === 'BYSTANDER' ? 'whisper-tiny-v3' : null,
            line.speaker === 'DRONE' ? 'FSM' : null,
          ],
          ...[line.speaker === 'DRONE', line.state],
        ]),
      ),
  );
}

function telemetryTable(missions: readonly SampleMission[]): SampleTable {
  return table(
    'telemetry',
    [
      ...([
        'time',
        'mission_id',
        'drone_id',
        'latitude',
        'longitude',
        'altitude_meters',
        'speed_ms',
      ] as const),
      ...(['heading_degrees', 'battery_level', 'gps_satellites', 'gps_fix_quality'] as const),
      ...(['navigation_mode', 'distance_to_destination_meters', 'temperature_celsius'] as const),
    ],
    () =>
      mapEach(missions, function* (mission) {
        for (const fix of sampleFlight(mission))
          yield [
            ...[instant(fix.atMs), mission.missionId, mission.drone.droneId, fixed(fix.latitudeDeg, 8)],
            ...[fixed(fix.longitudeDeg, 8), fixed(fix.altitudeAmslM, 2), fixed(fix.speedMps, 2)],
            ...[fixed(fix.headingDeg, 2), fix.batteryPercent, 14 + (mission.index % 6), 'GPS', 'AUTONOMOUS'],
            ...[fixed(fix.toDestinationM, 2), fixed(mission.weather.temperatureC + 18, 1)],
          ];
      }),
  );
}

function* mapEach<Item, Row>(items: readonly Item[], rowsOf: (item: Item) => Iterable<Row>): Generator<Row> {
  for (const item of items) yield* rowsOf(item);
}
