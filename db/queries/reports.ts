import { type RawBuilder, sql } from 'kysely';
import { droneStatus } from '../../preload/contract/fleet.ts';
import type { Position } from '../../preload/contract/geo.ts';
import type {
  BaseAvailability,
  BaseSuccess,
  NearestDrone,
  ResponseTime,
  ReviewedEvent,
  ReviewedMission,
  TrackPoint,
  ZoneConflict,
} from '../../preload/contract/review.ts';
import type { ReadImplementation } from '../transactions.ts';
import { point, pointJson } from './geography.ts';
import type { MissionFacts, ReportQueries } from './report-map.ts';

const METRES_PER_SECOND_IN_MPH = 2.236_936;
const CANDIDATES = 16;

const launchedIn = (fromMs: number, untilMs: number): RawBuilder<boolean> =>
  sql<boolean>`(m.launch_time >= ${fromMs}::timestamptz AND m.launch_time < ${untilMs}::timestamptz)`;

/** The columns of a line of the list of missions; `m` and `d` are the mission and its drone. */
const listColumns = sql`m.mission_id AS "missionId", m.drone_id AS "droneId", d.base_station_id AS "baseStationId",
  m.status, m.destination_address AS "destinationAddress", ${pointJson('m.destination_location')} AS destination,
  m.launch_time AS "launchedAtMs", m.actual_eta_seconds AS "actualEtaS", m.aed_successfully_deployed AS "aedDeployed",
  CASE WHEN NOT is_own_mission(m.station_id) THEN m.station_id END AS "remoteStationId"`;

export const reportReads: ReadImplementation<ReportQueries> = {
  nearestAvailableDrone: (reader, { place, minimumBatteryPercent }) =>
    // Where it was last heard, or else its base: the specification's query never finds a drone that was never heard.
    // The index orders by distance on a sphere, at most 0.6 % off: of the first by that, one is the nearest on Earth.
    reader.first(sql<NearestDrone>`
      WITH able AS NOT MATERIALIZED (
        SELECT * FROM drones WHERE status = 'READY' AND battery_level >= ${minimumBatteryPercent}
      ), candidates AS (
        (SELECT drone_id, model, base_station_id, battery_level, current_location AS place
          FROM able WHERE current_location IS NOT NULL
          ORDER BY current_location <-> (SELECT ${point(place)}) LIMIT ${sql.lit(CANDIDATES)})
        UNION ALL
        SELECT drone_id, model, base_station_id, battery_level, coalesce(base_location, location)
          FROM able LEFT JOIN base_stations USING (base_station_id)
          WHERE current_location IS NULL AND coalesce(base_location, location) IS NOT NULL
      )
      SELECT drone_id AS "droneId", model, base_station_id AS "baseStationId", battery_level AS "batteryPercent",
        ST_Distance(place, (SELECT ${point(place)})) AS "distanceM"
      FROM candidates
      ORDER BY "distanceM", drone_id
      LIMIT 1`),

  missionTimeline: (reader, { missionId }) =>
    reader.all(sql<ReviewedEvent>`
      SELECT e.event_id AS "eventId", e.event_type AS type, e.timestamp AS "atMs", e.source, e.sentence,
        EXTRACT(EPOCH FROM e.timestamp - m.launch_time)::float8 AS "secondsSinceLaunch", e.event_data AS data
      FROM mission_events e JOIN missions m USING (mission_id)
      WHERE mission_id = ${missionId}
      ORDER BY e.timestamp, e.recorded_order`),

  successRateByBase: (reader, { fromMs, untilMs }) =>
    reader.all(sql<BaseSuccess>`
      SELECT *, round(100.0 * delivered / nullif(completed, 0), 2)::float8 AS "successPercent"
      FROM (
        SELECT d.base_station_id AS "baseStationId", b.name,
          count(*) FILTER (WHERE m.status = 'COMPLETED') AS completed,
          count(*) FILTER (WHERE m.status = 'COMPLETED' AND m.aed_successfully_deployed) AS delivered,
          count(*) FILTER (WHERE m.status = 'ABORTED') AS aborted,
          (avg(m.actual_eta_seconds) FILTER (WHERE m.status = 'COMPLETED'))::float8 AS "averageEtaS"
        FROM missions m JOIN drones d USING (drone_id) LEFT JOIN base_stations b USING (base_station_id)
        WHERE ${launchedIn(fromMs, untilMs)} AND m.status IN ('COMPLETED', 'ABORTED')
        GROUP BY d.base_station_id, b.name
      ) AS by_base
      ORDER BY "successPercent" DESC NULLS LAST, completed DESC, "baseStationId"`),

  missionZoneConflicts: (reader, { nowMs }) =>
    reader.all(sql<ZoneConflict>`
      WITH flying AS (
        SELECT mission_id, drone_id, status, flight_plan, destination_location
        FROM missions WHERE status NOT IN ('COMPLETED', 'ABORTED')
      ), touched AS (
        -- Landing touches every height: there a ceiling does not help.
        SELECT mission_id, drone_id, status, 'DESTINATION' AS part, destination_location AS shape, 0 AS height
        FROM flying WHERE status IN ('LAUNCHED', 'IN_FLIGHT', 'ARRIVED')
        UNION ALL
        SELECT mission_id, drone_id, status, 'ROUTE', way, coalesce((flight_plan->>'cruiseAltitudeRelativeHomeM')::float8, 0)
        FROM flying CROSS JOIN LATERAL (
          SELECT ST_SetSRID(ST_MakeLine(ST_MakePoint(
            (corner->>'longitudeDeg')::float8, (corner->>'latitudeDeg')::float8) ORDER BY place), 4326)::geography AS way
          FROM jsonb_array_elements(CASE WHEN status IN ('LAUNCHED', 'IN_FLIGHT') THEN flight_plan->'outbound'
            ELSE flight_plan->'homebound' END) WITH ORDINALITY AS corners (corner, place)
          HAVING count(*) > 1
        ) AS planned
        UNION ALL
        SELECT mission_id, drone_id, status, 'POSITION', ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)::geography,
          altitude_meters - ground
        FROM flying CROSS JOIN LATERAL (
          SELECT longitude, latitude, altitude_meters, (
            SELECT altitude_meters FROM telemetry first WHERE first.mission_id = flying.mission_id ORDER BY time LIMIT 1
          ) AS ground
          FROM telemetry last WHERE last.mission_id = flying.mission_id ORDER BY time DESC LIMIT 1
        ) AS recorded
      )
      SELECT mission_id AS "missionId", drone_id AS "droneId", status, zone_id AS "zoneId", name AS "zoneName",
        zone_type AS "zoneType", part AS "where"
      FROM touched JOIN no_fly_zones ON ST_Intersects(zone_polygon, shape)
      WHERE active AND (start_time IS NULL OR start_time <= ${nowMs}::timestamptz)
        AND (end_time IS NULL OR end_time > ${nowMs}::timestamptz)
        AND (altitude_restriction_meters IS NULL OR altitude_restriction_meters >= height)
      ORDER BY drone_id, name, part`),

  async activeMissionCount(reader) {
    const row = await reader.first(sql<{ count: number }>`SELECT count(*) FROM active_missions`);
    return row?.count ?? 0;
  },

  async responseTime(reader, { fromMs, untilMs }) {
    const row = await reader.first(sql<ResponseTime>`
      SELECT count(*) AS launched, count(actual_eta_seconds) AS arrived,
        avg(actual_eta_seconds)::float8 AS "averageS",
        percentile_cont(0.5) WITHIN GROUP (ORDER BY actual_eta_seconds) AS "medianS"
      FROM missions m WHERE ${launchedIn(fromMs, untilMs)}`);
    return row ?? { launched: 0, arrived: 0, averageS: null, medianS: null };
  },

  async dronesByStatus(reader) {
    const rows = await reader.all(
      sql<{ status: string; drones: number }>`SELECT status, count(*) AS drones FROM drones GROUP BY status`,
    );
    return droneStatus.options.map((status) => ({
      status,
      drones: rows.find((row) => row.status === status)?.drones ?? 0,
    }));
  },

  fleetAvailability: (reader) =>
    reader.all(sql<BaseAvailability>`
      SELECT base_station_id AS "baseStationId", name, coalesce(ready_drones, 0) AS ready,
        coalesce(charging_drones, 0) AS charging, coalesce(in_flight_drones, 0) AS "inFlight",
        coalesce(maintenance_drones, 0) AS maintenance, coalesce(offline_drones, 0) AS offline,
        avg_ready_battery::float8 AS "averageReadyBatteryPercent"
      FROM base_stations FULL JOIN fleet_availability USING (base_station_id)
      ORDER BY base_station_id NULLS LAST`),

  searchMissions(reader, input) {
    const { baseStationId, droneId, status, after } = input;
    const conditions = [launchedIn(input.fromMs, input.untilMs)];
    if (baseStationId !== null) conditions.push(sql<boolean>`d.base_station_id = ${baseStationId}`);
    if (droneId !== null) conditions.push(sql<boolean>`m.drone_id = ${droneId}`);
    if (status !== null) conditions.push(sql<boolean>`m.status = ${status}`);
    if (after !== null)
      conditions.push(
        sql<boolean>`(m.launch_time <= ${after.launchedAtMs}::timestamptz
          AND (m.launch_time < ${after.launchedAtMs}::timestamptz OR m.mission_id > ${after.missionId}::uuid))`,
      );
    return reader.all(sql<ReviewedMission>`
      SELECT ${listColumns}
      FROM missions m JOIN drones d USING (drone_id)
      WHERE ${sql.join(conditions, sql` AND `)}
      ORDER BY m.launch_time DESC, m.mission_id
      LIMIT ${input.limit}`);
  },

  async missionFacts(reader, { missionId }) {
    const row = await reader.first(sql<FactsRow>`
      SELECT ${listColumns}, b.name AS "baseStationName", m.dispatcher_name AS "dispatcherName",
        e.emergency_type AS "emergencyType", e.call_timestamp AS "calledAtMs", m.arrival_time AS "arrivedAtMs",
        m.aed_deployed_time AS "aedDeployedAtMs", m.completion_time AS "completedAtMs", m.abort_time AS "abortedAtMs",
        m.abort_reason AS "abortReason", m.estimated_eta_seconds AS "estimatedEtaS",
        m.override_reason AS "overrideReason", m.bystander_used_aed AS "bystanderUsedAed",
        m.shock_delivered AS "shockDelivered", m.ambulance_arrival_time AS "ambulanceArrivedAtMs",
        m.patient_outcome AS "patientOutcome", m.flight_plan->'outbound' AS outbound, (
          SELECT json_build_object('condition', condition, 'temperatureC', temperature_celsius,
            'windSpeedMps', wind_speed_mph / ${METRES_PER_SECOND_IN_MPH}::float8, 'windFromDeg', wind_direction_degrees,
            'source', data_source)
          FROM weather_conditions w WHERE w.mission_id = m.mission_id ORDER BY observation_time DESC, weather_id LIMIT 1
        ) AS weather
      FROM missions m JOIN emergencies e USING (emergency_id) JOIN drones d USING (drone_id)
        LEFT JOIN base_stations b USING (base_station_id)
      WHERE mission_id = ${missionId}`);
    if (row === null) return null;
    const { outbound, ...facts } = row;
    return { ...facts, plannedRoute: outbound ?? [] };
  },

  missionTrack: (reader, { missionId, maximumPoints }) =>
    reader.all(sql<TrackPoint>`
      SELECT time AS "atMs", latitude AS "latitudeDeg", longitude AS "longitudeDeg",
        altitude_meters AS "altitudeAmslM", speed_ms AS "groundSpeedMps", heading_degrees AS "headingDeg",
        battery_level AS "batteryPercent"
      FROM (
        SELECT *, row_number() OVER (ORDER BY time) - 1 AS position, count(*) OVER () - 1 AS last
        FROM telemetry WHERE mission_id = ${missionId}
      ) AS flown
      WHERE ${thinned(maximumPoints)}
      ORDER BY time`),

  keptFlightPath: (reader, { missionId, maximumPoints }) =>
    reader.all(sql<Position>`
      SELECT ST_Y(place) AS "latitudeDeg", ST_X(place) AS "longitudeDeg"
      FROM (
        SELECT (dumped).geom AS place, (dumped).path[1] - 1 AS position, count(*) OVER () - 1 AS last
        FROM (SELECT ST_DumpPoints(flight_path::geometry) AS dumped FROM missions WHERE mission_id = ${missionId}) AS kept
      ) AS flown
      WHERE ${thinned(maximumPoints)}
      ORDER BY position`),
};

type FactsRow = Omit<MissionFacts, 'plannedRoute'> & { outbound: Position[] | null };

/** Of n points keep m: those at which the share of m that has gone by steps up. Keeps the first and the last. */
function thinned(maximumPoints: number): RawBuilder<boolean> {
  return sql<boolean>`(position = 0 OR last < ${maximumPoints}::int
    OR position * (${maximumPoints}::int - 1) / last > (position - 1) * (${maximumPoints}::int - 1) / last)`;
}
