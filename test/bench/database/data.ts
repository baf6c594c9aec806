/** The same data for both databases, as SQL that depends on nothing but the row's number. */

export const BENCH_NOW_MS = Date.UTC(2025, 11, 1);
/** A dispatcher who covers the state of the data. */
export const BENCH_PERSON = 'bench';

export const DRONES = 10_000;
export const ZONES = 10_000;
export const MISSIONS = 5_000;
const EVENTS_A_MISSION = 20;
export const TELEMETRY_CHUNK = 250_000;

/** A place in Massachusetts. Steps of irrational shares of the whole spread evenly. */
const place = (number: string): string =>
  `ST_SetSRID(ST_MakePoint(-73 + mod(${number} * 0.7548776662, 1) * 2.5, 41.5 + mod(${number} * 0.5698402910, 1) * 1.4), 4326)`;
const id = (kind: number, number: string): string =>
  `('00000000-0000-7000-800${kind}-' || lpad(${number}::text, 12, '0'))::uuid`;

export const missionId = (number: number): string =>
  `00000000-0000-7000-8002-${String(number).padStart(12, '0')}`;

/** Everything but the telemetry. */
export const RECORDS_SQL = `
INSERT INTO base_stations (base_station_id, name, location, capacity)
  SELECT 'Base-' || n, 'Base ' || n, ${place('n::numeric')}::geography, 4 FROM generate_series(1, 2500) AS n;
INSERT INTO drones (drone_id, serial_number, status, battery_level, base_station_id, current_location)
  SELECT 'Drone-' || n, 'serial-' || n, (ARRAY['READY', 'READY', 'CHARGING', 'MAINTENANCE'])[1 + n % 4], n % 101,
    'Base-' || (1 + n % 2500), ${place('n::numeric')}::geography FROM generate_series(1, ${DRONES}) AS n;
INSERT INTO no_fly_zones (zone_id, name, zone_polygon, zone_type, altitude_restriction_meters)
  SELECT ${id(3, 'n')}, 'Zone ' || n, ST_Expand(${place('(n + 77777)::numeric')}, 0.0005 + 0.00002 * (n % 100))::geography,
    'SCHOOL', CASE n % 3 WHEN 0 THEN 120 END FROM generate_series(1, ${ZONES}) AS n;
INSERT INTO emergencies (emergency_id, emergency_type, call_timestamp, location_point, closed_at, closed_reason, closed_by)
  SELECT ${id(1, 'n')}, 'cardiac_arrest', '2025-01-01'::timestamptz + n * INTERVAL '1 hour', ${place('n::numeric')}::geography,
    '2025-12-01', 'OTHER', 'bench' FROM generate_series(1, ${MISSIONS}) AS n;
INSERT INTO missions (mission_id, emergency_id, drone_id, dispatcher_id, status, destination_location, launch_time, completion_time)
  SELECT ${id(2, 'n')}, ${id(1, 'n')}, 'Drone-' || n, 'bench', CASE WHEN n <= 20 THEN 'IN_FLIGHT' ELSE 'COMPLETED' END,
    ${place('n::numeric')}::geography, '2025-01-01'::timestamptz + n * INTERVAL '1 hour', '2025-12-01'
  FROM generate_series(1, ${MISSIONS}) AS n;
INSERT INTO mission_events (mission_id, event_type, timestamp, source, sentence)
  SELECT ${id(2, 'm')}, 'HOLD', '2025-01-01'::timestamptz + m * INTERVAL '1 hour' + e * INTERVAL '10 seconds', 'STATION',
    'Event ' || e FROM generate_series(1, ${MISSIONS}) AS m, generate_series(1, ${EVENTS_A_MISSION}) AS e;
INSERT INTO voice_transcripts (mission_id, timestamp, speaker, text, language)
  SELECT ${id(2, 'm')}, '2025-01-01'::timestamptz + m * INTERVAL '1 hour', 'DRONE', 'Line ' || e, 'en'
  FROM generate_series(1, ${MISSIONS}) AS m, generate_series(1, 4) AS e;
INSERT INTO dispatchers (dispatcher_id, first_name, last_name, email, password_hash, role, coverage_states)
  VALUES ('${BENCH_PERSON}', 'Bench', 'Person', 'bench@example.org', '$2b$12$' || repeat('a', 53), 'DISPATCHER', '{MA}');
INSERT INTO audit_log (at, action) SELECT '2025-01-01'::timestamptz + n * INTERVAL '1 minute', 'BENCH'
  FROM generate_series(1, 20000) AS n;`;

/** Rows [from, until) of the telemetry: whole flights of 1,000 rows, a tenth of a second apart. */
export const telemetrySql = (from: number, until: number): string =>
  insertTelemetry(
    from,
    until,
    '1 + n / 1000',
    `'2025-01-01'::timestamptz + m * INTERVAL '1 hour' + (n % 1000) * INTERVAL '100 milliseconds'`,
  );

/** The same of twenty flights at once, as they come in. */
export const arrivingTelemetrySql = (from: number, until: number): string =>
  insertTelemetry(from, until, '1 + n % 20', `'2025-11-01'::timestamptz + n * INTERVAL '10 milliseconds'`);

const insertTelemetry = (from: number, until: number, mission: string, time: string): string => `
INSERT INTO telemetry (time, mission_id, drone_id, latitude, longitude, altitude_meters, speed_ms, heading_degrees,
    battery_level, gps_satellites, gps_fix_quality, navigation_mode, distance_to_destination_meters)
  SELECT ${time}, ${id(2, 'm')}, 'Drone-' || m, 42 + (n % 1000) * 0.00001, -71 - (n % 1000) * 0.00001, 60, 15, 40, 90,
    14, 'GPS', 'AUTONOMOUS', n % 1000
  FROM (SELECT n, ${mission} AS m FROM generate_series(${from}, ${until - 1}) AS n) AS rows;`;

/** Loading checks nothing that the statements above do not keep by themselves. */
export const BEFORE_TELEMETRY_SQL = 'ALTER TABLE telemetry DISABLE TRIGGER ALL';
export const AFTER_TELEMETRY_SQL = 'ALTER TABLE telemetry ENABLE TRIGGER ALL';
