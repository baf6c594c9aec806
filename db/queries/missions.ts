import { type RawBuilder, sql } from 'kysely';
import { Refusal } from '../../preload/contract/errors.ts';
import {
  type MissionEvent,
  type MissionStatus,
  missionEvent,
  missionEventType,
  missionStatus,
} from '../../preload/contract/missions.ts';
import {
  build,
  type Reader,
  type ReadImplementation,
  type WriteImplementation,
  type Writer,
} from '../transactions.ts';
import { point, pointJson } from './geography.ts';
import type { FlightPlan, MissionRecord } from './mission-record.ts';
import type { MissionChanges, NewMission, NewMissionEvent, ReadQueries, WriteQueries } from './query-map.ts';

export const TERMINAL: readonly MissionStatus[] = ['COMPLETED', 'ABORTED'];
const METRES_PER_SECOND_IN_MPH = 2.236_936;

const missionColumns = [
  'mission_id',
  'emergency_id',
  'drone_id',
  'dispatcher_id',
  'dispatcher_name',
  'status',
  pointJson('destination_location').as('destination'),
  'destination_address',
  'launch_time',
  'arrival_time',
  'aed_deployed_time',
  'completion_time',
  'abort_time',
  'estimated_eta_seconds',
  'actual_eta_seconds',
  'abort_reason',
  'aed_successfully_deployed',
  'total_voice_exchanges',
  'flight_plan',
  sql<string | null>`CASE WHEN NOT is_own_mission(missions.station_id) THEN missions.station_id END`.as(
    'remote_station_id',
  ),
] as const;

export const missionRows = () => build.selectFrom('missions').select(missionColumns);

type MissionRow = Awaited<ReturnType<ReturnType<typeof missionRows>['executeTakeFirstOrThrow']>>;

export const missionReads: ReadImplementation<
  Pick<
    ReadQueries,
    | 'mission'
    | 'unfinishedMissions'
    | 'visibleMissions'
    | 'recentMissions'
    | 'missionEvents'
    | 'missionFigures'
  >
> = {
  async mission(reader, { missionId }) {
    const row = await reader.first(missionRows().where('mission_id', '=', missionId));
    return row === null ? null : missionOf(row);
  },

  async unfinishedMissions(reader) {
    const rows = await reader.all(
      missionRows()
        .where('status', 'not in', TERMINAL)
        .where(sql<boolean>`is_own_mission(station_id)`)
        .orderBy('launch_time')
        .orderBy('mission_id'),
    );
    return rows.map(missionOf);
  },

  async visibleMissions(reader, { missionIds }) {
    const rows = await reader.all(
      sql<{
        mission_id: string;
      }>`SELECT mission_id FROM missions WHERE mission_id = ANY (${missionIds}::uuid[])`,
    );
    return rows.map((row) => row.mission_id);
  },

  async recentMissions(reader, { limit }) {
    const rows = await reader.all(
      missionRows().orderBy('launch_time', 'desc').orderBy('mission_id').limit(limit),
    );
    return rows.map(missionOf);
  },

  async missionFigures(reader, { missionId }) {
    const first = (type: string, key: string) =>
      sql<number | null>`(SELECT (event_data->>${key})::float8 FROM mission_events
        WHERE mission_id = ${missionId} AND event_type = ${type} ORDER BY recorded_order LIMIT 1)`;
    const figures = await reader.first(
      sql<{ accept: number | null; abort: number | null; delivery: number | null }>`SELECT
        ${first('LAUNCH_ACKNOWLEDGED', 'acceptToFirstCommandMs')} AS accept,
        ${first('ABORTED', 'abortToFirstPacketMs')} AS abort,
        ${first('LANDED', 'distanceM')} AS delivery`,
    );
    return {
      acceptToFirstCommandMs: figures?.accept ?? null,
      abortToFirstPacketMs: figures?.abort ?? null,
      deliveryErrorM: figures?.delivery ?? null,
    };
  },

  async missionEvents(reader, { missionId }) {
    const rows = await reader.all(
      build
        .selectFrom('mission_events')
        .select(['event_id', 'event_type', 'timestamp', 'source', 'sentence'])
        .where('mission_id', '=', missionId)
        .orderBy('timestamp')
        .orderBy('recorded_order'),
    );
    return rows.flatMap((row): MissionEvent[] => {
      // An event of a newer station, for which this one has no word, is left to the central records.
      const type = missionEventType.safeParse(row.event_type);
      const source = missionEvent.shape.source.safeParse(row.source);
      if (!type.success || !source.success) return [];
      const { event_id: eventId, timestamp: atMs, sentence } = row;
      return [{ eventId, type: type.data, atMs, source: source.data, sentence }];
    });
  },
};

export const missionWrites: WriteImplementation<
  Pick<WriteQueries, 'createMission' | 'recordMissionProgress'>
> = {
  async createMission(writer, input) {
    await refuseClosedEmergency(writer, input.emergencyId);
    const mission = await writer.first(
      build.insertInto('missions').values(missionValues(input)).returning(missionColumns),
    );
    await insertEvents(writer, [input]);
    await insertWeather(writer, input);
    await writer.run(
      build
        .updateTable('drones')
        .set((row) => ({
          status: 'IN_FLIGHT',
          total_missions: row('total_missions', '+', 1),
          last_mission_at: input.nowMs,
        }))
        .where('drone_id', '=', input.droneId),
    );
    await writer.run(
      build
        .updateTable('dispatchers')
        .set((row) => ({ total_launches: row('total_launches', '+', 1) }))
        .where('dispatcher_id', '=', input.dispatcherId),
    );
    return existing(mission);
  },

  async recordMissionProgress(writer, input) {
    const { missionId, changes, droneStatusAfter } = input;
    const [before] = await recordEvents(writer, [input]);
    if (before === undefined) throw new Error('Every input has its record.');
    const columns = { ...statusColumn(changes.status), ...changedColumns(changes) };
    if (Object.keys(columns).length === 0) return before;
    const changed = build.updateTable('missions').set(columns).where('mission_id', '=', missionId);
    const after = existing(await writer.first(changed.returning(missionColumns)));
    if (isOver(after.status) && !isOver(before.status)) await finishMission(writer, after, droneStatusAfter);
    return after;
  },
};

type Progress = Parameters<WriteQueries['recordMissionProgress']>[0];

/** Events alone, of one mission each, from the first on: what one statement records for many. */
export function eventsOfMissions(inputs: readonly Progress[]): number {
  const missionIds = new Set<string>();
  for (const { missionId, changes } of inputs) {
    if (Object.keys(changes).length > 0) break;
    if (missionIds.has(missionId)) break;
    missionIds.add(missionId);
  }
  return missionIds.size;
}

/** Returns the mission of each input, as it is. */
export async function recordEvents(writer: Writer, inputs: readonly Progress[]): Promise<MissionRecord[]> {
  const missionIds = inputs.map(({ missionId }) => missionId);
  const rows = await writer.all(
    missionRows().where('mission_id', '=', sql<string>`ANY (${missionIds}::uuid[])`),
  );
  const records = inputs.length === 1 ? [existing(rows[0] ?? null)] : recordsOf(missionIds, rows);
  records.forEach(refuseRemote);
  await insertEvents(writer, inputs);
  return records;
}

function recordsOf(missionIds: readonly string[], rows: readonly MissionRow[]): MissionRecord[] {
  const byId = new Map(rows.map((row) => [row.mission_id, row]));
  return missionIds.map((missionId) => existing(byId.get(missionId) ?? null));
}

function existing(row: MissionRow | null): MissionRecord {
  if (row === null) throw new Refusal('NOT_FOUND', 'There is no such mission.');
  return missionOf(row);
}

/** S14: whoever flies a mission says what becomes of it. */
function refuseRemote({ remoteStationId }: MissionRecord): void {
  if (remoteStationId !== null)
    throw new Refusal(
      'FORBIDDEN',
      `This mission is flown by station ${remoteStationId}. Call there: nothing was changed here.`,
    );
}

async function refuseClosedEmergency(reader: Reader, emergencyId: string): Promise<void> {
  const emergency = await reader.first(
    build.selectFrom('emergencies').select('closed_at').where('emergency_id', '=', emergencyId),
  );
  if (emergency !== null && emergency.closed_at !== null)
    throw new Refusal('CONFLICT', 'This emergency was closed in the meantime. No drone was sent.');
}

function missionValues(input: NewMission) {
  return {
    mission_id: input.missionId,
    emergency_id: input.emergencyId,
    drone_id: input.droneId,
    dispatcher_id: input.dispatcherId,
    dispatcher_name: input.dispatcherName,
    status: 'LAUNCHED',
    destination_location: point(input.destination),
    destination_address: input.destinationAddress,
    launch_time: input.nowMs,
    estimated_eta_seconds: Math.round(input.estimatedEtaS),
    risk_assessment_score: Math.round(input.riskScore),
    landing_zone_confidence: input.landingZoneConfidence,
    flight_plan: { ...input.plan, route: input.route },
    ai_recommendation: input.decision,
    override_reason: input.override?.reason ?? null,
    override_by: input.override?.byDispatcherId ?? null,
  };
}

/** Of one mission or of many, by one statement that the engine keeps prepared. */
async function insertEvents(
  writer: Writer,
  inputs: readonly { missionId: string; events: readonly NewMissionEvent[] }[],
): Promise<void> {
  const rows = inputs.flatMap(({ missionId, events }) => events.map((event) => ({ missionId, event })));
  if (rows.length === 0) return;
  const column = <Value>(value: (event: NewMissionEvent) => Value): Value[] =>
    rows.map(({ event }) => value(event));
  // A repeated event is the same event: a caller that does not know whether it was saved may say it again.
  await writer.run(sql`
    INSERT INTO mission_events (event_id, mission_id, event_type, timestamp, source, sentence, event_data)
    SELECT event_id, mission_id, event_type, to_timestamp(at_ms / 1000), source, sentence, event_data FROM unnest(
      ${column(({ eventId }) => eventId)}::uuid[], ${rows.map(({ missionId }) => missionId)}::uuid[],
      ${column(({ type }) => type)}::text[], ${column(({ atMs }) => atMs)}::float8[],
      ${column(({ source }) => source)}::text[], ${column(({ sentence }) => sentence)}::text[],
      ${column(({ data }) => data ?? null)}::jsonb[]
    ) AS added (event_id, mission_id, event_type, at_ms, source, sentence, event_data)
    ON CONFLICT (event_id) DO NOTHING`);
}

async function insertWeather(writer: Writer, { missionId, weather }: NewMission): Promise<void> {
  if (weather.length === 0) return;
  await writer.run(
    build.insertInto('weather_conditions').values(
      weather.map((observed) => ({
        weather_id: observed.weatherId,
        mission_id: missionId,
        location: point(observed.position),
        observation_time: observed.observedAtMs,
        condition: observed.condition,
        temperature_celsius: observed.temperatureC,
        wind_speed_mph:
          observed.windSpeedMps === null ? null : observed.windSpeedMps * METRES_PER_SECOND_IN_MPH,
        wind_direction_degrees: observed.windFromDeg === null ? null : Math.round(observed.windFromDeg),
        visibility_meters: observed.visibilityM,
        data_source: observed.source,
      })),
    ),
  );
}

/** F5: forward only. A terminal status stays in the statement, so that the database refuses to change it. */
function statusColumn(status: MissionStatus | undefined): { status?: RawBuilder<string> } {
  if (status === undefined) return {};
  return {
    status: sql<string>`CASE WHEN status IN ('COMPLETED', 'ABORTED')
      OR mission_status_rank(${status}) > mission_status_rank(status) THEN ${status} ELSE status END`,
  };
}

function changedColumns(changes: MissionChanges) {
  const { outcome } = changes;
  const columns = {
    arrival_time: changes.arrivedAtMs,
    aed_deployed_time: changes.aedDeployedAtMs,
    completion_time: changes.completedAtMs,
    abort_time: changes.abortedAtMs,
    abort_reason: changes.abortReason,
    actual_eta_seconds: changes.actualEtaS === undefined ? undefined : Math.round(changes.actualEtaS),
    aed_successfully_deployed: changes.aedDeployed,
    landing_zone_confidence: changes.landingZoneConfidence,
    voice_ai_active: changes.voiceAiActive,
    language_detected: changes.languageDetected,
    conversation_state: changes.conversationState,
    // The planned route stays beside a changed plan.
    flight_plan:
      changes.plan === undefined
        ? undefined
        : sql<object>`coalesce(flight_plan, '{}') || ${JSON.stringify(changes.plan)}::jsonb`,
    bystander_used_aed: outcome?.bystanderUsedAed,
    shock_delivered: outcome?.shockDelivered,
    ambulance_arrival_time: outcome?.ambulanceArrivedAtMs,
    patient_outcome: outcome?.patientOutcome,
  };
  const entries = Object.entries(columns).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<typeof columns>;
}

/** The drone is free again, and what the flight adds to everybody's records is added. */
async function finishMission(
  writer: Writer,
  mission: MissionRecord,
  droneStatusAfter: Parameters<WriteQueries['recordMissionProgress']>[0]['droneStatusAfter'],
): Promise<void> {
  const endedAtMs = mission.completedAtMs ?? mission.abortedAtMs;
  const flownHours = endedAtMs === null ? 0 : Math.max(0, endedAtMs - mission.launchedAtMs) / 3_600_000;
  await writer.run(
    build
      .updateTable('drones')
      .set((row) => ({
        // Nobody said what state it came back in: a technician looks before it flies again.
        status: droneStatusAfter ?? 'MAINTENANCE',
        total_flight_hours: row('total_flight_hours', '+', flownHours),
      }))
      .where('drone_id', '=', mission.droneId),
  );
  if (mission.aedDeployed === true)
    await writer.run(
      build
        .updateTable('dispatchers')
        .set((row) => ({ total_successful_missions: row('total_successful_missions', '+', 1) }))
        .where('dispatcher_id', '=', mission.dispatcherId),
    );
  await writer.run(sql`
    UPDATE missions SET flight_path = (
      SELECT ST_MakeLine(ST_SetSRID(ST_MakePoint(longitude, latitude), 4326) ORDER BY time)::geography
      FROM telemetry WHERE telemetry.mission_id = missions.mission_id HAVING count(*) > 1)
    WHERE mission_id = ${mission.missionId}`);
}

function isOver(status: MissionStatus): boolean {
  return TERMINAL.includes(status);
}

export function missionOf(row: MissionRow): MissionRecord {
  return {
    missionId: row.mission_id,
    emergencyId: row.emergency_id,
    droneId: row.drone_id,
    dispatcherId: row.dispatcher_id,
    dispatcherName: row.dispatcher_name,
    status: missionStatus.parse(row.status),
    destination: row.destination,
    destinationAddress: row.destination_address,
    launchedAtMs: row.launch_time,
    arrivedAtMs: row.arrival_time,
    aedDeployedAtMs: row.aed_deployed_time,
    completedAtMs: row.completion_time,
    abortedAtMs: row.abort_time,
    estimatedEtaS: row.estimated_eta_seconds,
    actualEtaS: row.actual_eta_seconds,
    abortReason: row.abort_reason,
    aedDeployed: row.aed_successfully_deployed,
    voiceExchanges: row.total_voice_exchanges,
    plan: row.flight_plan === null ? null : planOf(row.flight_plan),
    remoteStationId: row.remote_station_id,
  };
}

/** The plan was checked when it was written, by the same types. */
function planOf(stored: object): FlightPlan {
  const { route: _, ...plan } = stored as FlightPlan & { route?: unknown };
  return plan;
}
