-- The records of SkyRescue: eleven tables, the minute aggregate of telemetry, two views.
-- Runs unchanged on the embedded database and on PostgreSQL 15 with PostGIS. What only a server can have (hypertables,
-- scheduled jobs, roles and row-level security) is applied there on top, so telemetry stays a plain table whose
-- primary key begins with its time.

CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE FUNCTION update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END;
$$;

CREATE TABLE base_stations (
    base_station_id VARCHAR(50) PRIMARY KEY,
    name VARCHAR(200) NOT NULL,
    location GEOGRAPHY(POINT, 4326) NOT NULL,
    address TEXT,
    city VARCHAR(100),
    state VARCHAR(2),
    facility_type VARCHAR(50),
    capacity INTEGER NOT NULL,
    current_occupancy INTEGER NOT NULL DEFAULT 0,
    coverage_radius_miles DECIMAL(5, 2) NOT NULL DEFAULT 5.0,
    contact_name VARCHAR(200),
    contact_phone VARCHAR(20),
    contact_email VARCHAR(200),
    operational BOOLEAN NOT NULL DEFAULT TRUE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT base_stations_state_known CHECK (state ~ '^[A-Z]{2}$'),
    CONSTRAINT base_stations_facility_type_known
        CHECK (facility_type IN ('FIRE_STATION', 'HOSPITAL', 'DEDICATED_FACILITY')),
    CONSTRAINT base_stations_capacity_range CHECK (capacity >= 0),
    CONSTRAINT base_stations_occupancy_range CHECK (current_occupancy >= 0),
    CONSTRAINT base_stations_coverage_range CHECK (coverage_radius_miles > 0)
);
CREATE INDEX idx_base_stations_location ON base_stations USING GIST (location);
CREATE INDEX idx_base_stations_operational ON base_stations (operational);

CREATE TABLE emergencies (
    emergency_id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    emergency_type VARCHAR(50) NOT NULL,
    call_timestamp TIMESTAMPTZ NOT NULL DEFAULT now(),
    location_point GEOGRAPHY(POINT, 4326) NOT NULL,
    address TEXT,
    city VARCHAR(100),
    state VARCHAR(2),
    zip_code VARCHAR(10),
    caller_phone VARCHAR(20),
    -- NULL: nobody has asked yet. That is not the same as no.
    caller_on_scene BOOLEAN DEFAULT FALSE,
    bystander_available BOOLEAN DEFAULT FALSE,
    caller_language VARCHAR(10) NOT NULL DEFAULT 'en',
    victim_age INTEGER,
    symptoms TEXT,
    additional_info JSONB,
    cad_incident_id VARCHAR(100),
    dispatch_center_id VARCHAR(50),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT emergencies_type_known CHECK (emergency_type IN ('cardiac_arrest', 'respiratory_arrest', 'other')),
    CONSTRAINT emergencies_state_known CHECK (state ~ '^[A-Z]{2}$'),
    CONSTRAINT emergencies_victim_age_range CHECK (victim_age BETWEEN 0 AND 130)
);
CREATE INDEX idx_emergencies_timestamp ON emergencies (call_timestamp DESC);
CREATE INDEX idx_emergencies_location ON emergencies USING GIST (location_point);
CREATE INDEX idx_emergencies_type ON emergencies (emergency_type);
CREATE INDEX idx_emergencies_cad ON emergencies (cad_incident_id);
CREATE INDEX idx_emergencies_address ON emergencies USING GIN (address gin_trgm_ops);

CREATE TABLE drones (
    drone_id VARCHAR(50) PRIMARY KEY,
    model VARCHAR(100) NOT NULL DEFAULT 'SkyRescue SR-1000',
    serial_number VARCHAR(100) NOT NULL,
    manufacture_date DATE,
    ai_compute_model VARCHAR(100) DEFAULT 'NVIDIA Jetson Orin Nano 8GB',
    firmware_version VARCHAR(20),
    ai_model_version VARCHAR(20),
    voice_ai_enabled BOOLEAN NOT NULL DEFAULT TRUE,
    status VARCHAR(20) NOT NULL,
    battery_level INTEGER,
    current_location GEOGRAPHY(POINT, 4326),
    current_altitude_meters DECIMAL(6, 2),
    base_station_id VARCHAR(50) CONSTRAINT drones_base_station_exists REFERENCES base_stations (base_station_id),
    base_location GEOGRAPHY(POINT, 4326),
    total_missions INTEGER NOT NULL DEFAULT 0,
    total_flight_hours DECIMAL(10, 2) NOT NULL DEFAULT 0,
    last_mission_at TIMESTAMPTZ,
    last_maintenance_at TIMESTAMPTZ,
    next_maintenance_due DATE,
    hardware_health JSONB,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT drones_serial_number_unique UNIQUE (serial_number),
    CONSTRAINT drones_status_known CHECK (status IN ('READY', 'CHARGING', 'IN_FLIGHT', 'MAINTENANCE', 'OFFLINE')),
    CONSTRAINT drones_battery_range CHECK (battery_level BETWEEN 0 AND 100),
    CONSTRAINT drones_total_missions_range CHECK (total_missions >= 0),
    CONSTRAINT drones_flight_hours_range CHECK (total_flight_hours >= 0)
);
CREATE INDEX idx_drones_status ON drones (status);
CREATE INDEX idx_drones_battery ON drones (battery_level);
CREATE INDEX idx_drones_location ON drones USING GIST (current_location);
CREATE INDEX idx_drones_base ON drones (base_station_id);
COMMENT ON COLUMN drones.current_altitude_meters IS 'Metres above mean sea level.';

CREATE TABLE missions (
    mission_id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    emergency_id UUID NOT NULL CONSTRAINT missions_emergency_exists REFERENCES emergencies (emergency_id),
    drone_id VARCHAR(50) NOT NULL CONSTRAINT missions_drone_exists REFERENCES drones (drone_id),
    -- No foreign key: a mission outlives the account of the person who launched it, and may come from another station.
    dispatcher_id VARCHAR(100) NOT NULL,
    dispatcher_name VARCHAR(200),
    status VARCHAR(30) NOT NULL,
    destination_location GEOGRAPHY(POINT, 4326) NOT NULL,
    destination_address TEXT,
    launch_time TIMESTAMPTZ NOT NULL DEFAULT now(),
    arrival_time TIMESTAMPTZ,
    aed_deployed_time TIMESTAMPTZ,
    completion_time TIMESTAMPTZ,
    estimated_eta_seconds INTEGER,
    actual_eta_seconds INTEGER,
    flight_path GEOGRAPHY(LINESTRING, 4326),
    voice_ai_active BOOLEAN NOT NULL DEFAULT FALSE,
    language_detected VARCHAR(10),
    total_voice_exchanges INTEGER NOT NULL DEFAULT 0,
    conversation_state VARCHAR(50),
    ai_recommendation JSONB,
    risk_assessment_score INTEGER,
    landing_zone_confidence DECIMAL(3, 2),
    aed_successfully_deployed BOOLEAN,
    bystander_used_aed BOOLEAN,
    shock_delivered BOOLEAN,
    ambulance_arrival_time TIMESTAMPTZ,
    patient_outcome VARCHAR(50),
    abort_reason TEXT,
    abort_time TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT missions_status_known CHECK (status IN
        ('LAUNCHED', 'IN_FLIGHT', 'ARRIVED', 'LANDED', 'AED_DEPLOYED', 'RETURNING', 'COMPLETED', 'ABORTED')),
    CONSTRAINT missions_patient_outcome_known
        CHECK (patient_outcome IN ('SURVIVED', 'TRANSPORTED', 'DECEASED', 'UNKNOWN')),
    CONSTRAINT missions_estimated_eta_range CHECK (estimated_eta_seconds >= 0),
    CONSTRAINT missions_actual_eta_range CHECK (actual_eta_seconds >= 0),
    CONSTRAINT missions_voice_exchanges_range CHECK (total_voice_exchanges >= 0),
    CONSTRAINT missions_risk_range CHECK (risk_assessment_score BETWEEN 0 AND 100),
    CONSTRAINT missions_landing_zone_confidence_range CHECK (landing_zone_confidence BETWEEN 0 AND 1)
);
CREATE INDEX idx_missions_status ON missions (status);
CREATE INDEX idx_missions_drone ON missions (drone_id);
CREATE INDEX idx_missions_emergency ON missions (emergency_id);
CREATE INDEX idx_missions_launch_time ON missions (launch_time DESC);
CREATE INDEX idx_missions_destination ON missions USING GIST (destination_location);

CREATE TABLE telemetry (
    time TIMESTAMPTZ NOT NULL,
    mission_id UUID NOT NULL CONSTRAINT telemetry_mission_exists REFERENCES missions (mission_id),
    drone_id VARCHAR(50) NOT NULL CONSTRAINT telemetry_drone_exists REFERENCES drones (drone_id),
    latitude DECIMAL(10, 8) NOT NULL,
    longitude DECIMAL(11, 8) NOT NULL,
    altitude_meters DECIMAL(6, 2) NOT NULL,
    speed_ms DECIMAL(5, 2),
    heading_degrees DECIMAL(5, 2),
    battery_level INTEGER,
    gps_satellites INTEGER,
    gps_fix_quality VARCHAR(20),
    -- NULL: the drone's own detection was not heard. Zero would say that it looked and saw nothing.
    obstacles_detected INTEGER DEFAULT 0,
    persons_detected INTEGER DEFAULT 0,
    landing_zone_confidence DECIMAL(3, 2),
    navigation_mode VARCHAR(20),
    distance_to_destination_meters DECIMAL(10, 2),
    temperature_celsius DECIMAL(4, 1),
    PRIMARY KEY (time, mission_id),
    CONSTRAINT telemetry_latitude_range CHECK (latitude BETWEEN -90 AND 90),
    CONSTRAINT telemetry_longitude_range CHECK (longitude BETWEEN -180 AND 180),
    CONSTRAINT telemetry_speed_range CHECK (speed_ms >= 0),
    CONSTRAINT telemetry_heading_range CHECK (heading_degrees BETWEEN 0 AND 360),
    CONSTRAINT telemetry_battery_range CHECK (battery_level BETWEEN 0 AND 100),
    CONSTRAINT telemetry_satellites_range CHECK (gps_satellites >= 0),
    CONSTRAINT telemetry_gps_fix_quality_known CHECK (gps_fix_quality IN ('NO_FIX', 'GPS', 'DGPS', 'RTK')),
    CONSTRAINT telemetry_obstacles_range CHECK (obstacles_detected >= 0),
    CONSTRAINT telemetry_persons_range CHECK (persons_detected >= 0),
    CONSTRAINT telemetry_landing_zone_confidence_range CHECK (landing_zone_confidence BETWEEN 0 AND 1),
    CONSTRAINT telemetry_navigation_mode_known CHECK (navigation_mode IN ('MANUAL', 'ASSISTED', 'AUTONOMOUS')),
    CONSTRAINT telemetry_distance_range CHECK (distance_to_destination_meters >= 0)
);
CREATE INDEX idx_telemetry_mission ON telemetry (mission_id, time);
COMMENT ON COLUMN telemetry.altitude_meters IS 'Metres above mean sea level.';

-- One row a minute, mission and drone. A table that every insert keeps up to date, because the embedded database has
-- no continuous aggregates. The sums are kept so that an average can be continued.
CREATE TABLE telemetry_1min (
    bucket TIMESTAMPTZ NOT NULL,
    mission_id UUID NOT NULL REFERENCES missions (mission_id),
    drone_id VARCHAR(50) NOT NULL REFERENCES drones (drone_id),
    speed_sum DECIMAL NOT NULL DEFAULT 0,
    speed_samples INTEGER NOT NULL DEFAULT 0,
    altitude_sum DECIMAL NOT NULL DEFAULT 0,
    samples INTEGER NOT NULL DEFAULT 0,
    avg_speed DECIMAL GENERATED ALWAYS AS (speed_sum / NULLIF(speed_samples, 0)) STORED,
    avg_altitude DECIMAL GENERATED ALWAYS AS (altitude_sum / NULLIF(samples, 0)) STORED,
    min_battery INTEGER,
    max_battery INTEGER,
    PRIMARY KEY (bucket, mission_id, drone_id)
);

CREATE FUNCTION aggregate_telemetry_1min() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO telemetry_1min AS kept
        (bucket, mission_id, drone_id, speed_sum, speed_samples, altitude_sum, samples, min_battery, max_battery)
    SELECT date_trunc('minute', time), mission_id, drone_id, coalesce(sum(speed_ms), 0), count(speed_ms),
        sum(altitude_meters), count(*), min(battery_level), max(battery_level)
    FROM added
    GROUP BY 1, 2, 3
    ON CONFLICT (bucket, mission_id, drone_id) DO UPDATE SET
        speed_sum = kept.speed_sum + excluded.speed_sum,
        speed_samples = kept.speed_samples + excluded.speed_samples,
        altitude_sum = kept.altitude_sum + excluded.altitude_sum,
        samples = kept.samples + excluded.samples,
        min_battery = least(kept.min_battery, excluded.min_battery),
        max_battery = greatest(kept.max_battery, excluded.max_battery);
    RETURN NULL;
END;
$$;
CREATE TRIGGER aggregate_telemetry_1min AFTER INSERT ON telemetry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION aggregate_telemetry_1min();

CREATE TABLE voice_transcripts (
    transcript_id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    mission_id UUID NOT NULL CONSTRAINT voice_transcripts_mission_exists REFERENCES missions (mission_id),
    timestamp TIMESTAMPTZ NOT NULL DEFAULT now(),
    speaker VARCHAR(20) NOT NULL,
    text TEXT NOT NULL,
    language VARCHAR(10) NOT NULL,
    confidence_score DECIMAL(3, 2),
    audio_duration_ms INTEGER,
    stt_model VARCHAR(50),
    dialogue_model VARCHAR(50),
    is_scripted_response BOOLEAN NOT NULL DEFAULT FALSE,
    conversation_state VARCHAR(50),
    CONSTRAINT voice_transcripts_speaker_known CHECK (speaker IN ('DRONE', 'BYSTANDER', 'AED_DEVICE')),
    CONSTRAINT voice_transcripts_confidence_range CHECK (confidence_score BETWEEN 0 AND 1),
    CONSTRAINT voice_transcripts_audio_duration_range CHECK (audio_duration_ms >= 0)
);
CREATE INDEX idx_voice_transcripts_mission ON voice_transcripts (mission_id);
CREATE INDEX idx_voice_transcripts_time ON voice_transcripts (timestamp DESC);
CREATE INDEX idx_voice_transcripts_speaker ON voice_transcripts (speaker);

CREATE FUNCTION delete_old_voice_transcripts() RETURNS void LANGUAGE sql AS $$
    DELETE FROM voice_transcripts WHERE timestamp < now() - INTERVAL '7 days';
$$;

CREATE TABLE mission_events (
    event_id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    mission_id UUID NOT NULL CONSTRAINT mission_events_mission_exists REFERENCES missions (mission_id),
    -- An open set: a newer station may record events that this one has no word for.
    event_type VARCHAR(50) NOT NULL,
    timestamp TIMESTAMPTZ NOT NULL DEFAULT now(),
    event_data JSONB,
    source VARCHAR(50),
    CONSTRAINT mission_events_type_form CHECK (event_type ~ '^[A-Z][A-Z0-9_]*$'),
    CONSTRAINT mission_events_source_known CHECK (source IN ('DRONE', 'STATION', 'CLOUD', 'DISPATCHER'))
);
CREATE INDEX idx_mission_events_mission ON mission_events (mission_id);
CREATE INDEX idx_mission_events_type ON mission_events (event_type);
CREATE INDEX idx_mission_events_time ON mission_events (timestamp DESC);

CREATE TABLE no_fly_zones (
    zone_id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(200) NOT NULL,
    zone_polygon GEOGRAPHY(POLYGON, 4326) NOT NULL,
    zone_type VARCHAR(50) NOT NULL,
    altitude_restriction_meters INTEGER,
    start_time TIMESTAMPTZ,
    end_time TIMESTAMPTZ,
    authority VARCHAR(100),
    authority_reference VARCHAR(200),
    active BOOLEAN NOT NULL DEFAULT TRUE,
    CONSTRAINT no_fly_zones_polygon_valid CHECK (ST_IsValid(zone_polygon::geometry)),
    CONSTRAINT no_fly_zones_type_known
        CHECK (zone_type IN ('AIRPORT', 'MILITARY', 'STADIUM', 'PRISON', 'SCHOOL', 'TEMPORARY')),
    CONSTRAINT no_fly_zones_altitude_range CHECK (altitude_restriction_meters >= 0),
    CONSTRAINT no_fly_zones_times_in_order CHECK (start_time < end_time)
);
CREATE INDEX idx_no_fly_zones_polygon ON no_fly_zones USING GIST (zone_polygon);
CREATE INDEX idx_no_fly_zones_type ON no_fly_zones (zone_type);
CREATE INDEX idx_no_fly_zones_active ON no_fly_zones (active);

CREATE TABLE dispatchers (
    dispatcher_id VARCHAR(100) PRIMARY KEY,
    first_name VARCHAR(100) NOT NULL,
    last_name VARCHAR(100) NOT NULL,
    email VARCHAR(200) NOT NULL,
    password_hash VARCHAR(255) NOT NULL,
    mfa_enabled BOOLEAN NOT NULL DEFAULT FALSE,
    mfa_secret VARCHAR(100),
    role VARCHAR(50) NOT NULL DEFAULT 'DISPATCHER',
    permissions JSONB,
    dispatch_center_id VARCHAR(50),
    dispatch_center_name VARCHAR(200),
    coverage_states TEXT[],
    active BOOLEAN NOT NULL DEFAULT TRUE,
    last_login_at TIMESTAMPTZ,
    total_launches INTEGER NOT NULL DEFAULT 0,
    total_successful_missions INTEGER NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT dispatchers_email_unique UNIQUE (email),
    CONSTRAINT dispatchers_role_known CHECK (role IN ('DISPATCHER', 'SUPERVISOR', 'ADMIN')),
    CONSTRAINT dispatchers_password_is_bcrypt CHECK (password_hash ~ '^\$2[aby]\$\d\d\$'),
    CONSTRAINT dispatchers_launches_range CHECK (total_launches >= 0),
    CONSTRAINT dispatchers_successes_range CHECK (total_successful_missions >= 0)
);
CREATE INDEX idx_dispatchers_center ON dispatchers (dispatch_center_id);
CREATE INDEX idx_dispatchers_active ON dispatchers (active);

CREATE TABLE weather_conditions (
    weather_id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    mission_id UUID CONSTRAINT weather_conditions_mission_exists REFERENCES missions (mission_id),
    location GEOGRAPHY(POINT, 4326) NOT NULL,
    observation_time TIMESTAMPTZ NOT NULL DEFAULT now(),
    condition VARCHAR(50),
    temperature_celsius DECIMAL(4, 1),
    wind_speed_mph DECIMAL(4, 1),
    wind_direction_degrees INTEGER,
    precipitation_mm DECIMAL(5, 2),
    visibility_meters INTEGER,
    data_source VARCHAR(50),
    CONSTRAINT weather_conditions_condition_known CHECK (condition IN ('CLEAR', 'CLOUDY', 'RAIN', 'SNOW', 'FOG')),
    CONSTRAINT weather_conditions_wind_speed_range CHECK (wind_speed_mph >= 0),
    CONSTRAINT weather_conditions_wind_direction_range CHECK (wind_direction_degrees BETWEEN 0 AND 360),
    CONSTRAINT weather_conditions_precipitation_range CHECK (precipitation_mm >= 0),
    CONSTRAINT weather_conditions_visibility_range CHECK (visibility_meters >= 0)
);
CREATE INDEX idx_weather_mission ON weather_conditions (mission_id);
CREATE INDEX idx_weather_time ON weather_conditions (observation_time DESC);
COMMENT ON COLUMN weather_conditions.wind_direction_degrees IS 'Direction the wind comes from.';

CREATE TABLE ai_model_versions (
    model_version_id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    model_type VARCHAR(50) NOT NULL,
    version VARCHAR(20) NOT NULL,
    model_file_path VARCHAR(500),
    model_size_mb INTEGER,
    accuracy_percent DECIMAL(5, 2),
    latency_ms INTEGER,
    power_watts DECIMAL(5, 2),
    deployed_at TIMESTAMPTZ,
    deployed_to_drones INTEGER NOT NULL DEFAULT 0,
    active BOOLEAN NOT NULL DEFAULT FALSE,
    training_data_info JSONB,
    notes TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT ai_model_versions_type_known CHECK (model_type IN
        ('YOLO_PERSON_DETECTION', 'LANDING_ZONE', 'WHISPER_STT', 'PHI3_DIALOGUE', 'PIPER_TTS')),
    CONSTRAINT ai_model_versions_size_range CHECK (model_size_mb >= 0),
    CONSTRAINT ai_model_versions_accuracy_range CHECK (accuracy_percent BETWEEN 0 AND 100),
    CONSTRAINT ai_model_versions_latency_range CHECK (latency_ms >= 0),
    CONSTRAINT ai_model_versions_power_range CHECK (power_watts >= 0),
    CONSTRAINT ai_model_versions_deployed_range CHECK (deployed_to_drones >= 0)
);
CREATE INDEX idx_ai_models_type ON ai_model_versions (model_type);
CREATE INDEX idx_ai_models_version ON ai_model_versions (version);
CREATE INDEX idx_ai_models_active ON ai_model_versions (active);

CREATE TRIGGER update_base_stations_updated_at BEFORE UPDATE ON base_stations
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_emergencies_updated_at BEFORE UPDATE ON emergencies
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_drones_updated_at BEFORE UPDATE ON drones
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_missions_updated_at BEFORE UPDATE ON missions
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_dispatchers_updated_at BEFORE UPDATE ON dispatchers
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- Every mission that is not over: a drone that released its AED or flies home still needs watching.
CREATE VIEW active_missions AS
SELECT
    m.mission_id,
    m.drone_id,
    d.model AS drone_model,
    m.status,
    e.emergency_type,
    e.address AS emergency_address,
    m.launch_time,
    m.estimated_eta_seconds,
    EXTRACT(EPOCH FROM (now() - m.launch_time)) AS elapsed_seconds,
    m.voice_ai_active,
    m.language_detected,
    d.battery_level,
    d.current_location AS drone_location,
    m.destination_location
FROM missions m
JOIN drones d ON m.drone_id = d.drone_id
JOIN emergencies e ON m.emergency_id = e.emergency_id
WHERE m.status IN ('LAUNCHED', 'IN_FLIGHT', 'ARRIVED', 'LANDED', 'AED_DEPLOYED', 'RETURNING')
ORDER BY m.launch_time DESC;

CREATE VIEW fleet_availability AS
SELECT
    base_station_id,
    COUNT(*) FILTER (WHERE status = 'READY') AS ready_drones,
    COUNT(*) FILTER (WHERE status = 'CHARGING') AS charging_drones,
    COUNT(*) FILTER (WHERE status = 'IN_FLIGHT') AS in_flight_drones,
    COUNT(*) FILTER (WHERE status = 'MAINTENANCE') AS maintenance_drones,
    COUNT(*) FILTER (WHERE status = 'OFFLINE') AS offline_drones,
    AVG(battery_level) FILTER (WHERE status = 'READY') AS avg_ready_battery
FROM drones
GROUP BY base_station_id;
