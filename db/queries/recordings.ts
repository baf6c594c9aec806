import { sql } from 'kysely';
import { Refusal } from '../../preload/contract/errors.ts';
import type { Position } from '../../preload/contract/geo.ts';
import { build, type ReadImplementation, type WriteImplementation } from '../transactions.ts';
import type { ReadQueries, TelemetryRow, TranscriptRecord, WriteQueries } from './query-map.ts';

const SPEAKERS = ['DRONE', 'BYSTANDER', 'AED_DEVICE'] as const;

export const recordingReads: ReadImplementation<
  Pick<ReadQueries, 'missionTranscript' | 'flownPath' | 'telemetryCount' | 'databaseSize'>
> = {
  async missionTranscript(reader, { missionId }) {
    const rows = await reader.all(
      build
        .selectFrom('voice_transcripts')
        .select(['timestamp', 'speaker', 'text', 'language', 'confidence_score', 'conversation_state'])
        .where('mission_id', '=', missionId)
        .orderBy('timestamp')
        .orderBy('transcript_id'),
    );
    return rows.map(
      (row): TranscriptRecord => ({
        atMs: row.timestamp,
        speaker: SPEAKERS.find((speaker) => speaker === row.speaker) ?? 'DRONE',
        text: row.text,
        language: row.language,
        confidence: row.confidence_score,
        conversationState: row.conversation_state,
      }),
    );
  },

  async flownPath(reader, { missionId, maximumPoints }) {
    // Of n points keep m: those at which the share of m that has gone by steps up. Keeps the first and the last.
    return reader.all(sql<Position>`
      SELECT latitude AS "latitudeDeg", longitude AS "longitudeDeg"
      FROM (
        SELECT time, latitude, longitude, row_number() OVER (ORDER BY time) - 1 AS position, count(*) OVER () - 1 AS last
        FROM telemetry WHERE mission_id = ${missionId}
      ) AS flown
      WHERE position = 0 OR last < ${maximumPoints}::int
        OR position * (${maximumPoints}::int - 1) / last > (position - 1) * (${maximumPoints}::int - 1) / last
      ORDER BY time`);
  },

  async telemetryCount(reader, { missionId }) {
    const row = await reader.first(
      sql<{ count: number }>`SELECT count(*) FROM telemetry WHERE mission_id = ${missionId}`,
    );
    return row?.count ?? 0;
  },

  async databaseSize(reader) {
    const row = await reader.first(
      sql<{ size: number }>`SELECT pg_database_size(current_database()) AS size`,
    );
    return row?.size ?? 0;
  },
};

export const recordingWrites: WriteImplementation<
  Pick<WriteQueries, 'appendTelemetry' | 'appendTranscript'>
> = {
  async appendTelemetry(writer, { rows }) {
    for (const row of rows)
      if (!within(row.latitudeDeg, -90, 90) || !within(row.longitudeDeg, -180, 180))
        throw new Refusal(
          'INVALID_INPUT',
          `Telemetry of ${row.droneId} has a position that is not on Earth.`,
        );
    const column = <Value>(value: (row: TelemetryRow) => Value): Value[] => rows.map(value);
    const inserted = await writer.run(sql`
      INSERT INTO telemetry (time, mission_id, drone_id, latitude, longitude, altitude_meters, speed_ms,
        heading_degrees, battery_level, gps_satellites, gps_fix_quality, obstacles_detected, persons_detected,
        landing_zone_confidence, navigation_mode, distance_to_destination_meters, temperature_celsius)
      SELECT to_timestamp(at_ms / 1000), mission_id, drone_id, latitude, longitude, altitude, speed, heading, battery,
        satellites, quality, obstacles, persons, confidence, mode, distance, temperature
      FROM unnest(
        ${column((row) => row.atMs)}::float8[], ${column((row) => row.missionId)}::uuid[],
        ${column((row) => row.droneId)}::text[], ${column((row) => row.latitudeDeg)}::numeric[],
        ${column((row) => row.longitudeDeg)}::numeric[],
        ${column((row) => Math.min(9_999.99, Math.max(-9_999.99, row.altitudeAmslM)))}::numeric[],
        ${column((row) => measured(row.groundSpeedMps, 0, 999.99))}::numeric[],
        ${column((row) => measured(row.headingDeg, 0, 360))}::numeric[],
        ${column((row) => whole(row.batteryPercent, 100))}::int[], ${column((row) => whole(row.satellites, 255))}::int[],
        ${column((row) => row.gpsFixQuality)}::text[], ${column((row) => whole(row.obstacles, 65_535))}::int[],
        ${column((row) => whole(row.persons, 65_535))}::int[],
        ${column((row) => measured(row.landingZoneConfidence, 0, 1))}::numeric[],
        ${column((row) => row.navigationMode)}::text[],
        ${column((row) => measured(row.distanceToDestinationM, 0, 99_999_999))}::numeric[],
        ${column((row) => measured(row.temperatureC, -999.9, 999.9))}::numeric[]
      ) AS rows (at_ms, mission_id, drone_id, latitude, longitude, altitude, speed, heading, battery, satellites,
        quality, obstacles, persons, confidence, mode, distance, temperature)
      ON CONFLICT (time, mission_id) DO NOTHING`);
    return { inserted };
  },

  async appendTranscript(writer, line) {
    const added = await writer.run(
      build
        .insertInto('voice_transcripts')
        .values({
          transcript_id: line.transcriptId,
          mission_id: line.missionId,
          timestamp: line.atMs,
          speaker: line.speaker,
          text: line.text,
          language: line.language,
          confidence_score: line.confidence,
          conversation_state: line.conversationState,
        })
        .onConflict((conflict) => conflict.column('transcript_id').doNothing()),
    );
    if (added === 0) return;
    await writer.run(
      build
        .updateTable('missions')
        .set((row) => ({
          total_voice_exchanges: row('total_voice_exchanges', '+', 1),
          voice_ai_active: true,
          ...(line.conversationState === null ? {} : { conversation_state: line.conversationState }),
          ...(line.speaker === 'BYSTANDER' ? { language_detected: line.language } : {}),
        }))
        .where('mission_id', '=', line.missionId)
        .where('status', 'not in', ['COMPLETED', 'ABORTED']),
    );
  },
};

function within(value: number, minimum: number, maximum: number): boolean {
  return value >= minimum && value <= maximum;
}

/** A measurement that cannot be true is recorded as none: it must not cost the rest of its batch. */
function measured(value: number | null, minimum: number, maximum: number): number | null {
  return value !== null && within(value, minimum, maximum) ? value : null;
}

function whole(value: number | null, maximum: number): number | null {
  const inRange = measured(value, 0, maximum);
  return inRange === null ? null : Math.round(inRange);
}
