import { sql } from 'kysely';
import {
  closeReason,
  type Emergency,
  type EmergencyInput,
  emergencyType,
} from '../../preload/contract/emergencies.ts';
import { Refusal } from '../../preload/contract/errors.ts';
import { build, type ReadImplementation, type WriteImplementation } from '../transactions.ts';
import { point, pointJson } from './geography.ts';
import type { ReadQueries, WriteQueries } from './query-map.ts';

const emergencyColumns = [
  'emergency_id',
  'emergency_type',
  'call_timestamp',
  'address',
  'city',
  'state',
  'caller_phone',
  'caller_on_scene',
  'bystander_available',
  'caller_language',
  'victim_age',
  'symptoms',
  'additional_info',
  'closed_at',
  'closed_reason',
  'closed_note',
  pointJson('location_point').as('position'),
  // The mission that serves it. One that was broken off serves nobody: the emergency waits for another drone.
  sql<string | null>`(SELECT mission_id FROM missions
    WHERE missions.emergency_id = emergencies.emergency_id AND missions.status <> 'ABORTED'
    ORDER BY launch_time DESC LIMIT 1)`.as('mission_id'),
] as const;

const emergencyRows = () => build.selectFrom('emergencies').select(emergencyColumns);

type EmergencyRow = Awaited<ReturnType<ReturnType<typeof emergencyRows>['executeTakeFirstOrThrow']>>;

export const emergencyReads: ReadImplementation<Pick<ReadQueries, 'emergency' | 'openEmergencies'>> = {
  async emergency(reader, { emergencyId }) {
    const row = await reader.first(emergencyRows().where('emergency_id', '=', emergencyId));
    return row === null ? null : emergencyOf(row);
  },

  async openEmergencies(reader) {
    const rows = await reader.all(
      emergencyRows()
        .where('closed_at', 'is', null)
        .where(sql<boolean>`NOT served`)
        .orderBy('call_timestamp')
        .orderBy('emergency_id'),
    );
    return rows.map(emergencyOf);
  },
};

export const emergencyWrites: WriteImplementation<
  Pick<WriteQueries, 'createEmergency' | 'updateEmergency' | 'closeEmergency'>
> = {
  async createEmergency(writer, input) {
    return existing(
      await writer.first(
        build
          .insertInto('emergencies')
          .values({
            emergency_id: input.emergencyId,
            call_timestamp: input.calledAtMs ?? input.nowMs,
            ...emergencyValues(input),
          })
          .returning(emergencyColumns),
      ),
    );
  },

  async updateEmergency(writer, input) {
    return existing(
      await writer.first(
        build
          .updateTable('emergencies')
          .set({
            ...emergencyValues(input),
            ...(input.calledAtMs === undefined ? {} : { call_timestamp: input.calledAtMs }),
          })
          .where('emergency_id', '=', input.emergencyId)
          .returning(emergencyColumns),
      ),
    );
  },

  async closeEmergency(writer, input) {
    const closed = await writer.first(
      build
        .updateTable('emergencies')
        .set({
          closed_at: input.nowMs,
          closed_reason: input.reason,
          closed_note: input.note,
          closed_by: input.byDispatcherId,
        })
        .where('emergency_id', '=', input.emergencyId)
        .where('closed_at', 'is', null)
        .returning(emergencyColumns),
    );
    if (closed !== null) return emergencyOf(closed);
    existing(await writer.first(emergencyRows().where('emergency_id', '=', input.emergencyId)));
    throw new Refusal('CONFLICT', 'This emergency is already closed. Its first reason was kept.');
  },
};

function existing(row: EmergencyRow | null): Emergency {
  if (row === null) throw new Refusal('NOT_FOUND', 'There is no such emergency.');
  return emergencyOf(row);
}

function emergencyValues(input: EmergencyInput) {
  return {
    emergency_type: input.type,
    location_point: point(input.position),
    address: input.address,
    city: input.city,
    state: input.state,
    caller_phone: input.callerPhone,
    caller_on_scene: input.callerOnScene,
    bystander_available: input.bystanderAvailable,
    caller_language: input.callerLanguage,
    victim_age: input.victimAgeYears,
    symptoms: input.callerWords,
    additional_info: { ambulanceOnScene: input.ambulanceOnScene, trauma: input.trauma },
  };
}

function emergencyOf(row: EmergencyRow): Emergency {
  return {
    emergencyId: row.emergency_id,
    type: emergencyType.parse(row.emergency_type),
    position: row.position,
    address: row.address,
    city: row.city,
    state: row.state,
    callerPhone: row.caller_phone,
    callerOnScene: row.caller_on_scene,
    bystanderAvailable: row.bystander_available,
    ambulanceOnScene: answerIn(row.additional_info, 'ambulanceOnScene'),
    trauma: answerIn(row.additional_info, 'trauma'),
    callerLanguage: row.caller_language,
    victimAgeYears: row.victim_age,
    callerWords: row.symptoms,
    calledAtMs: row.call_timestamp,
    closed:
      row.closed_at === null
        ? null
        : { reason: closeReason.parse(row.closed_reason), note: row.closed_note, atMs: row.closed_at },
    missionId: row.mission_id,
  };
}

/** Yes, no, or null when it was not asked. */
function answerIn(info: object | null, question: string): boolean | null {
  const answer: unknown = info === null ? null : Reflect.get(info, question);
  return typeof answer === 'boolean' ? answer : null;
}
