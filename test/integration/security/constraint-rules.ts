import { z } from 'zod';
import { checkedCorners } from '../../../main/station/airspace/zone-shape.ts';
import { EmergencyDesk } from '../../../main/station/dispatch/emergency-desk.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import { contract } from '../../../preload/contract/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { missionStation, OPERATOR } from '../../support/mission-station.ts';
import { emergencyInput, newId, squareZone } from '../db/build-records.ts';

/**
 * Every constraint of the specification's tables: what breaks it, how the database refuses that, and, where a person
 * could enter it, how the door refuses it before. What only a drone reports has no door of its own: a measurement that
 * cannot be true is recorded as none (see the queries' tests), the rest the database refuses.
 */
interface Rule {
  constraint: string;
  table: keyof typeof VALID;
  /** Columns as SQL that differ from a valid row. */
  broken: Record<string, string>;
  door?: { attempt: () => unknown; says: RegExp };
}

const MISSION = "(SELECT mission_id FROM missions WHERE dispatcher_id = 'base')";
const NOWHERE = "'018bcfe5-6800-7000-8000-00000000dead'";
const POINT = "'POINT(-71 42)'";
const LATE = "now() + INTERVAL '61 seconds'";

/** One valid row a table, as SQL: what a rule does not break stays as it is here. */
export const VALID = {
  base_stations: { base_station_id: "'B-2'", name: "'Base'", location: POINT, capacity: '1' },
  emergencies: { emergency_type: "'other'", location_point: POINT },
  drones: { drone_id: "'D-2'", serial_number: "'S-2'", status: "'READY'" },
  missions: {
    emergency_id: '(SELECT emergency_id FROM emergencies LIMIT 1)',
    drone_id: "'D-1'",
    dispatcher_id: "'somebody'",
    status: "'COMPLETED'",
    destination_location: POINT,
  },
  telemetry: {
    time: 'now()',
    mission_id: MISSION,
    drone_id: "'D-1'",
    latitude: '42',
    longitude: '-71',
    altitude_meters: '1',
  },
  telemetry_1min: { bucket: 'now()', mission_id: MISSION, drone_id: "'D-1'" },
  voice_transcripts: { mission_id: MISSION, speaker: "'DRONE'", text: "'Hello'", language: "'en'" },
  mission_events: { mission_id: MISSION, event_type: "'LANDED'" },
  no_fly_zones: {
    name: "'Zone'",
    zone_type: "'SCHOOL'",
    zone_polygon: "'POLYGON((-71 42, -71 42.1, -71.1 42.1, -71 42))'",
  },
  dispatchers: {
    dispatcher_id: "'p-2'",
    first_name: "'P'",
    last_name: "'Two'",
    email: "'p2@example.invalid'",
    password_hash: `'$2b$10$${'x'.repeat(53)}'`,
  },
  weather_conditions: { location: POINT },
  ai_model_versions: { model_type: "'WHISPER_STT'", version: "'1'" },
};

/** What the contract says to an input: its complaints, each with its field. */
function parse(procedure: { '~orpc': { inputSchema?: unknown } }, input: object): void {
  const schema = procedure['~orpc'].inputSchema;
  if (!(schema instanceof z.ZodType)) throw new Error('The call takes no input.');
  const { error } = schema.safeParse(input);
  if (error)
    throw new Error(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join(' '));
}

const clock = new FakeClock();
const call = (changes: object) => parse(contract.emergencies.create, { ...emergencyInput(), ...changes });
const zone = (changes: object) =>
  parse(contract.airspace.createZone, {
    ...squareZone({ latitudeDeg: 42, longitudeDeg: -71 }, 0.01),
    ...changes,
  });
const drone = (changes: object) =>
  parse(contract.fleet.register, {
    droneId: 'D-2',
    systemId: 2,
    serialNumber: 'S-2',
    baseStationId: 'B-1',
    ...changes,
  });
const outcome = (changes: object) =>
  parse(contract.missions.recordOutcome, {
    missionId: newId(),
    bystanderUsedAed: null,
    shockDelivered: null,
    ambulanceArrivedAtMs: null,
    patientOutcome: null,
    ...changes,
  });
const weather = (changes: object) =>
  parse(contract.dispatch.assess, {
    emergencyId: newId(),
    weather: {
      windSpeedMps: null,
      windFromDeg: null,
      condition: null,
      temperatureC: null,
      visibilityM: null,
      ...changes,
    },
  });
const account = (changes: object) =>
  parse(contract.people.create, {
    dispatcherId: 'p-2',
    firstName: 'P',
    lastName: 'Two',
    email: null,
    role: 'DISPATCHER',
    permissions: null,
    coverageStates: [],
    password: 'shock-advised-12',
    ...changes,
  });
const corners = (...positions: [latitudeDeg: number, longitudeDeg: number][]) =>
  checkedCorners(positions.map(([latitudeDeg, longitudeDeg]) => ({ latitudeDeg, longitudeDeg })));
const unused = (): never => {
  throw new Error('The door lets nothing through that is refused.');
};
const desk = new EmergencyDesk({
  store: { as: unused },
  clock,
  random: seededRandom(1),
  droneFlyingTo: () => null,
});

export const RULES: Rule[] = [
  { constraint: 'base_stations_state_known', table: 'base_stations', broken: { state: "'ma'" } },
  {
    constraint: 'base_stations_facility_type_known',
    table: 'base_stations',
    broken: { facility_type: "'PUB'" },
  },
  { constraint: 'base_stations_capacity_range', table: 'base_stations', broken: { capacity: '-1' } },
  {
    constraint: 'base_stations_occupancy_range',
    table: 'base_stations',
    broken: { current_occupancy: '-1' },
  },
  {
    constraint: 'base_stations_coverage_range',
    table: 'base_stations',
    broken: { coverage_radius_miles: '0' },
  },

  {
    constraint: 'emergencies_type_known',
    table: 'emergencies',
    broken: { emergency_type: "'flood'" },
    door: { attempt: () => call({ type: 'flood' }), says: /type/ },
  },
  {
    constraint: 'emergencies_state_known',
    table: 'emergencies',
    broken: { state: "'M1'" },
    door: { attempt: () => call({ state: 'Mass' }), says: /state is a two-letter code/ },
  },
  {
    constraint: 'emergencies_victim_age_range',
    table: 'emergencies',
    broken: { victim_age: '131' },
    door: { attempt: () => call({ victimAgeYears: 131 }), says: /age cannot be more than 130/ },
  },
  {
    constraint: 'emergencies_closed_reason_known',
    table: 'emergencies',
    broken: { closed_at: 'now()', closed_by: "'p'", closed_reason: "'BORED'" },
    door: {
      attempt: () => parse(contract.emergencies.close, { emergencyId: newId(), reason: 'BORED', note: null }),
      says: /reason/,
    },
  },
  { constraint: 'emergencies_closed_whole', table: 'emergencies', broken: { closed_at: 'now()' } },
  {
    constraint: 'emergencies_call_timestamp_not_future',
    table: 'emergencies',
    broken: { call_timestamp: LATE },
    door: {
      attempt: () => desk.create(emergencyInput({ calledAtMs: clock.nowMs() + 61_000 }), 'd04'),
      says: /time of the call lies in the future/,
    },
  },
  {
    constraint: 'position_latitude_range',
    table: 'emergencies',
    broken: { location_point: "on_earth('SRID=4326;POINT(-71 95)')" },
    door: {
      attempt: () => call({ position: { latitudeDeg: 95, longitudeDeg: -71 } }),
      says: /Latitude must be between -90 and 90/,
    },
  },
  {
    constraint: 'position_longitude_range',
    table: 'emergencies',
    broken: { location_point: "on_earth('SRID=4326;POINT(-181 42)')" },
    door: {
      attempt: () => call({ position: { latitudeDeg: 42, longitudeDeg: -181 } }),
      says: /Longitude must be between -180 and 180/,
    },
  },

  {
    constraint: 'drones_status_known',
    table: 'drones',
    broken: { status: "'LOST'" },
    door: {
      attempt: () =>
        parse(contract.fleet.setStatus, { droneId: 'D-1', status: 'LOST', reason: 'It is gone' }),
      says: /status/,
    },
  },
  { constraint: 'drones_battery_range', table: 'drones', broken: { battery_level: '101' } },
  { constraint: 'drones_battery_range', table: 'drones', broken: { battery_level: '-1' } },
  { constraint: 'drones_total_missions_range', table: 'drones', broken: { total_missions: '-1' } },
  { constraint: 'drones_flight_hours_range', table: 'drones', broken: { total_flight_hours: '-1' } },
  {
    constraint: 'drones_mavlink_system_id_range',
    table: 'drones',
    broken: { mavlink_system_id: '255' },
    door: { attempt: () => drone({ systemId: 255 }), says: /systemId/ },
  },
  {
    constraint: 'drones_base_station_exists',
    table: 'drones',
    broken: { base_station_id: "'B-9'" },
    door: { attempt: () => drone({ baseStationId: ' ' }), says: /base station must not be empty/ },
  },
  { constraint: 'drones_last_mission_at_not_future', table: 'drones', broken: { last_mission_at: LATE } },
  {
    constraint: 'drones_last_maintenance_at_not_future',
    table: 'drones',
    broken: { last_maintenance_at: LATE },
  },

  {
    constraint: 'missions_emergency_exists',
    table: 'missions',
    broken: { emergency_id: NOWHERE },
    door: {
      attempt: () => parse(contract.dispatch.assess, { emergencyId: 'nowhere' }),
      says: /emergencyId: The record id is not valid/,
    },
  },
  {
    constraint: 'missions_drone_exists',
    table: 'missions',
    broken: { drone_id: "'D-9'" },
    door: {
      attempt: () => parse(contract.dispatch.launch, { decisionId: newId(), droneId: '' }),
      says: /drone id must not be empty/,
    },
  },
  { constraint: 'missions_status_known', table: 'missions', broken: { status: "'FLYING'" } },
  {
    constraint: 'missions_patient_outcome_known',
    table: 'missions',
    broken: { patient_outcome: "'FINE'" },
    door: { attempt: () => outcome({ patientOutcome: 'FINE' }), says: /patientOutcome/ },
  },
  { constraint: 'missions_estimated_eta_range', table: 'missions', broken: { estimated_eta_seconds: '-1' } },
  { constraint: 'missions_actual_eta_range', table: 'missions', broken: { actual_eta_seconds: '-1' } },
  {
    constraint: 'missions_voice_exchanges_range',
    table: 'missions',
    broken: { total_voice_exchanges: '-1' },
  },
  { constraint: 'missions_risk_range', table: 'missions', broken: { risk_assessment_score: '101' } },
  {
    constraint: 'missions_landing_zone_confidence_range',
    table: 'missions',
    broken: { landing_zone_confidence: '1.01' },
  },
  {
    constraint: 'missions_override_whole',
    table: 'missions',
    broken: { override_by: "'p'" },
    door: {
      attempt: () =>
        parse(contract.dispatch.launch, { decisionId: newId(), droneId: 'D-1', override: { reason: ' ' } }),
      says: /reason for the override must not be empty/,
    },
  },
  {
    constraint: 'missions_ambulance_arrival_time_not_future',
    table: 'missions',
    broken: { ambulance_arrival_time: LATE },
    door: {
      attempt() {
        const { control, clock: theirs } = missionStation();
        const unknown = { bystanderUsedAed: null, shockDelivered: null, patientOutcome: null };
        const late = { ...unknown, ambulanceArrivedAtMs: theirs.nowMs() + 61_000 };
        return control.recordOutcome(newId(), late, OPERATOR);
      },
      says: /ambulance arrived lies in the future/,
    },
  },
  ...['launch_time', 'arrival_time', 'aed_deployed_time', 'completion_time', 'abort_time'].map(
    (column): Rule => ({
      constraint: `missions_${column}_not_future`,
      table: 'missions',
      broken: { [column]: LATE },
    }),
  ),

  { constraint: 'telemetry_mission_exists', table: 'telemetry', broken: { mission_id: NOWHERE } },
  { constraint: 'telemetry_drone_exists', table: 'telemetry', broken: { drone_id: "'D-9'" } },
  { constraint: 'telemetry_latitude_range', table: 'telemetry', broken: { latitude: '90.00000001' } },
  { constraint: 'telemetry_longitude_range', table: 'telemetry', broken: { longitude: '-180.00000001' } },
  { constraint: 'telemetry_speed_range', table: 'telemetry', broken: { speed_ms: '-0.01' } },
  { constraint: 'telemetry_heading_range', table: 'telemetry', broken: { heading_degrees: '360.01' } },
  { constraint: 'telemetry_battery_range', table: 'telemetry', broken: { battery_level: '101' } },
  { constraint: 'telemetry_satellites_range', table: 'telemetry', broken: { gps_satellites: '-1' } },
  {
    constraint: 'telemetry_gps_fix_quality_known',
    table: 'telemetry',
    broken: { gps_fix_quality: "'GOOD'" },
  },
  { constraint: 'telemetry_obstacles_range', table: 'telemetry', broken: { obstacles_detected: '-1' } },
  { constraint: 'telemetry_persons_range', table: 'telemetry', broken: { persons_detected: '-1' } },
  {
    constraint: 'telemetry_landing_zone_confidence_range',
    table: 'telemetry',
    broken: { landing_zone_confidence: '-0.01' },
  },
  {
    constraint: 'telemetry_navigation_mode_known',
    table: 'telemetry',
    broken: { navigation_mode: "'LUCK'" },
  },
  {
    constraint: 'telemetry_distance_range',
    table: 'telemetry',
    broken: { distance_to_destination_meters: '-1' },
  },
  { constraint: 'telemetry_time_not_future', table: 'telemetry', broken: { time: LATE } },
  { constraint: 'telemetry_1min_mission_id_fkey', table: 'telemetry_1min', broken: { mission_id: NOWHERE } },
  { constraint: 'telemetry_1min_drone_id_fkey', table: 'telemetry_1min', broken: { drone_id: "'D-9'" } },

  {
    constraint: 'voice_transcripts_mission_exists',
    table: 'voice_transcripts',
    broken: { mission_id: NOWHERE },
  },
  {
    constraint: 'voice_transcripts_speaker_known',
    table: 'voice_transcripts',
    broken: { speaker: "'CROWD'" },
  },
  {
    constraint: 'voice_transcripts_confidence_range',
    table: 'voice_transcripts',
    broken: { confidence_score: '1.01' },
  },
  {
    constraint: 'voice_transcripts_confidence_range',
    table: 'voice_transcripts',
    broken: { confidence_score: '-0.01' },
  },
  {
    constraint: 'voice_transcripts_audio_duration_range',
    table: 'voice_transcripts',
    broken: { audio_duration_ms: '-1' },
  },
  {
    constraint: 'voice_transcripts_timestamp_not_future',
    table: 'voice_transcripts',
    broken: { timestamp: LATE },
  },

  { constraint: 'mission_events_mission_exists', table: 'mission_events', broken: { mission_id: NOWHERE } },
  { constraint: 'mission_events_source_known', table: 'mission_events', broken: { source: "'RUMOUR'" } },
  { constraint: 'mission_events_type_form', table: 'mission_events', broken: { event_type: "'landed'" } },
  { constraint: 'mission_events_timestamp_not_future', table: 'mission_events', broken: { timestamp: LATE } },

  {
    constraint: 'no_fly_zones_type_known',
    table: 'no_fly_zones',
    broken: { zone_type: "'ZOO'" },
    door: { attempt: () => zone({ type: 'ZOO' }), says: /type/ },
  },
  {
    constraint: 'no_fly_zones_altitude_range',
    table: 'no_fly_zones',
    broken: { altitude_restriction_meters: '-1' },
    door: { attempt: () => zone({ ceilingAglM: -1 }), says: /ceilingAglM/ },
  },
  {
    constraint: 'no_fly_zones_times_in_order',
    table: 'no_fly_zones',
    broken: { start_time: "'2026-05-02'", end_time: "'2026-05-01'" },
    door: {
      attempt: () => zone({ startsAtMs: 2, endsAtMs: 1 }),
      says: /endsAtMs: The end must be later than the start/,
    },
  },
  {
    constraint: 'no_fly_zones_polygon_valid',
    table: 'no_fly_zones',
    broken: { zone_polygon: "'POLYGON((-71 42, -70.9 42.1, -70.9 42, -71 42.1, -71 42))'" },
    door: {
      attempt: () => corners([42, -71], [42.1, -70.9], [42, -70.9], [42.1, -71]),
      says: /outline crosses itself near corner/,
    },
  },
  {
    constraint: 'no_fly_zones_polygon_one_side',
    table: 'no_fly_zones',
    broken: { zone_polygon: "'POLYGON((179 0, -179 0, -179 1, 179 1, 179 0))'" },
    door: {
      attempt: () => corners([0, 179], [0, -179], [1, -179], [1, 179]),
      says: /zone crosses the 180° meridian/,
    },
  },
  { constraint: 'no_fly_zones_version_range', table: 'no_fly_zones', broken: { version: '0' } },

  {
    constraint: 'dispatchers_role_known',
    table: 'dispatchers',
    broken: { role: "'CHIEF'" },
    door: { attempt: () => account({ role: 'CHIEF' }), says: /role/ },
  },
  {
    constraint: 'dispatchers_password_is_bcrypt',
    table: 'dispatchers',
    broken: { password_hash: "'secret'" },
  },
  { constraint: 'dispatchers_launches_range', table: 'dispatchers', broken: { total_launches: '-1' } },
  {
    constraint: 'dispatchers_successes_range',
    table: 'dispatchers',
    broken: { total_successful_missions: '-1' },
  },
  { constraint: 'dispatchers_mfa_whole', table: 'dispatchers', broken: { mfa_enabled: 'TRUE' } },
  {
    constraint: 'dispatchers_mfa_secret_is_encrypted',
    table: 'dispatchers',
    broken: { mfa_enabled: 'TRUE', mfa_secret: "'plain'" },
  },
  {
    constraint: 'dispatchers_permissions_form',
    table: 'dispatchers',
    broken: { permissions: `'{"launch": true}'` },
    door: { attempt: () => account({ permissions: ['fly_to_the_moon'] }), says: /permissions/ },
  },

  {
    constraint: 'weather_conditions_mission_exists',
    table: 'weather_conditions',
    broken: { mission_id: NOWHERE },
  },
  {
    constraint: 'weather_conditions_condition_known',
    table: 'weather_conditions',
    broken: { condition: "'HAIL'" },
    door: { attempt: () => weather({ condition: 'HAIL' }), says: /weather.condition/ },
  },
  {
    constraint: 'weather_conditions_wind_speed_range',
    table: 'weather_conditions',
    broken: { wind_speed_mph: '-1' },
    door: { attempt: () => weather({ windSpeedMps: -1 }), says: /weather.windSpeedMps/ },
  },
  {
    constraint: 'weather_conditions_wind_direction_range',
    table: 'weather_conditions',
    broken: { wind_direction_degrees: '361' },
    door: { attempt: () => weather({ windFromDeg: 361 }), says: /weather.windFromDeg/ },
  },
  {
    constraint: 'weather_conditions_precipitation_range',
    table: 'weather_conditions',
    broken: { precipitation_mm: '-1' },
  },
  {
    constraint: 'weather_conditions_visibility_range',
    table: 'weather_conditions',
    broken: { visibility_meters: '-1' },
    door: { attempt: () => weather({ visibilityM: -1 }), says: /weather.visibilityM/ },
  },
  {
    constraint: 'weather_conditions_observation_time_not_future',
    table: 'weather_conditions',
    broken: { observation_time: LATE },
  },

  {
    constraint: 'ai_model_versions_type_known',
    table: 'ai_model_versions',
    broken: { model_type: "'ORACLE'" },
  },
  { constraint: 'ai_model_versions_size_range', table: 'ai_model_versions', broken: { model_size_mb: '-1' } },
  {
    constraint: 'ai_model_versions_accuracy_range',
    table: 'ai_model_versions',
    broken: { accuracy_percent: '100.01' },
  },
  { constraint: 'ai_model_versions_latency_range', table: 'ai_model_versions', broken: { latency_ms: '-1' } },
  { constraint: 'ai_model_versions_power_range', table: 'ai_model_versions', broken: { power_watts: '-1' } },
  {
    constraint: 'ai_model_versions_deployed_range',
    table: 'ai_model_versions',
    broken: { deployed_to_drones: '-1' },
  },
  {
    constraint: 'ai_model_versions_sha256_format',
    table: 'ai_model_versions',
    broken: { model_sha256: "'not a hash'" },
  },
];
