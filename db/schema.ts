// Written by scripts/build-database.ts from the migrated database. Do not edit: change the migrations.
import type { Generated, GeneratedAlways } from 'kysely';

/** Milliseconds since 1970, UTC. */
export type InstantMs = number;
/** Only ever made and read by PostGIS functions in SQL. */
export type Geography = string & { readonly isGeography: never };
export type Json = object;

export interface AiModelVersions {
  model_version_id: Generated<string>;
  model_type: string;
  version: string;
  model_file_path: string | null;
  model_size_mb: number | null;
  accuracy_percent: number | null;
  latency_ms: number | null;
  power_watts: number | null;
  deployed_at: InstantMs | null;
  deployed_to_drones: Generated<number>;
  active: Generated<boolean>;
  training_data_info: Json | null;
  notes: string | null;
  created_at: Generated<InstantMs>;
  model_sha256: string | null;
  verified_at: InstantMs | null;
  verification: Json | null;
}

export interface AuditLog {
  audit_id: Generated<string>;
  recorded_order: Generated<number>;
  at: InstantMs;
  dispatcher_id: string | null;
  action: string;
  subject: string | null;
  detail: Generated<Json>;
}

export interface BaseStations {
  base_station_id: string;
  name: string;
  location: Geography;
  address: string | null;
  city: string | null;
  state: string | null;
  facility_type: string | null;
  capacity: number;
  current_occupancy: Generated<number>;
  coverage_radius_miles: Generated<number>;
  contact_name: string | null;
  contact_phone: string | null;
  contact_email: string | null;
  operational: Generated<boolean>;
  created_at: Generated<InstantMs>;
  updated_at: Generated<InstantMs>;
}

export interface Checklists {
  model: string;
  version: number;
  items: Json;
  created_at: InstantMs;
  created_by: string | null;
  door: Generated<Json>;
}

export interface Dispatchers {
  dispatcher_id: string;
  first_name: string;
  last_name: string;
  email: string;
  password_hash: string;
  mfa_enabled: Generated<boolean>;
  mfa_secret: string | null;
  role: Generated<string>;
  permissions: Json | null;
  dispatch_center_id: string | null;
  dispatch_center_name: string | null;
  coverage_states: string[] | null;
  active: Generated<boolean>;
  last_login_at: InstantMs | null;
  total_launches: Generated<number>;
  total_successful_missions: Generated<number>;
  created_at: Generated<InstantMs>;
  updated_at: Generated<InstantMs>;
  must_change_password: Generated<boolean>;
  mfa_last_step: number | null;
}

export interface Drones {
  drone_id: string;
  model: Generated<string>;
  serial_number: string;
  manufacture_date: string | null;
  ai_compute_model: Generated<string | null>;
  firmware_version: string | null;
  ai_model_version: string | null;
  voice_ai_enabled: Generated<boolean>;
  status: string;
  battery_level: number | null;
  current_location: Geography | null;
  current_altitude_meters: number | null;
  base_station_id: string | null;
  base_location: Geography | null;
  total_missions: Generated<number>;
  total_flight_hours: Generated<number>;
  last_mission_at: InstantMs | null;
  last_maintenance_at: InstantMs | null;
  next_maintenance_due: string | null;
  hardware_health: Json | null;
  created_at: Generated<InstantMs>;
  updated_at: Generated<InstantMs>;
  mavlink_system_id: number | null;
}

export interface Emergencies {
  emergency_id: Generated<string>;
  emergency_type: string;
  call_timestamp: Generated<InstantMs>;
  location_point: Geography;
  address: string | null;
  city: string | null;
  state: string | null;
  zip_code: string | null;
  caller_phone: string | null;
  caller_on_scene: Generated<boolean | null>;
  bystander_available: Generated<boolean | null>;
  caller_language: Generated<string>;
  victim_age: number | null;
  symptoms: string | null;
  additional_info: Json | null;
  cad_incident_id: string | null;
  dispatch_center_id: Generated<string | null>;
  created_at: Generated<InstantMs>;
  updated_at: Generated<InstantMs>;
  closed_at: InstantMs | null;
  closed_reason: string | null;
  closed_note: string | null;
  closed_by: string | null;
  served: Generated<boolean>;
}

export interface FleetBaselines {
  model: string;
  approved_at: InstantMs;
  approved_by: string;
  drone_id: string;
  firmware: string;
  parameters: Json;
}

export interface HealthCheckPhotos {
  photo_id: string;
  health_check_id: string;
  item_id: string;
  media_type: string;
  taken_at: InstantMs;
  picture: Uint8Array;
}

export interface HealthChecks {
  health_check_id: string;
  drone_id: string;
  checklist_model: string;
  checklist_version: number;
  started_at: InstantMs;
  signed_at: InstantMs;
  signed_by: string;
  signed_name: string;
  decision: string;
  note: string | null;
  firmware: string | null;
  flight_hours: number | null;
  automatic: Json;
  manual: Json;
  untested_reason: string | null;
  station_id: Generated<string | null>;
}

export interface MissionEvents {
  event_id: Generated<string>;
  mission_id: string;
  event_type: string;
  timestamp: Generated<InstantMs>;
  event_data: Json | null;
  source: string | null;
  sentence: Generated<string>;
  recorded_order: Generated<number>;
}

export interface Missions {
  mission_id: Generated<string>;
  emergency_id: string;
  drone_id: string;
  dispatcher_id: string;
  dispatcher_name: string | null;
  status: string;
  destination_location: Geography;
  destination_address: string | null;
  launch_time: Generated<InstantMs>;
  arrival_time: InstantMs | null;
  aed_deployed_time: InstantMs | null;
  completion_time: InstantMs | null;
  estimated_eta_seconds: number | null;
  actual_eta_seconds: number | null;
  flight_path: Geography | null;
  voice_ai_active: Generated<boolean>;
  language_detected: string | null;
  total_voice_exchanges: Generated<number>;
  conversation_state: string | null;
  ai_recommendation: Json | null;
  risk_assessment_score: number | null;
  landing_zone_confidence: number | null;
  aed_successfully_deployed: boolean | null;
  bystander_used_aed: boolean | null;
  shock_delivered: boolean | null;
  ambulance_arrival_time: InstantMs | null;
  patient_outcome: string | null;
  abort_reason: string | null;
  abort_time: InstantMs | null;
  created_at: Generated<InstantMs>;
  updated_at: Generated<InstantMs>;
  flight_plan: Json | null;
  override_reason: string | null;
  override_by: string | null;
  station_id: Generated<string | null>;
}

export interface ModelDeployments {
  deployment_id: string;
  drone_id: string;
  model_version_id: string;
  deployed_at: InstantMs;
  deployed_by: string;
}

export interface NoFlyZones {
  zone_id: Generated<string>;
  name: string;
  zone_polygon: Geography;
  zone_type: string;
  altitude_restriction_meters: number | null;
  start_time: InstantMs | null;
  end_time: InstantMs | null;
  authority: string | null;
  authority_reference: string | null;
  active: Generated<boolean>;
  version: Generated<number>;
  created_at: Generated<InstantMs>;
  updated_at: Generated<InstantMs>;
}

export interface RecoveryCodes {
  code_hash: string;
  dispatcher_id: string;
  created_at: InstantMs;
  used_at: InstantMs | null;
}

export interface RetentionRuns {
  at: InstantMs;
  table_name: string;
  removed_before: InstantMs;
  removed: number;
  removed_unsent: Generated<number>;
  waiting_since: InstantMs | null;
}

export interface Sessions {
  token_hash: string;
  dispatcher_id: string;
  created_at: Generated<InstantMs>;
  expires_at: InstantMs;
  revoked_at: InstantMs | null;
  session_id: Generated<string>;
  revoked_by: string | null;
}

export interface Settings {
  name: string;
  value: Json;
  changed_at: InstantMs;
}

export interface SignInLimits {
  name_key: string;
  failures: number;
  wait_until: InstantMs;
  last_attempt_at: InstantMs;
}

export interface SyncAcks {
  incarnation: number;
  up_to_seq: number;
  at: InstantMs;
}

export interface SyncBrought {
  table_name: string;
  row_id: string;
}

export interface SyncConflicts {
  conflict_id: Generated<string>;
  table_name: string;
  row_id: string;
  in_force: Json;
  other: Json;
  in_force_stamp: string | null;
  other_stamp: string;
  other_station_id: string;
  other_deletes: Generated<boolean>;
  at: Generated<InstantMs>;
  decided_at: InstantMs | null;
  decided_by: string | null;
  decision: string | null;
  kind: string | null;
  in_force_by: string | null;
  other_by: string | null;
}

export interface SyncOutbox {
  incarnation: number;
  seq: number;
  table_name: string;
  row_id: string;
  ordinal: Generated<number>;
  op: string;
  columns: Json;
  replaced: Json;
  base_version: number | null;
  stamp: string;
  made_by: Generated<string | null>;
}

export interface SyncParked {
  table_name: string;
  row_id: string;
  pulled: Json;
  waits_for_table: string | null;
  waits_for_row: string | null;
  reason: string;
  tried_with: number;
  at: InstantMs;
}

export interface SyncRefused {
  refused_id: Generated<string>;
  incarnation: number;
  seq: number;
  sql_state: string;
  sentence: string;
  at: InstantMs;
  changes: Json;
  settled_at: InstantMs | null;
  settled_by: string | null;
  settled_how: string | null;
}

export interface SyncStamps {
  table_name: string;
  row_id: string;
  stamps: Json;
  unknown: Json | null;
  origin: string | null;
}

export interface SyncStation {
  one: Generated<boolean>;
  station_id: string | null;
  incarnation: Generated<number>;
  last_seq: Generated<number>;
  acked_seq: Generated<number>;
  clock_ms: Generated<number>;
  clock_counter: Generated<number>;
  run_nonce: Generated<string>;
  clock_offset_ms: Generated<number>;
  offered: Generated<string>;
  epoch: string | null;
  cursor_txid: string | null;
  cursor_seq: string | null;
  full_pull: Generated<boolean>;
  full_pull_noted: Generated<boolean>;
  visibility: number | null;
  paused: Generated<boolean>;
  last_success_at: InstantMs | null;
  telemetry_acked: Generated<number>;
  token: string | null;
}

export interface SyncTables {
  table_name: string;
  apply_order: number;
  key_column: string;
  rule: string;
  excluded: Generated<string[]>;
  pulled: Generated<boolean>;
  kept_by: string | null;
  kept_for_days: number | null;
  parents: Generated<Json>;
}

export interface SyncTelemetry {
  position: Generated<number>;
  mission_id: string;
  from_time: InstantMs;
  until_time: InstantMs;
  samples: number;
  sealed: Generated<boolean>;
}

export interface SyncTombstones {
  table_name: string;
  row_id: string;
  stamp: string;
  row: Json | null;
  stamps: Json | null;
}

export interface Telemetry {
  time: InstantMs;
  mission_id: string;
  drone_id: string;
  latitude: number;
  longitude: number;
  altitude_meters: number;
  speed_ms: number | null;
  heading_degrees: number | null;
  battery_level: number | null;
  gps_satellites: number | null;
  gps_fix_quality: string | null;
  obstacles_detected: Generated<number | null>;
  persons_detected: Generated<number | null>;
  landing_zone_confidence: number | null;
  navigation_mode: string | null;
  distance_to_destination_meters: number | null;
  temperature_celsius: number | null;
}

export interface Telemetry1min {
  bucket: InstantMs;
  mission_id: string;
  drone_id: string;
  speed_sum: Generated<number>;
  speed_samples: Generated<number>;
  altitude_sum: Generated<number>;
  samples: Generated<number>;
  avg_speed: GeneratedAlways<number | null>;
  avg_altitude: GeneratedAlways<number | null>;
  min_battery: number | null;
  max_battery: number | null;
}

export interface VoiceTranscripts {
  transcript_id: Generated<string>;
  mission_id: string;
  timestamp: Generated<InstantMs>;
  speaker: string;
  text: string;
  language: string;
  confidence_score: number | null;
  audio_duration_ms: number | null;
  stt_model: string | null;
  dialogue_model: string | null;
  is_scripted_response: Generated<boolean>;
  conversation_state: string | null;
}

export interface WeatherConditions {
  weather_id: Generated<string>;
  mission_id: string | null;
  location: Geography;
  observation_time: Generated<InstantMs>;
  condition: string | null;
  temperature_celsius: number | null;
  wind_speed_mph: number | null;
  wind_direction_degrees: number | null;
  precipitation_mm: number | null;
  visibility_meters: number | null;
  data_source: string | null;
}

export interface Schema {
  ai_model_versions: AiModelVersions;
  audit_log: AuditLog;
  base_stations: BaseStations;
  checklists: Checklists;
  dispatchers: Dispatchers;
  drones: Drones;
  emergencies: Emergencies;
  fleet_baselines: FleetBaselines;
  health_check_photos: HealthCheckPhotos;
  health_checks: HealthChecks;
  mission_events: MissionEvents;
  missions: Missions;
  model_deployments: ModelDeployments;
  no_fly_zones: NoFlyZones;
  recovery_codes: RecoveryCodes;
  retention_runs: RetentionRuns;
  sessions: Sessions;
  settings: Settings;
  sign_in_limits: SignInLimits;
  sync_acks: SyncAcks;
  sync_brought: SyncBrought;
  sync_conflicts: SyncConflicts;
  sync_outbox: SyncOutbox;
  sync_parked: SyncParked;
  sync_refused: SyncRefused;
  sync_stamps: SyncStamps;
  sync_station: SyncStation;
  sync_tables: SyncTables;
  sync_telemetry: SyncTelemetry;
  sync_tombstones: SyncTombstones;
  telemetry: Telemetry;
  telemetry_1min: Telemetry1min;
  voice_transcripts: VoiceTranscripts;
  weather_conditions: WeatherConditions;
}
